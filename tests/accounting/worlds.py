"""Random pairs, costs and histories for property tests: every line is made by the makers, as an executor would."""

from __future__ import annotations

from dataclasses import dataclass
from decimal import Decimal

from hypothesis import strategies as st

from fundarb.accounting import lines as make
from fundarb.accounting.book import Book
from fundarb.accounting.fees import PairCosts
from fundarb.accounting.holding import Holding
from fundarb.accounting.lots import lot_step
from fundarb.accounting.margin import liquidation_level, loss_price
from fundarb.domain.instrument import LotRule, Pair
from fundarb.domain.ledger import LedgerLine, LineKind
from fundarb.domain.money import ONE, ZERO

STEPS = [Decimal(text) for text in ("0.0001", "0.001", "0.01", "0.05", "0.1", "0.25", "1", "5", "100")]
MULTIPLIERS = [Decimal(text) for text in ("0.01", "1", "1", "3", "10", "1000")]
CASH_ONLY = ("interest", "deposit", "withdrawal", "transfer", "rebate", "adjustment")
WHEN_FLAT = ("open", "open", "open", "interest", "deposit", "rebate")
WHEN_OPEN = (
    "funding",
    "funding",
    "guard",
    "guard",
    "liquidate",
    "close",
    "delist",
    "rebate",
    "adjustment",
    "withdrawal",
)
WHEN_NAKED = ("sell spot", "sell spot", "delist", "deposit", "transfer")
MMR = Decimal("0.005")

rates = st.decimals(min_value="-0.01", max_value="0.01", places=6, allow_nan=False)
fractions = st.decimals(min_value="0", max_value="0.02", places=5, allow_nan=False)
prices = st.decimals(min_value="0.01", max_value="2000", places=4, allow_nan=False)
steps = st.sampled_from(STEPS)


@st.composite
def pairs(draw: st.DrawFn, symbol: str = "A/USDT:USDT") -> Pair:
    """A pair on random grids; perp prices are per perp unit, so they are `multiplier` times the spot's."""
    perp, spot = (LotRule(draw(steps), ZERO, ZERO) for _ in range(2))
    return Pair(symbol, symbol.partition(":")[0], draw(st.sampled_from(MULTIPLIERS)), perp, spot)


costs = st.builds(PairCosts, fractions, fractions, fractions, st.booleans())


@dataclass(frozen=True)
class History:
    """A ledger, the pairs in it and the prices it ended with (spot, perp by pair)."""

    pairs: dict[str, Pair]
    lines: tuple[LedgerLine, ...]
    last: dict[str, tuple[Decimal, Decimal]]


@st.composite
def histories(draw: st.DrawFn, most: int = 25) -> History:
    """Up to `most` random events over two pairs."""
    known = {symbol: draw(pairs(symbol)) for symbol in ("A/USDT:USDT", "B/USDT:USDT")}
    book, lines, last = Book(), [], {symbol: (ONE, pair.multiplier) for symbol, pair in known.items()}
    for at_ms in range(draw(st.integers(3, most))):
        pair, terms = known[draw(st.sampled_from(sorted(known)))], draw(costs)
        spot = draw(prices)
        perp = spot * pair.multiplier * (1 + draw(rates))
        last[pair.symbol] = spot, perp
        for line in _event(draw, at_ms, pair, book.positions.get(pair.symbol), spot, perp, terms):
            book.apply(line)
            lines.append(line)
    return History(known, tuple(lines), last)


def _event(
    draw: st.DrawFn, at_ms: int, pair: Pair, held: Holding | None, spot: Decimal, perp: Decimal, terms: PairCosts
) -> tuple[LedgerLine, ...]:
    """The lines of one event that can happen to this pair now."""
    choices = WHEN_FLAT if held is None else WHEN_NAKED if held.naked_spot else WHEN_OPEN
    event = draw(st.sampled_from(choices))
    if event in CASH_ONLY:
        return (make.cash_line(at_ms, LineKind(event), draw(prices) * draw(st.sampled_from((1, -1)))),)
    if held is None:
        qty = lot_step(pair) * draw(st.integers(1, 400))
        return make.open_lines(at_ms, pair, qty, spot, perp, terms, "rate")
    if event == "close":
        return make.close_lines(at_ms, pair, held, spot, perp, terms, "rate")
    if event == "delist":
        return make.delisting_lines(at_ms, pair, held, spot, perp, terms, draw(fractions))
    if event == "sell spot":
        return (make.spot_exit_line(at_ms, pair, held, spot, terms, "liquidation", LineKind.LIQUIDATION),)
    if event == "funding":
        return (make.funding_line(at_ms, held, perp, draw(rates)),)
    if event == "guard":
        left = lot_step(pair) * draw(st.integers(0, 399))
        cut = 0 < left < held.qty
        return make.guard_lines(at_ms, pair, held, left, spot, perp, terms) if cut else ()
    leverage = Decimal(draw(st.integers(1, 10)))
    level = liquidation_level(held.reference, leverage, MMR, terms.fee_perp)
    loss = loss_price(held.reference, leverage) if draw(st.booleans()) else None
    return (make.liquidation_perp_line(at_ms, held, level, loss, terms.fee_perp),)

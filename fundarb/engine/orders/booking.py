"""What an execution is in the ledger: the one line beside each fill, its cash as the fold will reckon it.

The sale that leaves less than a lot of spot, and the purchase that ends a short, carry the reason: with them the leg is
over. Every other reduction carries none, so that what is left stays in the position."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal

from fundarb.accounting.book import Book
from fundarb.accounting.fees import BASE, QUOTE
from fundarb.accounting.holding import LedgerBroken
from fundarb.accounting.lines import perp_buy_line, perp_sell_line, spot_buy_line, spot_sell_line
from fundarb.accounting.lots import sellable
from fundarb.domain.decision import ExitReason
from fundarb.domain.instrument import Pair
from fundarb.domain.ledger import LedgerLine, LineKind
from fundarb.domain.money import ZERO
from fundarb.domain.orders import Fill, Leg, Order, Side
from fundarb.engine.orders.naming import Doing, doing_of
from fundarb.ports.trading import Cause, Execution

UNHEDGED = "unhedged"  # why an entry that found no second leg was taken back, and what healing ends
QUOTE_COIN = "USDT"


@dataclass(frozen=True, slots=True)
class Why:
    """What a fill was for: the kind of its line, and the reasons of opening and of closing."""

    kind: LineKind
    opening: str
    closing: str


TAKEN = {
    Cause.DELEVERAGED: Why(LineKind.LIQUIDATION, UNHEDGED, ExitReason.LIQUIDATION),
    Cause.BANKRUPT: Why(LineKind.LIQUIDATION, UNHEDGED, ExitReason.LIQUIDATION),
    Cause.DELIVERED: Why(LineKind.DELISTING, UNHEDGED, ExitReason.DELISTING),
}
_LEFT_BY = {str(ExitReason.LIQUIDATION): LineKind.LIQUIDATION, str(ExitReason.DELISTING): LineKind.DELISTING}
_AHEAD_OF = {(Doing.LEAVE, str(ExitReason.DELISTING))}  # sold because of a notice: the venue has taken nothing


def why_of(order: Order | None, cause: Cause) -> Why:
    """From the order that caused a fill; what the venue did by itself has reasons of its own."""
    if cause in TAKEN:
        return TAKEN[cause]
    reason = (order.reason if order else None) or UNHEDGED
    doing = doing_of(order.trade_id) if order else Doing.HEAL
    if doing is Doing.ENTER:
        return Why(LineKind.FILL, reason, UNHEDGED)
    if doing is Doing.GUARD:
        return Why(LineKind.GUARD, reason, reason)
    kind = LineKind.FILL if (doing, reason) in _AHEAD_OF else _LEFT_BY.get(reason, LineKind.FILL)
    return Why(kind, reason, reason)


def fill_of(execution: Execution, symbol: str, fair: Decimal | None) -> Fill:
    """An execution as a fill of a pair's leg; without a fair price it is taken to have had no slippage, and what the
    venue takes away is measured at the mark."""
    price = execution.price
    if execution.cause is Cause.BANKRUPT:
        fair = execution.mark
    return Fill(
        execution_id=execution.execution_id,
        client_id=execution.client_id,
        symbol=symbol,
        leg=execution.leg,
        side=execution.side,
        qty=execution.qty,
        price=price,
        fair=price if fair is None else fair,
        fee=execution.fee,
        fee_currency=execution.fee_coin,
        filled_at_ms=execution.at_ms,
    )


def lines_of(fills: Sequence[Fill], pair: Pair, book: Book, whys: Sequence[Why]) -> tuple[LedgerLine, ...]:
    """The line of each fill, one after another on what the book comes to."""
    trial, lines = book.copied(), []
    for fill, why in zip(fills, whys, strict=True):
        line = _line(fill, pair, trial, why)
        trial.apply(line)
        lines.append(line)
    return tuple(lines)


def payment_line(execution: Execution, symbol: str) -> LedgerLine:
    """Funding as the venue paid it; `price` is the mark."""
    cash, qty, mark, rate = -execution.fee, execution.qty, execution.price, execution.rate
    return LedgerLine(execution.at_ms, LineKind.FUNDING, symbol, cash, Leg.PERP, None, qty, mark, rate=rate)


def leftover_line(at_ms: int, pair: Pair, fair: Decimal, reason: str) -> LedgerLine:
    """The end of a spot leg of which nothing more can be sold: no sale, and what is there becomes dust."""
    return spot_sell_line(at_ms, LineKind.FILL, pair.symbol, ZERO, fair, fair, ZERO, reason)


def _line(fill: Fill, pair: Pair, book: Book, why: Why) -> LedgerLine:
    at_ms, qty, price, fair, name = fill.filled_at_ms, fill.qty, fill.price, fill.fair, pair.symbol
    fee, currency = _fee(fill, pair)
    if fill.leg is Leg.SPOT and fill.side is Side.BUY:
        return spot_buy_line(at_ms, name, qty, price, fair, fee, currency, why.opening)
    if fill.leg is Leg.PERP and fill.side is Side.SELL:
        return perp_sell_line(at_ms, name, qty, price, fair, fee, why.opening)
    held = book.positions.get(name)
    if held is None:
        raise LedgerBroken(f"{fill.leg} of {name} was reduced at {at_ms}, but the ledger holds none")
    if fill.leg is Leg.SPOT:
        left = sellable(held.spot - qty, pair.spot_lots.step, ZERO)
        return spot_sell_line(at_ms, why.kind, name, qty, price, fair, fee, None if left else why.closing)
    return perp_buy_line(at_ms, why.kind, held, qty, price, fair, fee, None if qty < held.qty else why.closing)


def _fee(fill: Fill, pair: Pair) -> tuple[Decimal, str]:
    """A fee in base or quote; one in a third coin moves neither cash nor position, and stands in the fill alone."""
    if fill.fee_currency == QUOTE_COIN:
        return fill.fee, QUOTE
    if fill.leg is Leg.SPOT and fill.fee_currency == base_coin(pair):
        return fill.fee, BASE
    return ZERO, QUOTE


def base_coin(pair: Pair) -> str:
    """The coin a spot purchase brings: `PEPE` of 1000PEPE."""
    return (pair.spot or pair.symbol).partition("/")[0]


def coins_booked(book: Book, pairs: Mapping[str, Pair]) -> dict[str, Decimal]:
    """Spot and dust of the book by coin."""
    found: dict[str, Decimal] = {}
    for name, holding in book.positions.items():
        if name in pairs:
            coin = base_coin(pairs[name])
            found[coin] = found.get(coin, ZERO) + holding.spot
    for name, qty in book.dust.items():
        if name in pairs:
            coin = base_coin(pairs[name])
            found[coin] = found.get(coin, ZERO) + qty
    return found

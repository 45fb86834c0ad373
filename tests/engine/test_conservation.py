"""Money comes from somewhere: equity is the ledger, nets are sums of their parts, and exposure stays below its cap."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable
from decimal import Decimal
from fractions import Fraction
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from fundarb.accounting.book import Book
from fundarb.accounting.valuation import exposure
from fundarb.domain.decision import EntryRequest, Refused
from fundarb.domain.instants import HOUR
from fundarb.domain.instrument import LotRule, Pair
from fundarb.domain.ledger import LineKind
from fundarb.domain.money import ZERO
from fundarb.domain.orders import Leg, Side
from fundarb.domain.position import Split
from fundarb.domain.result import RunResult
from fundarb.engine import cycle
from fundarb.ports.executor import Approved
from fundarb.ports.feed import View
from fundarb.risk import gate
from tests.drawing import drawn
from tests.engine.markets import T0, Market, Recipe, recipes
from tests.engine.plain_market import PairHistory
from tests.engine.running import run_engine
from tests.engine.wide_markets import wide_market
from tests.engine.worlds import Bar, Stream

Target = Decimal | Fraction
WEEK = 9
modes = st.sampled_from(["hold", "simple", "composite"])
adversarial = settings(max_examples=drawn(15), deadline=None, suppress_health_check=list(HealthCheck))


def run(market: Market, mode: str, **sets: str) -> RunResult:
    changed = market.sets | {name.replace("__", "."): text for name, text in sets.items()}
    return run_engine(market.world, changed, market.span, [mode])[0]


@pytest.mark.slow
@adversarial
@given(recipes(WEEK), modes)
def test_equity_gained_is_net_and_net_is_its_parts(recipe: Recipe, mode: str) -> None:
    assert_conserved(run(recipe.market(), mode))


def assert_conserved(found: RunResult) -> None:
    """Equity gained is net; every net, and the total, is its parts; the trades are the total but for what is no trade's."""
    rows = [*found.trades, *found.open]
    total = found.totals.split
    assert found.equity[-1][1] - found.equity[0][1] == total.net
    for split in [total, *(row.split for row in rows)]:
        assert split.net == split.funding + split.price - split.fees - split.slippage + split.other
    summed = sum((row.split for row in rows), Split())
    assert (summed.funding, summed.price) == (total.funding, total.price)
    assert (summed.fees, summed.slippage) == (total.fees, total.slippage)


@pytest.mark.slow
def test_no_capital_comes_from_anything_that_can_befall_a_position() -> None:
    """On wide markets, every one of these having happened to some position, most of them to many."""
    seen = befallen(range(80), (*range(30), SWAPPED))
    assert set(seen) == EVENTS
    assert sum(count >= 8 for count in seen.values()) > len(EVENTS) / 2


SWAPPED = 136  # the first market of composite in which a position is given up for a better one


def befallen(of_hold: Iterable[int], of_composite: Iterable[int]) -> Counter[str]:
    """Nothing comes from nowhere on the markets of these seeds; in how many of them what happened to a position."""
    seen: Counter[str] = Counter()
    swapping = {"risk__max_positions": "1", "costs__fee_spot": "0.001"}
    for mode, warm_days, seeds, sets in (("hold", 0, of_hold, {}), ("composite", WEEK, of_composite, swapping)):
        for seed in seeds:
            market = wide_market(seed, warm_days)
            found = run(market, mode, **sets)
            assert_conserved(found)
            assert_worth_its_ledger(market, found)
            seen.update(happened(market, found))
    return seen


EVENTS = {
    *("interest", "paid", "received", "multiplier", "base fee", "dust", "stand-in", "own costs", "open at the end"),
    *("liquidation, all lost", "liquidation, rest returned", "guard cut", "guard exit", "delisting", "rotated"),
    *("delisting of a leg left alone", "leg sold alone later", "stale mark", "stale price"),
}


def happened(market: Market, found: RunResult) -> set[str]:
    """What of `EVENTS` a run had."""
    kinds = Counter(line.kind for line in found.ledger)
    counts, reasons = found.counts, {trade.close_reason for trade in found.trades}
    traded = {line.pair for line in found.ledger if line.leg is not None}
    paid = {line.cash > 0 for line in found.ledger if line.kind is LineKind.FUNDING and line.cash}
    lost = "all lost" if market.sets["margin.liq_loss"] == "all" else "rest returned"
    left_alone = sum(row.close_reason == "liquidation" for row in found.trades)
    alone_h = {row.closed_ms for row in found.trades if row.close_reason == "liquidation"}
    true = {
        "interest": kinds[LineKind.INTEREST],
        "paid": False in paid,
        "received": True in paid,
        "multiplier": any(one.pair.symbol in traded and one.pair.multiplier != 1 for one in market.world),
        "base fee": any(line.fee_ccy == "base" and line.fee for line in found.ledger),
        "dust": any(found.trades) and any(spot_left(found)[row.pair] for row in found.trades),
        "stand-in": "spot_source_perp" in found.flags
        and any(not one.spot and one.pair.symbol in traded for one in market.world),
        "own costs": any(path.startswith("costs.pairs.") and path.split(".")[2] in traded for path in market.sets),
        "open at the end": found.open,
        f"liquidation, {lost}": counts.liquidations,
        "guard cut": kinds[LineKind.GUARD] and counts.guards > ("guard" in reasons),
        "guard exit": "guard" in reasons,
        "delisting": counts.delistings,
        "delisting of a leg left alone": left_alone
        and any(line.kind is LineKind.DELISTING and line.at_ms in alone_h for line in found.ledger),
        "leg sold alone later": any(
            line.kind is LineKind.LIQUIDATION and line.leg is Leg.SPOT and line.at_ms in dict(found.equity)
            for line in found.ledger
        ),
        "rotated": counts.rotations,
        "stale mark": counts.stale_marks,
        "stale price": counts.stale_prices,
    }
    return {name for name, there in true.items() if there}


def assert_worth_its_ledger(market: Market, found: RunResult) -> None:
    """Where nothing is open: equity is the cash of all lines, and what coin is left at its last close."""
    if found.open:
        return
    worth = Fraction(sum((line.cash for line in found.ledger), ZERO))
    stand_in = market.sets["backtest.spot_source"] == "perp"
    for stream in market.world:
        left = spot_left(found).get(stream.pair.symbol)
        if left:
            close = PairHistory(stream, stand_in=stand_in).spot.last_close(market.span[1])
            assert close is not None
            worth += Fraction(left) * close.price
    assert Fraction(found.equity[-1][1]) == worth


@pytest.mark.slow
@adversarial
@given(recipes(WEEK), modes)
def test_cash_at_the_end_with_nothing_open_is_what_the_lines_moved(recipe: Recipe, mode: str) -> None:
    found = run(recipe.market(), mode, costs__spot_fee_in="quote")
    if found.open:
        return
    moved = sum((line.cash for line in found.ledger), ZERO)
    left = spot_left(found)
    if not any(left.values()):
        assert found.equity[-1][1] == moved
    assert all(qty >= 0 for qty in left.values())
    assert all(qty == 0 for qty in perp_left(found).values())


def spot_left(found: RunResult) -> dict[str, Decimal]:
    """Base units bought and not sold again, fees in base taken off."""
    left: dict[str, Decimal] = {}
    for line in found.ledger:
        if line.leg is Leg.SPOT and line.pair and line.qty is not None:
            came = line.qty - (line.fee or ZERO) if line.fee_ccy == "base" else line.qty
            left[line.pair] = left.get(line.pair, ZERO) + (came if line.side is Side.BUY else -line.qty)
    return left


def perp_left(found: RunResult) -> dict[str, Decimal]:
    left: dict[str, Decimal] = {}
    for line in found.ledger:
        if line.leg is Leg.PERP and line.side is not None and line.pair and line.qty is not None:
            left[line.pair] = left.get(line.pair, ZERO) + (line.qty if line.side is Side.SELL else -line.qty)
    return left


@pytest.mark.slow
@adversarial
@given(recipes(WEEK), modes)
def test_no_spot_is_sold_that_never_came_and_hedges_are_never_short(recipe: Recipe, mode: str) -> None:
    """Line by line: multipliers, dust and base fees make no coin, and spot held covers the short it hedges."""
    market = recipe.market()
    pairs = {stream.pair.symbol: stream.pair for stream in market.world}
    found, book = run(market, mode), Book()
    for line in found.ledger:
        book.apply(line)
        held = book.positions.get(line.pair or "")
        if held is not None and line.leg is Leg.PERP and line.kind in (LineKind.FILL, LineKind.GUARD):
            pair = pairs[held.pair]
            delta = held.spot - held.qty * pair.multiplier
            assert delta >= 0
            if line.side is Side.SELL:
                assert delta < pair.spot_lots.step + pair.perp_lots.step * pair.multiplier
    for pair_name, left in spot_left(found).items():
        held = book.positions.get(pair_name)
        assert left == book.dust.get(pair_name, ZERO) + (ZERO if held is None else held.spot)


@pytest.mark.slow
def test_no_approval_takes_exposure_past_the_cap_whatever_the_scores() -> None:
    left_over: list[Decimal] = []

    @adversarial
    @given(recipes(WEEK), st.sampled_from(["simple", "composite"]), st.sampled_from(["0.1", "0.35", "0.8"]))
    def run_watched(recipe: Recipe, mode: str, cap: str) -> None:
        def watched(request: EntryRequest, target: Target, view: View, book: Book, *rest: Any) -> Approved | Refused:
            verdict = gate.review(request, target, view, book, *rest)
            if isinstance(verdict, Approved):
                allowed = Decimal(cap) * gate.equity_at_closes(book, view)
                left_over.append(allowed - exposure(book) - verdict.qty * verdict.ref)
            return verdict

        eager = {"risk__max_positions": "0", "risk__pair_cap": "null", "risk__min_free_cash": "0"}
        patch.setattr(cycle, "review", watched)
        run(recipe.market(), mode, risk__max_portfolio=cap, sizing__mode="conviction", sizing__size_max="9999", **eager)

    with pytest.MonkeyPatch.context() as patch:
        run_watched()
    assert len(left_over) > 10
    assert min(left_over) >= 0


def test_a_stronger_score_gets_a_measurably_larger_position() -> None:
    """Three pairs alike but for their rates of 1, 2 and 4 bp per 8 h."""
    hours = range(0, 12 * 24 + 1, 8)
    price = Decimal(100)
    bars = tuple(Bar(T0 + hour * HOUR, 8 * HOUR, price, price, price, price, None) for hour in hours)
    lots, world = LotRule(Decimal("0.001"), ZERO, ZERO), []
    for name, rate in (("A", "0.0001"), ("B", "0.0002"), ("C", "0.0004")):
        pair = Pair(f"{name}/USDT:USDT", f"{name}/USDT", Decimal(1), lots, lots)
        settled = tuple((T0 + hour * HOUR, Decimal(rate)) for hour in hours)
        world.append(Stream(pair, settled, perp=bars, spot=bars))
    market = Market(tuple(world), {}, (T0, T0 + 12 * 24 * HOUR))
    sets = {"strategy__composite__enter": "0.5", "sizing__c_min": "0.5", "risk__max_portfolio": "1"}
    found = run(market, "composite", sizing__mode="conviction", **sets)
    sizes = {trade.pair[0]: trade.qty * 100 for trade in found.trades}
    assert sizes["B"] > sizes["A"] * Decimal("1.1")
    assert sizes["C"] > sizes["B"] * Decimal("1.1")

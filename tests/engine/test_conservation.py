"""Money comes from somewhere: equity is the ledger, nets are sums of their parts, and exposure stays below its cap."""

from __future__ import annotations

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
from tests.engine.markets import T0, Market, Recipe, recipes
from tests.engine.running import run_engine
from tests.engine.worlds import Bar, Stream

Target = Decimal | Fraction
WEEK = 9
modes = st.sampled_from(["hold", "simple", "composite"])
adversarial = settings(max_examples=30, deadline=None, suppress_health_check=list(HealthCheck))


def run(market: Market, mode: str, **sets: str) -> RunResult:
    changed = market.sets | {name.replace("__", "."): text for name, text in sets.items()}
    return run_engine(market.world, changed, market.span, [mode])[0]


@pytest.mark.slow
@adversarial
@given(recipes(WEEK), modes)
def test_equity_gained_is_net_and_net_is_its_parts(recipe: Recipe, mode: str) -> None:
    found = run(recipe.market(), mode)
    rows = [*found.trades, *found.open]
    total = found.totals.split
    assert found.equity[-1][1] - found.equity[0][1] == total.net
    for split in [total, *(row.split for row in rows)]:
        assert split.net == split.funding + split.price - split.fees - split.slippage + split.other
    summed = sum((row.split for row in rows), Split())
    assert (summed.funding, summed.price) == (total.funding, total.price)
    assert (summed.fees, summed.slippage) == (total.fees, total.slippage)


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

"""`prove` finds nothing in what cannot see ahead, and finds it in what can."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace
from decimal import Decimal

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from fundarb.domain.instants import DAY, HOUR
from fundarb.domain.instrument import LotRule, Pair
from fundarb.domain.money import ZERO
from fundarb.engine.event_times import EventTimes
from fundarb.engine.prices import CandleSeries
from fundarb.engine.quotes import Quotes
from fundarb.research.prove import Proof, prove
from fundarb.signals.panel import Panel
from fundarb.strategy.params import StrategyParams
from fundarb.strategy.plan import Plan, Setting
from fundarb.strategy.table import PREPARE
from tests.engine.markets import T0, Market, Recipe, recipes
from tests.engine.running import setup_of
from tests.engine.test_parity import delayed
from tests.engine.worlds import Bar, Stream, panel_of

WARM_DAYS = 9


async def proof_of(market: Market, mode: str, samples: int = 4) -> Proof:
    async def load(symbols: Sequence[str], until_ms: int) -> Panel:
        assert list(symbols) == [stream.pair.symbol for stream in market.world]
        return panel_of(market.world, until_ms)

    setup = setup_of(market.sets, [stream.pair for stream in market.world])
    symbols = [stream.pair.symbol for stream in market.world]
    return await prove(load, symbols, *market.span, setup, mode, samples=samples, seed=1)


@pytest.mark.slow
@settings(max_examples=12, deadline=None, suppress_health_check=list(HealthCheck))
@given(recipes(WARM_DAYS), st.sampled_from(["simple", "composite", "band", "hold", "cash"]))
async def test_no_mode_decides_by_what_comes_later(recipe: Recipe, mode: str) -> None:
    assert (await proof_of(recipe.market(), mode)).differences == ()


@pytest.mark.parametrize("mode", ["simple", "hold"])
async def test_fills_that_come_later_than_their_decision_are_no_look_ahead(mode: str) -> None:
    market = delayed(rising())
    assert (await proof_of(market, mode, samples=6)).differences == ()


def rising() -> Market:
    """Three pairs over ten days, rates climbing from 2 bp to 12 bp, prices with them; the later pair the higher."""
    lots, hours = LotRule(Decimal("0.001"), ZERO, ZERO), range(0, 241, 8)
    world = []
    for nth, name in enumerate("ABC"):
        pair = Pair(f"{name}/USDT:USDT", f"{name}/USDT", Decimal(1), lots, lots)
        bars = tuple(_bar(hour, Decimal(100 + nth * 10) + hour % 48) for hour in hours)
        settled = tuple((T0 + hour * HOUR, Decimal(20 + nth + hour * 5 // 12).scaleb(-5)) for hour in hours)
        world.append(Stream(pair, settled, perp=bars, spot=bars))
    return Market(tuple(world), {"risk.max_positions": "2"}, (T0, T0 + 240 * HOUR))


def _bar(hour: int, price: Decimal) -> Bar:
    return Bar(T0 + hour * HOUR, 8 * HOUR, price, price, price, price, Decimal(1))


async def test_first_and_last_event_are_always_looked_at() -> None:
    market = rising()
    every = (await proof_of(market, "simple", samples=10_000)).sampled_ms
    some = (await proof_of(market, "simple", samples=3)).sampled_ms
    start, end = market.span
    assert every == tuple(sorted({at for one in market.world for at, _ in one.settled if start <= at < end}))
    assert (some[0], some[-1], len(some)) == (every[0], every[-1], 3)


def peeking(peek: Callable[[Panel, Plan], Plan]) -> Callable[[Panel, StrategyParams, Setting], Plan]:
    honest = PREPARE["simple"]
    return lambda panel, params, setting: peek(panel, honest(panel, params, setting))


def by_the_next_rate(panel: Panel, plan: Plan) -> Plan:
    """Enters where the settlement after is high."""
    (regime,) = plan.regimes
    return replace(plan, regimes=(replace(regime, enter=np.append(regime.enter[1:], False)),))


def by_the_best_of_all(panel: Panel, plan: Plan) -> Plan:
    """Leaves below the average of the whole history."""
    rates = panel.settlements.rate
    (regime,) = plan.regimes
    return replace(plan, regimes=(replace(regime, exit=rates < rates.mean()),))


def by_later_rank(panel: Panel, plan: Plan) -> Plan:
    """Prefers, while much is still to come, the first pair, and else the last."""
    settled = panel.settlements.settled_at
    nth = np.repeat(np.arange(len(panel.pairs)), np.diff(panel.settlements.offsets))
    return replace(plan, rank=np.where(settled < settled.max() - DAY, -nth, nth).astype(np.int64))


@pytest.mark.parametrize("peek", [by_the_next_rate, by_the_best_of_all, by_later_rank])
async def test_a_strategy_that_sees_ahead_is_found_out(
    peek: Callable[[Panel, Plan], Plan], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(PREPARE, "simple", peeking(peek))
    found = (await proof_of(rising(), "simple", samples=8)).differences
    assert found
    assert all(words.startswith("simple: ") for words in found)
    assert any("with the future" in words for words in found)


async def test_an_engine_that_sees_ahead_is_found_out(monkeypatch: pytest.MonkeyPatch) -> None:
    honest = CandleSeries.opens_at

    def early(self: CandleSeries, events: EventTimes) -> Quotes:
        last = int(self.open_at[-1])
        return honest(self, EventTimes(np.minimum(events.times + 8 * HOUR, last)))

    market = rising()
    assert (await proof_of(market, "simple", samples=6)).differences == ()
    monkeypatch.setattr(CandleSeries, "opens_at", early)
    found = (await proof_of(market, "simple", samples=6)).differences
    assert any("ledger up to" in words for words in found)
    assert any("equity up to" in words for words in found)

"""No plan knows the future or remembers more than its lookback: row for row, on random markets, for every strategy."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import replace
from decimal import Decimal
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.typing import NDArray

from fundarb.signals.panel import Panel
from fundarb.strategy.band import BandParams
from fundarb.strategy.composite import CompositeParams, Weights
from fundarb.strategy.params import StrategyParams
from fundarb.strategy.plan import ABSENT, Plan, Setting
from fundarb.strategy.simple import SimpleParams
from fundarb.strategy.table import PREPARE
from tests.signals.causality import Reading, assert_causal, moments_of
from tests.signals.making import T0
from tests.signals.markets import market

PARAMS = StrategyParams(
    simple=SimpleParams(entry=Decimal("0.0002"), exit=Decimal("0.0001"), min_consecutive=3),
    composite=CompositeParams(enter=Decimal("0.6"), exit=Decimal("0.55"), weights=Weights(volume=Decimal("0.1"))),
    band=BandParams(enter=Decimal("0.0001"), exit=Decimal("-0.00005")),
)


def reading(mode: str) -> Reading:
    """What a plan says of each settlement in its last regime."""

    def read(panel: Panel) -> Mapping[str, Any]:
        stamps = np.unique(panel.settlements.settled_at)
        plan = PREPARE[mode](panel, PARAMS, Setting(T0, stamps[-1:], 41.0, 0.3))
        rows = len(panel.settlements.settled_at)
        return {
            "enter": plan.regimes[-1].enter,
            "exit": plan.regimes[-1].exit,
            "score": np.full(rows, ABSENT) if plan.score is None else plan.score,
            "forecast": np.full(rows, ABSENT) if plan.forecast is None else plan.forecast,
            **_ranks(mode, plan, panel),
        }

    return read


def _ranks(mode: str, plan: Plan, panel: Panel) -> Mapping[str, Any]:
    """A rank orders the rows of one plan: of `simple` only its order means something, so it is read as that."""
    if mode != "simple":
        return {"rank": plan.rank}
    rows = panel.settlements
    level = np.where(rows.interval_ms > 0, np.round(rows.rate / np.maximum(rows.interval_ms, 1), 20), np.nan)
    known = rows.interval_ms > 0
    order = np.argsort(plan.rank[known], kind="stable")
    assert (np.diff(level[known][order]) >= 0).all()
    return {}


def assert_a_plan_is_causal(mode: str, seed: int, count: int) -> None:
    """The test itself, for any strategy of the table."""
    made = market(seed)
    assert_causal(reading(mode), made, moments_of(made, seed, count))


@pytest.mark.parametrize("mode", PREPARE)
@given(seed=st.integers(0, 2**32))
@settings(max_examples=6)
def test_every_plan_of_the_table_is_causal_over_its_lookback(mode: str, seed: int) -> None:
    assert_a_plan_is_causal(mode, seed, 5)


@pytest.mark.parametrize("mode", sorted(set(PREPARE) - {"cash", "hold"}))
def test_the_markets_make_every_strategy_enter_and_leave(mode: str) -> None:
    """So that the test above compares more than silence. `cash` and `hold` say nothing of single settlements."""
    found = reading(mode)(market(2).panel())
    assert 10 < found["enter"].sum() < len(found["enter"]) - 10
    assert found["exit"].sum() > 10


def one_ahead(values: NDArray[Any]) -> NDArray[Any]:
    """Each row as the one after it will be."""
    return np.append(values[1:], values[-1:])


def by_the_next_rate(panel: Panel, plan: Plan) -> Plan:
    return replace(plan, regimes=tuple(replace(one, enter=one_ahead(one.enter)) for one in plan.regimes))


def leaving_by_the_next_rate(panel: Panel, plan: Plan) -> Plan:
    return replace(plan, regimes=tuple(replace(one, exit=one_ahead(one.exit)) for one in plan.regimes))


def by_the_next_forecast(panel: Panel, plan: Plan) -> Plan:
    return replace(plan, forecast=one_ahead(np.asarray(plan.forecast)))


def by_the_next_score(panel: Panel, plan: Plan) -> Plan:
    return replace(plan, score=one_ahead(np.asarray(plan.score)))


@pytest.mark.parametrize(
    ("mode", "peek"),
    [
        *((mode, by_the_next_rate) for mode in ("simple", "composite", "band")),
        *(
            (mode, leaving_by_the_next_rate) for mode in ("simple", "composite")
        ),  # a band leaves too seldom for 60 looks
        *((mode, peek) for mode in ("composite", "band") for peek in (by_the_next_forecast, by_the_next_score)),
    ],
)
def test_a_strategy_of_the_table_that_looks_ahead_is_caught_by_the_same_test(
    mode: str, peek: Callable[[Panel, Plan], Plan], monkeypatch: pytest.MonkeyPatch
) -> None:
    """Under a name of its own, as a new strategy would stand there."""
    honest = PREPARE[mode]
    monkeypatch.setitem(PREPARE, "foresight", lambda panel, params, at: peek(panel, honest(panel, params, at)))
    with pytest.raises(AssertionError, match=r"at row .* of what was known then"):
        assert_a_plan_is_causal("foresight", 2, 60)


def test_the_future_moves_no_edge_of_a_fitted_band() -> None:
    """Every regime that had begun by a moment is the same with the market cut there."""
    made = market(7, days=240)
    whole, at_ms = made.panel(), T0 + 200 * 24 * 3_600_000
    cut = made._replace(until_ms=at_ms).panel()
    fitted = PARAMS.model_copy(update={"band": BandParams()})
    plans = []
    for panel in (whole, cut):
        stamps = np.unique(panel.settlements.settled_at)
        plans.append(PREPARE["band"](panel, fitted, Setting(T0, stamps, 41.0, 0.3)))
    begun = [regime for regime in plans[0].regimes if regime.since_ms <= at_ms]
    assert len(begun) == len(plans[1].regimes) > 5
    for index in range(len(made.pairs)):
        shared = slice(0, int(np.diff(cut.settlements.offsets)[index]))
        for one, other in zip(begun, plans[1].regimes, strict=True):
            assert one.since_ms == other.since_ms
            for flags in ("enter", "exit"):
                ours = getattr(one, flags)[whole.settlements.rows(index)][shared]
                assert (ours == getattr(other, flags)[cut.settlements.rows(index)]).all()

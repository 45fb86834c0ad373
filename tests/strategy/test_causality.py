"""No plan knows the future or remembers more than its lookback: row for row, on random markets, for every strategy."""

from __future__ import annotations

from collections.abc import Mapping
from decimal import Decimal
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from fundarb.signals.panel import Panel
from fundarb.strategy.band import BandParams
from fundarb.strategy.composite import CompositeParams, Weights
from fundarb.strategy.params import MODES, Mode, StrategyParams
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


def reading(mode: Mode) -> Reading:
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


def _ranks(mode: Mode, plan: Plan, panel: Panel) -> Mapping[str, Any]:
    """A rank orders the rows of one plan: of `simple` only its order means something, so it is read as that."""
    if mode != "simple":
        return {"rank": plan.rank}
    rows = panel.settlements
    level = np.where(rows.interval_ms > 0, np.round(rows.rate / np.maximum(rows.interval_ms, 1), 20), np.nan)
    known = rows.interval_ms > 0
    order = np.argsort(plan.rank[known], kind="stable")
    assert (np.diff(level[known][order]) >= 0).all()
    return {}


@pytest.mark.parametrize("mode", MODES)
@given(seed=st.integers(0, 2**32))
@settings(max_examples=6)
def test_a_plan_is_causal_over_its_lookback(mode: Mode, seed: int) -> None:
    made = market(seed)
    assert_causal(reading(mode), made, moments_of(made, seed, 5))


@pytest.mark.parametrize("mode", ["simple", "composite", "band"])
def test_the_markets_make_every_strategy_enter_and_leave(mode: Mode) -> None:
    """So that the test above compares more than silence."""
    found = reading(mode)(market(2).panel())
    assert 10 < found["enter"].sum() < len(found["enter"]) - 10
    assert found["exit"].sum() > 10


def test_a_plan_that_reads_the_next_rate_is_caught() -> None:
    def foresees(panel: Panel) -> Mapping[str, Any]:
        found = dict(reading("simple")(panel))
        return found | {"enter": np.append(found["enter"][1:], False)}

    made = market(2)
    with pytest.raises(AssertionError, match=r"enter at row .* of what was known then"):
        assert_causal(foresees, made, moments_of(made, 2, 60))


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

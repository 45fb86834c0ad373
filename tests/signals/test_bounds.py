"""Every component stays within its bounds whatever comes, and moves the way it says."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from fundarb.signals.basis import basis, convergence_bp
from fundarb.signals.carry import capital_charge_bp, carry
from fundarb.signals.composite import composite
from fundarb.signals.cross import Cross, cross, strength
from fundarb.signals.dispersion import Dispersion, dispersion, medians, stability, trend
from fundarb.signals.ema import ema
from fundarb.signals.forecast import forecast
from fundarb.signals.lookback import lookback
from fundarb.signals.persistence import persistence
from fundarb.signals.volume import saturated
from tests.signals.markets import market, steady

UNIT_BOUNDS = {
    "carry": (0.0, 1.0),
    "persistence": (0.0, 1.0),
    "trend": (0.0, 1.0),
    "stability": (0.0, 1.0),
    "basis": (0.0, 1.0),
    "volume": (0.0, 1.0),
}
levels = st.floats(-500, 500)
histories = st.lists(levels, min_size=25, max_size=60)


@given(st.integers(0, 2**32))
@settings(max_examples=6)
def test_components_score_and_forecast_stay_within_their_bounds(seed: int) -> None:
    found = composite(market(seed).panel(), dict.fromkeys(UNIT_BOUNDS, 1.0), 0.3, frozenset())
    for name, (low, high) in UNIT_BOUNDS.items():
        there = found.components[name][np.isfinite(found.components[name])]
        assert len(there)
        assert low <= there.min() <= there.max() <= high, name
    present = found.forecast > -(2**62)
    assert (np.abs(found.forecast[present]) <= 20 * 10**12).all()
    assert ((found.score[present] >= 0) & (found.score[present] <= 10**12)).all()
    assert (found.score[~present] == found.forecast[~present]).all()


@given(histories, st.integers(0, 60), st.floats(0, 100))
def test_averages_lie_among_their_levels_and_rise_with_each(history: list[float], which: int, more: float) -> None:
    raised = list(history)
    raised[which % len(history)] += more
    before, after = lookback(steady(history)), lookback(steady(raised))
    for periods in (3, 9, 21, 90):
        low, high = ema(before, periods)[1:], ema(after, periods)[1:]
        assert (low >= np.minimum.accumulate(history) - 1e-9).all()
        assert (low <= np.maximum.accumulate(history) + 1e-9).all()
        assert (high >= low - 1e-9).all()
    assert (forecast(after)[23:] >= forecast(before)[23:] - 1e-9).all()


@given(st.lists(levels, min_size=2), st.floats(-5, 5))
def test_carry_rises_with_the_forecast_and_falls_with_the_charge(forecasts: list[float], charge: float) -> None:
    ordered = np.sort(np.array(forecasts))
    found = carry(ordered, charge)
    assert (np.diff(found) >= 0).all()
    assert (carry(ordered, charge + 0.1) <= found).all()
    assert carry(np.array([charge]), charge)[0] == 0.5


def test_idle_capital_charges_the_margin_only_where_there_is_one() -> None:
    assert capital_charge_bp(0.1095, None) == pytest.approx(1.0)
    assert capital_charge_bp(0.1095, 2.0) == pytest.approx(1.5)
    assert capital_charge_bp(0.0, 2.0) == 0.0


@given(histories)
def test_persistence_rises_with_each_settlement_not_below_zero_and_starts_anew_below_it(history: list[float]) -> None:
    found = persistence(lookback(steady(history)))
    for row, level in enumerate(history, start=1):
        if level < -1e-12:
            assert found[row] == 0
        else:
            assert found[row] > (found[row - 1] if row > 1 else 0)


def test_a_level_a_trillionth_below_zero_does_not_end_the_run() -> None:
    found = persistence(lookback(steady([1.0, -1e-12, 1.0, -2e-12])))
    assert found[1:].tolist() == [0.1, 2 / 11, 0.25, 0]


@given(histories)
def test_trend_stands_above_half_exactly_while_the_fast_average_leads(history: list[float]) -> None:
    look = lookback(steady(history))
    spread = dispersion(look)
    gap, found = ema(look, 3) - ema(look, 9), trend(look, spread)
    there = np.isfinite(found)
    assert there.sum() == len(history) - 5
    clear = there & (np.abs(gap) > 1e-9)
    assert (np.sign(found[clear] - 0.5) == np.sign(gap[clear])).all()
    wider = Dispersion(spread.median, spread.sigma + 1.0)
    assert (np.abs(trend(look, wider) - 0.5)[there] <= np.abs(found - 0.5)[there]).all()


@given(levels, st.floats(0, 500), st.floats(0, 500))
def test_stability_falls_with_the_spread(median: float, sigma: float, more: float) -> None:
    spread = Dispersion(np.array([median, median]), np.array([sigma, sigma + more]))
    calm, wild = stability(spread).tolist()
    assert 0 < wild <= calm <= 1


@given(st.lists(levels, min_size=22, max_size=120), st.floats(0, 100))
def test_basis_rises_with_the_last_basis(history: list[float], more: float) -> None:
    raised = [*history[:-1], history[-1] + more]
    assert basis(np.array(raised))[-1] >= basis(np.array(history))[-1]


@given(st.lists(st.floats(0, 1e6), min_size=2))
def test_a_saturated_ratio_rises_from_nothing_to_one(ratios: list[float]) -> None:
    found = saturated(np.sort(np.array(ratios)))
    assert (np.diff(found) >= 0).all()
    assert 0 <= found[0] <= found[-1] <= 1
    assert saturated(0.0) == 0
    assert saturated(1.0) == 0.5


@given(st.floats(-100, 100), st.floats(-2, 2), st.integers(1, 100))
def test_expected_convergence_is_never_more_than_the_excess(excess: float, phi: float, periods: int) -> None:
    expected = convergence_bp(excess, phi, periods)
    assert 0 <= expected * np.sign(excess) <= abs(excess)
    assert abs(convergence_bp(excess, phi, periods + 1)) >= abs(expected)


@given(st.integers(1, 40), st.integers(1, 60), st.integers(0, 2**32))
def test_medians_by_one_sort_are_those_of_two(rows: int, size: int, seed: int) -> None:
    sample = np.round(np.random.default_rng(seed).normal(size=(rows, size)), 1)
    middle, deviation = medians(sample)
    np.testing.assert_array_equal(middle, np.median(sample, axis=1))
    np.testing.assert_array_equal(deviation, np.median(np.abs(sample - middle[:, None]), axis=1))


@pytest.mark.parametrize(
    ("share", "state"),
    [(0.5, Cross.STABLE), (0.549, Cross.STABLE), (0.551, Cross.RISING), (0.449, Cross.FALLING), (float("nan"), None)],
)
def test_a_cross_rises_or_falls_from_a_tenth_of_its_strength_on(share: float, state: Cross | None) -> None:
    assert cross(share) is state
    if state is not None:
        assert 0 <= strength(share) < 1

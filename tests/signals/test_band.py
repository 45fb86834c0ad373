"""The band against a slow plain reading: the pooled fit, the solver, the fallbacks, the months."""

from __future__ import annotations

from decimal import Decimal

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from fundarb.domain.instants import DAY, HOUR, iso, parse_instant
from fundarb.signals.band import Process, Worth, carry_value, fit, thresholds, worth
from fundarb.signals.band_fit import READY_AFTER, Edges, fit_edges, month_starts, ready_at, samples
from fundarb.signals.panel import SettlementRows, Stamps
from fundarb.signals.rounding import ABSENT
from tests.signals import plain_band
from tests.signals.making import T0
from tests.signals.markets import rows_of

UNFITTED = Edges(None, None)
COST = 20.5


def forecasts(seed: int, days: int = 420, pairs: int = 2) -> tuple[SettlementRows, Stamps]:
    """Pairs settling every 8 h, partly every 4 h, some without a forecast; slow autoregressions in units of 1e-12 bp."""
    rng = np.random.default_rng(seed)
    rows, units = [], []
    for _ in range(pairs):
        steps = rng.choice([8, 8, 8, 8, 4, 12], days * 2)
        hours = np.cumsum(steps)[np.cumsum(steps) < days * 24]
        level, levels = 0.5, []
        for shock in rng.normal(0, 0.3, len(hours)):
            level += 0.03 * (0.5 - level) + shock
            levels.append(level)
        rows.append([(float(hour), 1e-4) for hour in hours])
        whole = np.round(np.array(levels) * 1e12).astype(np.int64)
        units.append(np.where(rng.random(len(whole)) < 0.05, ABSENT, whole))
    return rows_of(*rows), np.concatenate(units)


def as_pairs(rows: SettlementRows, units: Stamps) -> list[dict[int, float]]:
    return [
        {
            int(at): int(unit) / 1e12
            for at, unit in zip(rows.settled_at[rows.rows(n)], units[rows.rows(n)], strict=True)
            if unit != ABSENT
        }
        for n in range(len(rows.offsets) - 1)
    ]


@given(st.integers(0, 2**32), st.integers(20, 420))
@settings(max_examples=15)
def test_the_pooled_fit_is_that_of_the_plain_reading(seed: int, day: int) -> None:
    rows, units = forecasts(seed)
    found = fit(*samples(rows, units, T0 + day * DAY))
    plain = plain_band.process(as_pairs(rows, units), T0 + day * DAY)
    assert found is not None
    assert plain == pytest.approx((found.mean, found.phi, found.sigma), rel=1e-9)


@pytest.mark.parametrize(("seed", "day", "charge"), [(1, 100, 0.0), (2, 419, 0.27), (3, 380, 0.6)])
def test_the_edges_are_those_of_the_plain_solver(seed: int, day: int, charge: float) -> None:
    rows, units = forecasts(seed)
    found = fit_edges(rows, units, T0 + day * DAY, charge, COST, UNFITTED)
    enter, leave = plain_band.edges(as_pairs(rows, units), T0 + day * DAY, charge, COST)
    assert float(found.enter) == pytest.approx(enter, abs=1e-7)
    assert float(found.exit) == pytest.approx(leave, abs=1e-7)
    assert found.exit < found.enter
    assert found.enter == round(found.enter, 12)


def test_a_fit_sees_the_last_365_days_and_nothing_after_its_moment() -> None:
    rows, units = forecasts(4)
    at_ms = T0 + 400 * DAY
    inside = (rows.settled_at > at_ms - 365 * DAY) & (rows.settled_at <= at_ms)
    wild = np.where(inside | (units == ABSENT), units, 10**15)
    assert (wild != units).any()
    expected, found = samples(rows, units, at_ms), samples(rows, wild, at_ms)
    for one, other in zip(expected, found, strict=True):
        np.testing.assert_array_equal(one, other)


def test_regression_uses_pairs_exactly_eight_hours_apart_of_one_perp() -> None:
    rows = rows_of([(0, 0), (4, 0), (8, 0), (20, 0), (28, 0)], [(0, 0), (8, 0)])
    units = np.array([1, 2, 3, 4, 5, 10, 20], dtype=np.int64) * 10**12
    units[0] = ABSENT
    every, before, after = samples(rows, units, T0 + 30 * HOUR)
    assert every.tolist() == [2, 3, 4, 5, 10, 20]
    assert (before.tolist(), after.tolist()) == ([4, 10], [5, 20])


def flat(levels: list[float]) -> tuple[SettlementRows, Stamps]:
    return rows_of([(8.0 * n, 0.0) for n in range(len(levels))]), np.round(np.array(levels) * 1e12).astype(np.int64)


@pytest.mark.parametrize(
    ("levels", "why"),
    [
        ([], "no forecasts"),
        ([1.0], "no pair of them"),
        ([1.0] * 50, "nothing varies"),
        ([float(n % 2) * (1 + n * 1e-3) for n in range(60)], "φ at or below −1"),
        ([0.0] * 20 + [1e-6] + [0.0] * 20, "no noise"),
        ([0.01 * (n % 3 == 0) for n in range(60)], "D never pays both costs"),
    ],
)
def test_where_nothing_can_be_fitted_both_edges_fall_back(levels: list[float], why: str) -> None:
    rows, units = flat(levels)
    found = fit_edges(rows, units, T0 + 90 * DAY, 0.25, COST, UNFITTED)
    assert (found.enter, found.exit) == (Decimal("0.58"), Decimal("-0.43")), why
    pairs = as_pairs(rows, units)
    assert plain_band.edges(pairs, T0 + 90 * DAY, 0.25, COST) == pytest.approx((0.58, -0.43)), why


def test_a_drifting_market_is_taken_for_no_more_persistent_than_the_most() -> None:
    rows, units = flat([0.02 * n + 0.01 * (n % 5 == 0) for n in range(200)])
    found = fit(*samples(rows, units, T0 + 90 * DAY))
    plain = plain_band.process(as_pairs(rows, units), T0 + 90 * DAY)
    assert found is not None
    assert found.phi == 0.9985
    assert plain == pytest.approx((found.mean, found.phi, found.sigma))


@pytest.mark.parametrize(("size", "fits"), [(1e-10, False), (1e-8, True)])
def test_what_varies_by_no_more_than_rounding_is_not_fitted(size: float, fits: bool) -> None:
    levels = np.array([size * (n % 4) for n in range(40)])
    assert (fit(levels, levels[:-1], levels[1:]) is not None) == fits


def test_given_edges_stand_and_the_other_is_fitted() -> None:
    rows, units = forecasts(5)
    at_ms = T0 + 200 * DAY
    fitted = fit_edges(rows, units, at_ms, 0.0, COST, UNFITTED)
    one = fit_edges(rows, units, at_ms, 0.0, COST, Edges(Decimal("1.5"), None))
    other = fit_edges(rows, units, at_ms, 0.0, COST, Edges(None, Decimal(-2)))
    assert (one.enter, one.exit) == (Decimal("1.5"), fitted.exit)
    assert (other.enter, other.exit) == (fitted.enter, Decimal(-2))


def test_entries_may_begin_ninety_days_after_the_first_forecast_of_any_pair() -> None:
    rows = rows_of([(0, 0), (8, 0)], [(4, 0), (12, 0)])
    units = np.array([ABSENT, 5, 7, ABSENT], dtype=np.int64)
    assert ready_at(rows, units) == T0 + 4 * HOUR + READY_AFTER == T0 + 4 * HOUR + 90 * DAY
    assert ready_at(rows, np.full(4, ABSENT)) > T0 + 10**6 * DAY


def test_a_month_starts_at_its_first_event_and_the_run_at_its_own() -> None:
    times = [
        parse_instant(t)
        for t in ("2023-01-15T04:00", "2023-01-31T23:00", "2023-02-01", "2023-02-01T08:00", "2023-04-02")
    ]
    assert [iso(at)[:10] for at in month_starts(np.array(times))] == ["2023-01-15", "2023-02-01", "2023-04-02"]
    assert month_starts(np.array([], dtype=np.int64)) == []


@given(st.floats(-2, 3), st.floats(0.3, 0.97), st.floats(0.2, 2), st.floats(-0.5, 1))
@settings(max_examples=8)
def test_worth_rises_with_the_level_and_an_edge_pays_its_cost(mu: float, phi: float, sigma: float, k: float) -> None:
    found = worth(Process(mu, phi, sigma), k, 15.0, 15.0, moved=1e-3)
    assert (np.diff(found.value) > 0).all()
    scores = [carry_value(found, level, 15.0, 15.0) for level in np.linspace(mu - 30, mu + 30, 50)]
    assert scores == sorted(scores)
    assert 0 <= scores[0] <= scores[-1] <= 1
    if found.value[0] < -15 and found.value[-1] > 15:
        edges = found.crossing(15.0), found.crossing(-15.0)
        assert edges[1] < edges[0]
        assert carry_value(found, edges[0], 15.0, 15.0) == pytest.approx(1)
        assert carry_value(found, edges[1], 15.0, 15.0) == pytest.approx(0)


def test_outside_its_grid_worth_keeps_its_end_values() -> None:
    found = Worth(np.array([0.0, 1.0]), np.array([-5.0, 5.0]))
    assert [found.at(level) for level in (-9.0, 0.5, 9.0)] == [-5, 0, 5]
    assert found.crossing(2.5) == 0.75


@pytest.mark.parametrize("process", [Process(0.251, 0.9, 0.01), Process(0.25, 0.3, 0.5), Process(-3.0, 0.5, 0.1)])
def test_a_market_too_quiet_to_pay_its_costs_is_told_from_the_first_rounds(process: Process) -> None:
    quick = worth(process, 0.25, COST, COST, unless_idle=True)
    whole = worth(process, 0.25, COST, COST, moved=1e-3)
    assert not (whole.value[0] < -COST and whole.value[-1] > COST)
    assert thresholds(process, 0.25, COST) is None
    assert not (quick.value[0] < -COST and quick.value[-1] > COST)


def test_a_level_that_hardly_reverts_is_taken_to_revert_a_little() -> None:
    before = np.linspace(0.0, 10.0, 200)
    found = fit(before, before, before)
    assert found is not None
    assert found.phi == 0.9985

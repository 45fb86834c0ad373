"""Figures of an equity curve: exact where they must be, undefined rather than nothing or endless."""

from __future__ import annotations

import math
from collections.abc import Sequence
from decimal import Decimal
from itertools import pairwise

import numpy as np
import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from fundarb.domain.instants import DAY, HOUR, parse_instant
from fundarb.statistics.performance import (
    autocorrelation,
    cagr,
    daily_values,
    lo_factor,
    max_drawdown,
    ratio,
    returns,
    sharpe,
    sharpe_lo,
    sortino,
    spread,
    weekly_values,
)

MIDNIGHT = parse_instant("2024-01-01")
samples = st.lists(st.floats(-0.1, 0.1), min_size=3, max_size=60).map(np.array)
curves = st.lists(st.integers(1, 10**9).map(lambda cents: Decimal(cents).scaleb(-2)), min_size=1, max_size=40)


def printed(value: float | None) -> str:
    return "None" if value is None else f"{value:.10g}"


def values(times_h: Sequence[float], from_h: float, to_h: float) -> list[int]:
    """The numbers of the samples a daily series is made of."""
    times = [MIDNIGHT + round(hour * HOUR) for hour in times_h]
    equity = [Decimal(number) for number in range(len(times))]
    begin, end = (MIDNIGHT + round(hour * HOUR) for hour in (from_h, to_h))
    return [int(value) for value in daily_values(times, equity, begin, end)]


def test_a_day_takes_the_last_sample_at_or_before_its_midnight() -> None:
    assert values([0, 0, 8, 16, 24, 32, 40, 48], 0, 48) == [0, 4, 7]
    assert values([0, 23.9, 24.1, 47], 0, 48) == [0, 1, 3]


def test_capital_comes_first_and_a_midnight_at_the_start_is_not_a_day() -> None:
    assert values([0, 0, 24], 0, 24) == [0, 2]
    assert values([5, 5, 24, 30], 5, 40) == [0, 2]


def test_a_last_part_day_is_no_day_and_a_day_without_samples_repeats() -> None:
    assert values([0, 8, 30], 0, 47.9) == [0, 1]
    assert values([0, 8, 80], 0, 96) == [0, 1, 1, 1, 2]
    assert values([1, 2], 1, 20) == [0]


def test_returns_take_their_difference_exactly() -> None:
    large = Decimal("12345678901234567890")
    found = returns([large, large + Decimal("0.001"), large + Decimal("0.003")])
    assert found is not None
    assert found.tolist() == [0.001 / float(large), 0.002 / float(large)]


@pytest.mark.parametrize("ruin", ["0", "-1"])
def test_there_are_no_returns_once_nothing_is_left(ruin: str) -> None:
    assert returns([Decimal(1), Decimal(ruin), Decimal(1)]) is None
    assert sharpe(None, 365) is sharpe_lo(None) is sortino(None) is None


@given(samples, st.floats(0.5, 2))
def test_sharpe_does_not_depend_on_the_size_of_returns_and_grows_with_the_root_of_time(
    sample: np.ndarray[tuple[int], np.dtype[np.float64]], factor: float
) -> None:
    assume(spread(sample) > 1e-6)
    found = sharpe(sample, 365)
    assert found is not None
    assert sharpe(sample * factor, 365) == pytest.approx(found, rel=1e-9, abs=1e-12)
    assert sharpe(-sample, 365) == pytest.approx(-found)
    assert sharpe(sample, 4 * 365) == pytest.approx(2 * found)
    assert found == pytest.approx(np.mean(sample) / np.std(sample, ddof=1) * math.sqrt(365))


def test_idle_cash_and_too_few_returns_have_no_sharpe() -> None:
    interest = np.array([1e-4, 1.00001e-4, 1e-4])
    assert sharpe(interest, 365) is sharpe_lo(interest) is None
    assert sharpe(np.array([0.0, 0.0]), 365) is sharpe(np.array([0.1]), 365) is sharpe(np.array([]), 365) is None
    assert sharpe(np.array([1e-4, 1.0005e-4]), 365) is not None  # a ten-thousandth of the mean and more is a spread


def test_sortino_counts_every_observation_and_is_absent_without_a_loss() -> None:
    found = sortino(np.array([0.01, -0.02, 0.0, 0.01]), 1)
    assert found == pytest.approx(0 / 0.01)
    assert sortino(np.array([0.02, -0.01]), 4) == pytest.approx(0.005 / math.sqrt(0.00005) * 2)
    assert sortino(np.array([0.01, 0.02])) is sortino(np.array([-0.01])) is None


def test_autocorrelation_sets_neighbours_against_all() -> None:
    assert autocorrelation(np.array([1.0, -1.0, 1.0, -1.0])) == -0.75
    assert autocorrelation(np.array([2.0, 2.0])) == 0


def test_b11_lo_annualisation_of_independent_and_of_autocorrelated_returns() -> None:
    assert [printed(lo_factor(rho, 1095)) for rho in (0.0, 0.77)] == ["33.09078422", "11.949117"]
    assert printed(lo_factor(0.77, 3)) == "1.112959947"


@given(samples)
def test_lo_sharpe_sums_the_autocorrelation_of_every_lag(
    sample: np.ndarray[tuple[int], np.dtype[np.float64]],
) -> None:
    assume(spread(sample) > 1e-6)
    rho = autocorrelation(sample)
    variance = 365 + 2 * sum((365 - lag) * rho**lag for lag in range(1, 365))
    found = sharpe_lo(sample)
    if variance <= 0:
        assert found is None
    else:
        expected = np.mean(sample) / np.std(sample, ddof=1) * 365 / math.sqrt(variance)
        assert found == pytest.approx(expected, rel=1e-9, abs=1e-12)


@given(curves)
def test_drawdown_is_the_deepest_fall_from_any_earlier_peak(equity: list[Decimal]) -> None:
    worst = max(
        (float(equity[peak]) - float(equity[low])) / float(equity[peak])
        for low in range(len(equity))
        for peak in range(low + 1)
    )
    assert max_drawdown(equity) == pytest.approx(max(worst, 0.0))
    assert 0 <= max_drawdown(equity) < 1


def test_a_curve_that_never_falls_has_no_drawdown() -> None:
    assert max_drawdown([Decimal(1), Decimal(1), Decimal(2)]) == 0
    assert max_drawdown([]) == 0


def test_growth_is_compounded_over_a_year_and_absent_where_it_is_none() -> None:
    assert cagr(Decimal(100), Decimal(121), 730) == pytest.approx(0.1)
    assert cagr(Decimal(100), Decimal(0), 365) is None
    assert cagr(Decimal(100), Decimal(-5), 365) is None
    assert cagr(Decimal(100), Decimal(110), 0) is None
    assert cagr(Decimal(100), Decimal(1000), HOUR / DAY / 60) is None  # tenfold within a minute: beyond any float


@pytest.mark.parametrize(("top", "bottom", "found"), [(1, 2, 0.5), (0, 2, 0), (1, 0, None), (1, -2, None)])
def test_a_ratio_needs_something_to_divide_by(top: float, bottom: float, found: float | None) -> None:
    assert ratio(top, bottom) == found


def test_the_weekly_sharpe_takes_every_seventh_day_beginning_with_the_capital() -> None:
    daily = [Decimal(100 + (day * day) % 11) for day in range(29)]
    assert list(weekly_values(daily)) == [daily[0], daily[7], daily[14], daily[21], daily[28]]
    weekly = returns(weekly_values(daily))
    assert weekly is not None
    steps = [float(b - a) / float(a) for a, b in pairwise([daily[0], daily[7], daily[14], daily[21], daily[28]])]
    mean = sum(steps) / 4
    deviation = math.sqrt(sum((step - mean) ** 2 for step in steps) / 3)
    assert sharpe(weekly, 365 / 7) == pytest.approx(mean / deviation * math.sqrt(365 / 7), rel=1e-12)

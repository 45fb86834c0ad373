"""Figures of an equity curve. Golden values K01-K03 and B11 of the strategy facts; undefined is None."""

from __future__ import annotations

import math
from decimal import Decimal

import numpy as np
import pytest

from fundarb.domain.instants import DAY, HOUR
from fundarb.statistics import performance as figure

EIGHT_HOURLY = np.array([0.001, 0.0005, -0.002, 0.0015, 0.0008, -0.0004, 0.0012, -0.001, 0.0007, 0.0009, 0, 0.0006])
T0 = 1_704_067_200_000


def test_k01_the_same_curve_has_another_sharpe_by_day() -> None:
    daily = np.array([np.prod(1 + EIGHT_HOURLY[i : i + 3]) - 1 for i in range(0, 12, 3)])
    assert figure.sharpe(EIGHT_HOURLY, 1095) == pytest.approx(10.38631233)
    assert figure.sharpe(daily, 365) == pytest.approx(17.24435221)


def test_k02_sortino_drawdown_growth_and_their_ratio() -> None:
    equity = [Decimal(1)]
    for step in EIGHT_HOURLY:
        equity.append(equity[-1] * (1 + Decimal(str(step))))
    yearly, deepest = figure.cagr(equity[0], equity[-1], 365 * 12 / 1095), figure.max_drawdown(equity)
    assert figure.sortino(EIGHT_HOURLY, 1095) == pytest.approx(15.9799414)
    assert deepest == pytest.approx(0.002)
    assert yearly == pytest.approx(0.4136630138)
    assert figure.ratio(yearly or 0.0, deepest) == pytest.approx(206.8315069)


def test_b11_autocorrelation_takes_two_thirds_of_an_annual_sharpe() -> None:
    """Lo (2002) for 8 h returns of ρ = .77: 11.949 where independent ones have √1095."""
    assert figure.lo_factor(0.77, 1095) == pytest.approx(11.949117)
    assert figure.lo_factor(0.0, 1095) == pytest.approx(math.sqrt(1095))


def test_idle_cash_has_no_sharpe() -> None:
    steady = np.full(30, 1e-4) + np.linspace(0, 1e-9, 30)
    assert figure.sharpe(steady, 365) is None
    assert figure.sharpe_lo(steady) is None
    assert figure.sharpe(np.zeros(30), 365) is None


def test_a_deviation_counts_above_a_ten_thousandth_of_the_mean() -> None:
    pair = np.array([1.0 - 1.1e-4, 1.0 + 1.1e-4])
    assert figure.sharpe(pair, 365) is not None
    assert figure.sharpe(1 + (pair - 1) / 3, 365) is None


@pytest.mark.parametrize("rows", [0, 1])
def test_too_few_rows_have_no_figures(rows: int) -> None:
    few = EIGHT_HOURLY[:rows]
    assert (figure.sharpe(few, 365), figure.sharpe_lo(few), figure.sortino(few)) == (None, None, None)


def test_sortino_without_a_loss_is_undefined() -> None:
    assert figure.sortino(np.array([0.1, 0.0, 0.2])) is None


def test_equity_of_nothing_or_less_has_no_returns() -> None:
    assert figure.returns([Decimal(1), Decimal(0)]) is None
    assert figure.returns([Decimal(-1), Decimal(2)]) is None
    found = figure.returns([Decimal("1.0"), Decimal("1.1"), Decimal("0.55")])
    assert found is not None
    assert found.tolist() == pytest.approx([0.1, -0.5])


def test_growth_beyond_any_number_is_undefined() -> None:
    assert figure.cagr(Decimal(1), Decimal(2), 1 / DAY) is None
    assert figure.cagr(Decimal(1), Decimal("0.5"), 1 / DAY) == -1
    assert figure.cagr(Decimal(1), Decimal(0), 365) is None
    assert figure.cagr(Decimal(1), Decimal(2), 0) is None


def test_days_are_the_last_samples_at_or_before_midnight_and_a_part_day_is_left_out() -> None:
    times = [T0 + hour * HOUR for hour in (5, 5, 20, 24, 40, 72, 80)]
    equity = [Decimal(n) for n in range(7)]
    found = figure.daily_values(times, equity, T0 + 5 * HOUR, T0 + 80 * HOUR)
    assert found == [0, 3, 4, 5]
    assert figure.daily_values(times, equity, T0, T0 + 24 * HOUR) == [0, 3]


def test_drawdown_is_of_the_running_peak() -> None:
    assert figure.max_drawdown([Decimal(n) for n in (100, 120, 90, 130, 117)]) == pytest.approx(0.25)
    assert figure.max_drawdown([Decimal(n) for n in (1, 2, 3)]) == 0


def test_a_drawdown_below_the_noise_of_floats_is_exact() -> None:
    peak = Decimal("10000.3")
    assert figure.max_drawdown([peak, peak - Decimal("3e-13"), peak]) == pytest.approx(3e-13 / 10000.3, rel=1e-12)
    assert figure.max_drawdown([peak, peak + Decimal("1e-20")]) == 0


def test_a_ratio_needs_something_below_it() -> None:
    assert (figure.ratio(1, 2), figure.ratio(1, 0), figure.ratio(1, -1)) == (0.5, None, None)

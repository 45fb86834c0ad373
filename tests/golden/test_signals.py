"""Golden values of signal mathematics, as printed (ten significant digits) by an independent script."""

from __future__ import annotations

import math
from collections.abc import Iterable

import numpy as np
import pytest
from numpy.typing import NDArray
from scipy.special import ndtri

from fundarb.domain.instants import HOUR
from fundarb.signals.band import Process, Worth, carry_value, thresholds, worth
from fundarb.signals.basis import convergence_bp
from fundarb.signals.composite import weighted
from fundarb.signals.dispersion import Dispersion, medians, stability
from fundarb.signals.ema import ema, share
from fundarb.signals.har import predict
from fundarb.signals.lookback import lookback
from fundarb.signals.percentile import mid_rank
from fundarb.signals.persistence import run_length
from fundarb.signals.regression import fit_line
from fundarb.signals.reversion import ar1, half_life, z_score
from fundarb.signals.volume import saturated
from tests.signals.markets import rows_of, steady

RATES_BP = [1, 1, 1.5, 2, 3, 5, 4, 3.5, 3, 2.5]
ONE_WAY_BP = 17.5
SLOW = Process(0.5, 0.96, 0.5)


def printed(values: Iterable[float]) -> str:
    return "  ".join(f"{value:.10g}" for value in values)


def splitmix_normals(count: int, seed: int = 12345) -> NDArray[np.float64]:
    """SplitMix64 through the inverse normal: the same numbers on any platform."""
    with np.errstate(over="ignore"):
        z = np.uint64(seed) + np.arange(1, count + 1, dtype=np.uint64) * np.uint64(0x9E3779B97F4A7C15)
        z = (z ^ (z >> np.uint64(30))) * np.uint64(0xBF58476D1CE4E5B9)
        z = (z ^ (z >> np.uint64(27))) * np.uint64(0x94D049BB133111EB)
        z = z ^ (z >> np.uint64(31))
    uniform = ((z >> np.uint64(11)).astype(np.float64) + 0.5) / 2.0**53
    return np.asarray(ndtri(uniform), dtype=np.float64)


def test_s01_an_average_seeded_with_its_first_value_is_ours_with_that_value_for_all_before() -> None:
    """Seeded: first·b^9 + Σ (1 − b) b^age r; ours is the same sum over its own weights, 1 − b^9 in all."""
    look = lookback(rows_of([(8.0 * n, level * 1e-4) for n, level in enumerate(RATES_BP)]))

    def seeded(periods: int) -> float:
        faded = (1 - 2 / (periods + 1)) ** 9
        return faded * RATES_BP[0] + (1 - faded) * float(ema(look, periods)[-1])

    assert printed([seeded(3), seeded(9), seeded(3) - seeded(9)]) == "2.916015625  2.77935232  0.136663305"


def test_s01b_a_settlement_weighs_by_the_hours_it_covers() -> None:
    spans = np.array([8, 4, 2, 1], dtype=np.int64) * HOUR
    assert printed([*share(3, spans), *share(9, spans)]) == (
        "0.5  0.2928932188  0.1591035847  0.0829959568  0.2  0.105572809  0.054258391  0.02750752753"
    )


def test_s02_slope_and_usual_p_value() -> None:
    line = fit_line(np.arange(10.0), np.array(RATES_BP))
    assert line is not None
    assert printed([line.slope, line.p_independent]) == "0.2757575758  0.04822744256"


@pytest.mark.parametrize(("phi", "usual", "at_most"), [(0.0, 0.0525, 0.06), (0.77, 0.4865, 0.13), (0.9, 0.662, 0.16)])
def test_s03_the_usual_p_value_calls_trendless_series_trends_and_ours_does_so_far_less(
    phi: float, usual: float, at_most: float
) -> None:
    noise = splitmix_normals(2000 * 130).reshape(2000, 130)
    series = np.zeros_like(noise)
    for step in range(1, 130):
        series[:, step] = phi * series[:, step - 1] + noise[:, step]
    lines = [fit_line(np.arange(30.0), row) for row in series[:, -30:]]
    found = [line for line in lines if line is not None]
    assert len(found) == 2000
    assert np.mean([line.p_independent < 0.05 for line in found]) == usual
    assert np.mean([line.p_value < 0.05 for line in found]) < at_most


def test_s04_the_run_counts_settlements_at_or_above_the_threshold() -> None:
    runs = [run_length(lookback(steady([level - floor for level in RATES_BP])))[-1] for floor in (2, 3)]
    assert printed(runs) == "7  0"


def test_s05_robust_spread_and_stability() -> None:
    median, deviation = medians(np.array([RATES_BP]))
    found = stability(Dispersion(median, 1.4826 * deviation))
    assert printed([1.4826 * deviation[0], found[0]]) == "1.4826  0.6497188489"


def test_s06_the_default_rate_stands_in_the_middle_of_its_ties() -> None:
    assert 100 * mid_rank(np.array([1] * 6 + [0.5, 0.8, 2, 3.0]), 1.0) == 50


def test_s07_autoregression_and_half_life() -> None:
    levels = np.array(RATES_BP)
    found = ar1(levels[:-1], levels[1:])
    assert found is not None
    assert printed([found.phi, found.mean, found.sigma, half_life(found.phi)]) == (
        "0.6774193548  3.183333333  0.8772600831  1.77974297"
    )


@pytest.mark.parametrize(
    ("process", "charge", "edges"),
    [
        (SLOW, 0.6, "2.461578703  -1.130331506"),
        (SLOW, 0.3, "1.966116137  -1.62824535"),
        (Process(0.5, 0.77, 1.4), 0.6, "8.321722999  -2.999221876"),
        (Process(1.2, 0.96, 0.6), 0.4, "1.960310947  -2.033580675"),
    ],
    ids=["s11", "s12", "s13", "s14"],
)
def test_s11_to_s14_optimal_edges(process: Process, charge: float, edges: str) -> None:
    found = thresholds(process, charge, ONE_WAY_BP)
    assert found is not None
    assert printed(found) == edges


def test_s15_to_s18_the_optimal_edges_earn_what_was_published_and_more_than_the_others() -> None:
    found = thresholds(SLOW, 0.6, ONE_WAY_BP)
    assert found is not None
    optimal, naive, eager, always = (
        carry_on(*edges) for edges in (found, (3.0, 1.0), (1.0, 0.5), (-math.inf, -math.inf))
    )
    assert printed(optimal) == "0.3149511647  1058  0.45686"
    assert printed(naive) == "0.1755634917  1359  0.18621"
    assert printed(eager) == "-0.2566269226  5108  0.43988"
    assert printed(always) == "-0.08940997955  1  1"


def test_s18b_edges_on_any_side_of_the_optimal_ones_earn_less() -> None:
    found = thresholds(SLOW, 0.6, ONE_WAY_BP)
    assert found is not None
    enter, leave = found
    around = [carry_on(enter + up, leave + out, 60_000)[0] for up in (-1, 0, 1.5) for out in (-1.5, 0, 1)]
    assert printed(around) == (
        "0.1516193693  0.2370307927  0.1667786747  0.1931268226  0.2922054544  0.2714188608  0.1723270174  0.2161408676"
        "  0.2044683431"
    )


def carry_on(enter: float, leave: float, count: int = 200_000) -> tuple[float, int, float]:
    """(net bp a period, trades, time in) of a carry that pays 17.5 bp each way and .6 bp a period."""
    level, held, net, trades, periods = 0.5, False, 0.0, 0, 0
    shocks = splitmix_normals(count, 777).tolist()
    for shock in shocks:
        if not held and level >= enter:
            held, net, trades = True, net - ONE_WAY_BP, trades + 1
        elif held and level < leave:
            held, net = False, net - ONE_WAY_BP
        level = 0.5 + 0.96 * (level - 0.5) + 0.5 * shock
        if held:
            net, periods = net + level - 0.6, periods + 1
    return net / len(shocks), trades, periods / len(shocks)


@pytest.fixture(scope="module")
def slow_worth() -> Worth:
    return worth(SLOW, 0.6, ONE_WAY_BP, ONE_WAY_BP)


def test_s19_carry_value_from_exit_to_entry(slow_worth: Worth) -> None:
    values = [carry_value(slow_worth, level, ONE_WAY_BP, ONE_WAY_BP) for level in (-1, 0, 1, 2, 3)]
    assert printed(values) == "0.02026255779  0.2729125145  0.6092187079  0.9097753029  1"


def test_s20_basis_against_a_history_without_it_and_what_of_its_excess_should_go() -> None:
    levels = np.array([2, 1, 3, 2, 1, 2, 3, 2, 1, 8.0])
    excess = float(levels[-1] - levels[:-1].mean())
    found = [z_score(levels[:-1], float(levels[-1])), convergence_bp(excess, 0.9, 21)]
    assert printed(found) == "7.8173596  5.442439511"


def test_s21_a_weighted_mean_of_what_is_present() -> None:
    weights = {"carry": 0.5, "persistence": 0.2, "stability": 0.1, "basis": 0.1, "volume": 0.1}
    present = {"carry": 0.6, "persistence": 0.75, "stability": 0.5, "basis": 0.55, "volume": 0.4}
    columns = {name: np.array([value, value]) for name, value in present.items()}
    columns["basis"] = np.array([0.55, np.nan])
    assert printed(weighted(columns, weights)) == "0.595  0.6"


def test_s22_a_ratio_saturates() -> None:
    ratios = np.array([0.25, 0.5, 1, 2, 4])
    assert printed(saturated(ratios)) == "0.05882352941  0.2  0.5  0.8  0.9411764706"


def test_s24_har_forecast_with_given_coefficients() -> None:
    coefficients = {
        3: (0.082, 0.351, 0.479, -0.024, 0.126),
        9: (0.127, 0.261, 0.482, -0.046, 0.196),
        21: (0.195, 0.212, 0.319, 0.046, 0.259),
        63: (0.318, 0.116, 0.216, 0.018, 0.373),
    }
    known = np.array([5, 3, 2.5, 1.5])
    found = [predict(np.array(values), known, horizon) for horizon, values in coefficients.items()]
    assert printed(found) == "10.209  27.513  57.0255  135.4815"

"""Golden values of the statistics of searching, as printed (ten significant digits) by an independent script."""

from __future__ import annotations

import math
from collections.abc import Iterable

import numpy as np
import pytest
from numpy.typing import NDArray
from scipy.special import ndtri

from fundarb.statistics.best_of import (
    approximate_maximum,
    effective_trials,
    exact_maximum,
    expected_maximum,
    luckiest_sharpe,
    min_backtest_bound,
    min_backtest_years,
)
from fundarb.statistics.block_length import politis_white
from fundarb.statistics.bootstrap import sharpe_interval, stationary_rows
from fundarb.statistics.deflated import deflated_sharpe, hurdle
from fundarb.statistics.moments import Moments
from fundarb.statistics.overfitting import Overfitting, cross_validate
from fundarb.statistics.performance import lo_factor
from fundarb.statistics.probabilistic import (
    min_track_record,
    probabilistic_sharpe,
    standard_error,
    standard_error_autocorrelated,
)
from fundarb.statistics.superiority import Superiority, superiority

Floats = NDArray[np.float64]


def printed(*values: float | None) -> str:
    return "  ".join("None" if value is None else f"{value:.10g}" for value in values)


def uniforms(count: int, seed: int) -> Floats:
    """SplitMix64 in (0, 1): the same stream in any language."""
    mask, state, found = (1 << 64) - 1, seed & ((1 << 64) - 1), np.empty(count)
    for index in range(count):
        state = (state + 0x9E3779B97F4A7C15) & mask
        z = ((state ^ (state >> 30)) * 0xBF58476D1CE4E5B9) & mask
        z = ((z ^ (z >> 27)) * 0x94D049BB133111EB) & mask
        found[index] = ((z ^ (z >> 31)) + 0.5) / 2**64
    return found


def normals(count: int, seed: int) -> Floats:
    return np.asarray(ndtri(uniforms(count, seed)))


@pytest.fixture(scope="module")
def trials() -> Floats:
    common = 3e-4 * normals(240, 2025)
    return normals(2880, 2024).reshape(240, 12) * 1e-3 + np.linspace(-1e-4, 0.6e-4, 12) + common[:, None]


@pytest.fixture(scope="module")
def noise() -> Floats:
    return normals(2880, 99).reshape(240, 12) * 1e-3


@pytest.fixture(scope="module")
def white() -> Floats:
    return normals(1095, 31)


@pytest.fixture(scope="module")
def persistent(white: Floats) -> Floats:
    found = np.zeros(1095)
    for row in range(1, 1095):
        found[row] = 0.77 * found[row - 1] + white[row]
    return found


def drawn(rows: int, block: float, seed: int) -> NDArray[np.int64]:
    return stationary_rows(uniforms(2 * rows * 500, seed).reshape(500, rows, 2), block)


def test_b01_probabilistic_sharpe_of_the_paper() -> None:
    skewed = Moments(24, 0.458, -2.448, 10.164)
    last = Moments(24, 1.585 / math.sqrt(12), -2.448, 10.164)
    found = [probabilistic_sharpe(one) for one in (Moments(24, 0.458), skewed, last)]
    assert printed(*found) == "0.9816749191  0.9133610839  0.9132343069"


def test_b02_and_b03_the_best_of_many_standard_normals() -> None:
    assert printed(*map(approximate_maximum, (100, 45, 10))) == "2.530602893  2.235640178  1.574598301"
    assert printed(*map(exact_maximum, (100, 10, 2))) == "2.507593636  1.538752731  0.5641895835"


def test_few_trials_are_judged_by_the_exact_expectation() -> None:
    assert expected_maximum(4) == exact_maximum(4)
    assert expected_maximum(5) == approximate_maximum(5)
    assert expected_maximum(1) == 0


def test_b04_deflated_sharpe_of_the_paper() -> None:
    found = Moments(1250, 2.5 / math.sqrt(250), -3, 10)
    spread = math.sqrt(0.5 / 250)
    assert printed(deflated_sharpe(found, spread, 100), hurdle(spread, 100) * math.sqrt(250)) == (
        "0.9003968344  1.789406466"
    )


def test_b05_the_least_track_record_in_years() -> None:
    daily = min_track_record(Moments(2, 2 / math.sqrt(250)), 1 / math.sqrt(250))
    weekly = min_track_record(Moments(2, 2 / math.sqrt(52)), 1 / math.sqrt(52))
    monthly = min_track_record(Moments(2, 3 / math.sqrt(12), -0.72, 5.78), 2.5 / math.sqrt(12))
    assert daily is not None
    assert weekly is not None
    assert monthly is not None
    assert printed(daily / 250, weekly / 52, monthly / 12) == "2.731187802  2.828833587  27.3529202"


def test_a_sharpe_below_its_hurdle_has_no_track_record_long_enough() -> None:
    assert min_track_record(Moments(100, 0.1), 0.1) is None


def test_b06_and_b07_how_long_a_backtest_must_be_for_so_many_trials() -> None:
    found = [of(trials) for trials in (45, 100) for of in (min_backtest_years, min_backtest_bound)]
    assert printed(*found) == "4.998087004  7.61332498  6.403951003  9.210340372"
    luckiest = [luckiest_sharpe(100, 0.25), luckiest_sharpe(20, 0.25), luckiest_sharpe(100, 2)]
    assert printed(*luckiest) == "5.061205786  3.801415902  1.789406466"


def test_b08_correlated_trials_count_as_fewer() -> None:
    effective = expected_maximum(effective_trials(100, 0.8))
    assert printed(math.sqrt(0.2) * approximate_maximum(100), effective) == "1.131720019  1.917923178"
    assert printed(math.sqrt(0.2) * exact_maximum(100)) == "1.121429966"


def test_b09_a_sure_looking_sharpe_after_sixty_trials() -> None:
    found = Moments(1095, 0.12, -1.2, 9)
    values = (deflated_sharpe(found, 0.03, 60), probabilistic_sharpe(found), probabilistic_sharpe(Moments(1095, 0.12)))
    assert printed(*values) == "0.9352527282  0.9998763468  0.9999617116"


def test_b10_autocorrelated_returns_widen_the_error() -> None:
    found = Moments(1095, 0.12, -1.2, 9, rho=0.77)
    error = standard_error_autocorrelated(found)
    independent = standard_error_autocorrelated(Moments(1095, 0.12, -1.2, 9))
    assert printed(independent, error, probabilistic_sharpe(found, 0, error)) == (
        "0.03272690374  0.08884931142  0.911588416"
    )
    classic = standard_error(found)
    assert classic is not None
    assert error is not None
    assert error > 2 * classic


def test_b11_annualising_an_autocorrelated_sharpe() -> None:
    flat, steep, three = lo_factor(0, 1095), lo_factor(0.77, 1095), lo_factor(0.77, 3)
    assert steep is not None
    assert printed(flat, steep, math.sqrt(1095) / steep, three) == "33.09078422  11.949117  2.76930791  1.112959947"


def test_b12_the_matrix_of_trials_is_the_published_one(trials: Floats) -> None:
    assert printed(trials[0, 0], trials[-1, -1], float(trials.sum())) == (
        "-0.0003497535313  -0.0003938081631  -0.01485509539"
    )


def summary(found: Overfitting | None) -> str:
    assert found is not None
    return printed(found.pbo, found.mean_logit, found.loss_probability, found.slope, found.combinations)


def test_b13_to_b15_overfitting_of_trials_and_of_noise(trials: Floats, noise: Floats) -> None:
    assert summary(cross_validate(trials, 8)) == "0.1714285714  1.126111774  0.2285714286  -0.1335496449  70"
    assert summary(cross_validate(noise, 8)) == "0.3857142857  0.2295072438  0.3714285714  -0.4638590715  70"


def test_b16_block_lengths(persistent: Floats, white: Floats) -> None:
    assert printed(*politis_white(persistent), *politis_white(white)) == (
        "19.84873345  22.72112788  0.3449738079  0.3948964312"
    )


def test_b17_blocks_give_the_honest_wider_interval(persistent: Floats) -> None:
    sample = 2e-5 + 1.5e-4 * persistent / persistent.std()
    assert printed(float(sample.mean() / sample.std(ddof=1))) == "0.156264062"
    expected = {
        1.0: "0.09719746234  0.1533626971  0.2137539285",
        19.84873345: "0.02192229596  0.1550999901  0.2910578241",
    }
    for block, words in expected.items():
        exact = block if block == 1 else politis_white(sample).stationary
        found = sharpe_interval(sample, drawn(1095, exact, 5), exact)
        assert found is not None
        assert printed(found.low, found.middle, found.high) == words


def probabilities(found: Superiority | None) -> Iterable[float]:
    assert found is not None
    return (found.check, found.spa, found.check_p, found.spa_lower_p, found.spa_p, found.spa_upper_p)


def test_b18_and_b19_reality_check_and_superior_ability(trials: Floats, noise: Floats) -> None:
    rows = drawn(240, 5.0, 11)
    assert printed(*probabilities(superiority(trials, rows, 5.0))) == (
        "0.002845743199  2.543118323  0.05  0.03  0.074  0.074"
    )
    assert printed(*probabilities(superiority(noise, rows, 5.0))) == (
        "0.001768632558  1.608059922  0.372  0.354  0.45  0.472"
    )


def test_b22_combinations_of_sixteen_blocks() -> None:
    found = cross_validate(normals(320, 3).reshape(160, 2), 16)
    assert found is not None
    assert found.combinations == 12870

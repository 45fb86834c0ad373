"""The statistics of searching at their edges: no spread, too little data, ties, seeds."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from fundarb.statistics.best_of import expected_maximum, min_backtest_bound, min_backtest_years
from fundarb.statistics.block_length import politis_white
from fundarb.statistics.bootstrap import draw, mean_block, sharpe_interval, times_taken
from fundarb.statistics.moments import moments_of
from fundarb.statistics.overfitting import cross_validate
from fundarb.statistics.superiority import long_run_deviation, superiority


def noise(rows: int, columns: int, seed: int = 1) -> np.ndarray[tuple[int, int], np.dtype[np.float64]]:
    return np.random.default_rng(seed).normal(0, 0.01, (rows, columns))


def test_a_series_without_spread_has_no_moments() -> None:
    assert moments_of(np.full(50, 0.0001)) is None
    assert moments_of(np.array([0.1, -0.1])) is None


def test_moments_of_a_normal_sample_are_those_of_a_normal() -> None:
    found = moments_of(noise(200_000, 1)[:, 0] + 0.001)
    assert found is not None
    assert found.sharpe == pytest.approx(0.1, abs=0.01)
    assert found.skew == pytest.approx(0, abs=0.02)
    assert found.kurtosis == pytest.approx(3, abs=0.05)
    assert found.rho == pytest.approx(0, abs=0.01)


def test_more_trials_raise_the_hurdle() -> None:
    hurdles = [expected_maximum(trials) for trials in (1, 2, 4, 5, 10, 100, 10_000)]
    assert hurdles == sorted(hurdles)


@given(st.integers(5, 10**6))
def test_the_least_backtest_length_stays_below_its_bound(trials: int) -> None:
    assert min_backtest_years(trials) < min_backtest_bound(trials) or trials < 7


@pytest.mark.parametrize("blocks", [0, 3, 7])
def test_an_odd_number_of_blocks_has_no_halves(blocks: int) -> None:
    assert cross_validate(noise(100, 5), blocks) is None


def test_too_few_rows_or_trials_are_not_cross_validated() -> None:
    assert cross_validate(noise(7, 5), 4) is None
    assert cross_validate(noise(100, 1), 4) is None


def test_trials_that_never_traded_stand_at_zero_and_do_not_win_over_gains() -> None:
    earning = 0.01 + noise(80, 1, 2) / 10
    found = cross_validate(np.hstack([np.zeros((80, 3)), earning]), 4)
    assert found is not None
    assert found.pbo == 0
    assert found.loss_probability == 0


def test_equal_trials_share_their_rank() -> None:
    column = noise(80, 1, 3)
    found = cross_validate(np.hstack([column] * 3), 4)
    assert found is not None
    assert found.mean_logit == pytest.approx(0)
    assert found.pbo == 1


def test_cross_validation_in_pieces_is_the_same(monkeypatch: pytest.MonkeyPatch) -> None:
    matrix = noise(160, 20)
    whole = cross_validate(matrix, 8)
    monkeypatch.setattr("fundarb.statistics.overfitting._AT_ONCE", 64)
    assert cross_validate(matrix, 8) == whole


def test_a_persistent_series_needs_longer_blocks_than_a_white_one() -> None:
    white = noise(2000, 1)[:, 0]
    persistent = white.copy()
    for row in range(1, len(white)):
        persistent[row] += 0.9 * persistent[row - 1]
    assert politis_white(persistent).stationary > 5 * politis_white(white).stationary


def test_blocks_are_never_shorter_than_a_row_or_than_asked() -> None:
    white = noise(500, 1)[:, 0]
    assert mean_block(white) >= 1
    assert mean_block(white, least=12) >= 12
    assert mean_block(np.zeros(100)) == 1


@settings(max_examples=30)
@given(st.integers(0, 2**32 - 1), st.integers(2, 60), st.floats(1, 30))
def test_drawn_rows_exist_and_follow_one_another_within_blocks(seed: int, count: int, block: float) -> None:
    rows = draw(seed, 20, count, block)
    assert rows.shape == (20, count)
    assert rows.min() >= 0
    assert rows.max() < count
    assert (times_taken(rows).sum(axis=1) == count).all()


def test_longer_blocks_break_less_often() -> None:
    breaks = [(np.diff(draw(5, 50, 400, block)) % 400 != 1).mean() for block in (1.0, 5.0, 40.0)]
    assert breaks[0] > 0.9
    assert breaks[1] == pytest.approx(1 / 5, abs=0.02)
    assert breaks[2] == pytest.approx(1 / 40, abs=0.01)


def test_the_same_seed_draws_the_same_rows() -> None:
    assert (draw(7, 10, 30, 4.0) == draw(7, 10, 30, 4.0)).all()
    assert (draw(7, 10, 30, 4.0) != draw(8, 10, 30, 4.0)).any()


def test_a_flat_series_has_no_interval() -> None:
    assert sharpe_interval(np.zeros(30), draw(1, 20, 30, 2.0), 2.0) is None


def test_long_run_deviation_by_fourier_is_the_sum_over_lags() -> None:
    sample, block = noise(90, 3), 6.0
    centred, count = sample - sample.mean(axis=0), 90
    variance = (centred**2).mean(axis=0)
    for lag in range(1, count):
        kernel = (1 - lag / count) * (1 - 1 / block) ** lag + lag / count * (1 - 1 / block) ** (count - lag)
        variance = variance + 2 * kernel * (centred[lag:] * centred[:-lag]).sum(axis=0) / count
    assert long_run_deviation(sample, block) == pytest.approx(np.sqrt(variance))


def test_a_planted_edge_is_superior_and_noise_is_not() -> None:
    ahead, rows = noise(400, 20), draw(3, 500, 400, 2.0)
    nothing = superiority(ahead, rows, 2.0)
    ahead[:, 4] += 0.004
    edge = superiority(ahead, rows, 2.0)
    assert nothing is not None
    assert edge is not None
    assert nothing.spa_p > 0.1
    assert edge.spa_p < 0.01
    assert edge.check_p < 0.01


def test_trials_equal_to_the_benchmark_are_left_out() -> None:
    rows = draw(3, 100, 50, 2.0)
    assert superiority(np.zeros((50, 4)), rows, 2.0) is None
    one = noise(50, 1)
    assert superiority(np.hstack([np.zeros((50, 4)), one]), rows, 2.0) == superiority(one, rows, 2.0)

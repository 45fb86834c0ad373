"""Purged cross-validation: histories of tested blocks alone, chosen without their neighbours in time."""

from __future__ import annotations

import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.typing import NDArray

from fundarb.statistics.cross_paths import counts, cross_paths


def noise(rows: int, columns: int, seed: int = 1) -> NDArray[np.float64]:
    return np.random.default_rng(seed).normal(0, 0.01, (rows, columns))


@settings(max_examples=30)
@given(st.integers(2, 8), st.data())
def test_every_history_takes_each_row_from_some_trial(blocks: int, data: st.DataObject) -> None:
    held = data.draw(st.integers(1, blocks - 1))
    rows = data.draw(st.integers(3, 6))
    left_out = data.draw(st.integers(0, blocks - 1))
    matrix = noise(rows * blocks + left_out, 4)
    found = cross_paths(matrix, data.draw(st.integers(0, (rows - 2) // 2)), blocks, held)
    assert found is not None
    splits, histories = counts(blocks, held)
    assert (found.splits, found.paths.shape) == (splits, (histories, rows * blocks))
    assert (found.paths[:, :, None] == matrix[left_out:][None]).any(axis=2).all()


def test_a_trial_that_is_best_throughout_is_every_history() -> None:
    matrix = noise(240, 6)
    matrix[:, 2] += 0.05
    found = cross_paths(matrix, 3)
    assert found is not None
    assert (found.paths == matrix[:, 2]).all()


def test_what_is_good_only_where_it_is_tested_is_never_chosen() -> None:
    """Six trials, each splendid in a block of its own and poor elsewhere: a look ahead would find them."""
    matrix = noise(240, 7, 2) * 0.1 - 0.01
    for block in range(6):
        matrix[block * 40 : (block + 1) * 40, block] += 0.05
    found = cross_paths(matrix, 0, held_out=1)
    assert found is not None
    assert found.paths.mean() < 0


def test_rows_beside_a_tested_block_train_nothing() -> None:
    """One trial gains a little all the time, the other only right after the first block."""
    matrix = np.zeros((60, 2))
    matrix[:, 0] = 0.001 + 0.01 * np.resize([1.0, -1.0], 60)
    matrix[10:14, 1] = 0.01
    near, purged = cross_paths(matrix, 0, held_out=1), cross_paths(matrix, 4, held_out=1)
    assert near is not None
    assert purged is not None
    assert (near.paths[0, :10] == matrix[:10, 1]).all()
    assert (purged.paths[0, :10] == matrix[:10, 0]).all()


def test_too_little_to_train_on_is_none() -> None:
    assert cross_paths(noise(11, 5), 0) is None
    assert cross_paths(noise(60, 1), 0) is None
    assert cross_paths(noise(60, 5), 4) is not None
    assert cross_paths(noise(60, 5), 5) is None
    assert cross_paths(noise(60, 5), -1) is None


def test_a_trial_that_never_moves_loses_to_a_gain_and_beats_a_loss() -> None:
    matrix = np.hstack([np.zeros((60, 1)), noise(60, 1) * 0.01 + 0.01])
    found = cross_paths(matrix, 0)
    assert found is not None
    assert (found.paths == matrix[:, 1]).all()
    losing = cross_paths(np.hstack([np.zeros((60, 1)), -matrix[:, 1:]]), 0)
    assert losing is not None
    assert (losing.paths == 0).all()

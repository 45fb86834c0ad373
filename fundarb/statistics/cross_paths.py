"""Combinatorial purged cross-validation (López de Prado 2018): choose on some blocks, trade the others, in every way there
is; the tested blocks make several whole histories that no choice has seen, where walk-forward makes a single short one."""

from __future__ import annotations

from dataclasses import dataclass
from itertools import combinations
from math import comb

import numpy as np
from numpy.typing import NDArray

Matrix = NDArray[np.float64]
BLOCKS, HELD_OUT = 6, 2
LEAST_TRAINED = 2  # rows of a training block between two purges


@dataclass(frozen=True, slots=True, eq=False)
class CrossPaths:
    """`splits` ways to hold blocks out; a row of `paths` is a history made of tested blocks alone, in order of time."""

    splits: int
    paths: Matrix


def counts(blocks: int, held_out: int) -> tuple[int, int]:
    """How many splits there are, and how many histories their tested blocks make."""
    splits = comb(blocks, held_out)
    return splits, splits * held_out // blocks


def cross_paths(returns: Matrix, purge: int, blocks: int = BLOCKS, held_out: int = HELD_OUT) -> CrossPaths | None:
    """Of (periods × trials) returns, the best Sharpe of each training part; `purge` rows on both sides of a held-out block
    train nothing. The oldest rows that fill no block are left out; None where too little is left to train on."""
    rows = len(returns) // blocks
    if returns.shape[1] < 2 or purge < 0 or rows - 2 * purge < LEAST_TRAINED:
        return None
    cut = returns[len(returns) - rows * blocks :]
    splits, histories = counts(blocks, held_out)
    paths, filled = np.empty((histories, rows * blocks)), np.zeros(blocks, dtype=np.int64)
    for held in combinations(range(blocks), held_out):
        chosen = _best_sharpe(cut[_training(rows, blocks, held, purge)])
        for block in held:
            part = slice(block * rows, (block + 1) * rows)
            paths[filled[block], part] = cut[part, chosen]
            filled[block] += 1
    return CrossPaths(splits, paths)


def _training(rows: int, blocks: int, held: tuple[int, ...], purge: int) -> NDArray[np.bool_]:
    """Which rows train: all but the blocks held out and the purge around each."""
    training = np.ones(rows * blocks, dtype=np.bool_)
    for block in held:
        training[max(0, block * rows - purge) : (block + 1) * rows + purge] = False
    return training


def _best_sharpe(returns: Matrix) -> int:
    """The first column of the highest mean / sd; one without spread stands at 0."""
    deviation = returns.std(axis=0, ddof=1)
    flat = deviation <= 1e-12
    return int(np.where(flat, 0.0, returns.mean(axis=0) / np.where(flat, 1.0, deviation)).argmax())

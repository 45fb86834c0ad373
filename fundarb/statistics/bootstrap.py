"""The stationary bootstrap (Politis and Romano 1994): blocks of random length, so that what is resampled stays a series."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from fundarb.statistics.block_length import politis_white
from fundarb.statistics.performance import Returns

Indices = NDArray[np.int64]
LEVELS = (0.025, 0.5, 0.975)


@dataclass(frozen=True, slots=True)
class Interval:
    """What a statistic might as well have been: the 2.5 %, 50 % and 97.5 % points, and the mean block they come from."""

    low: float
    middle: float
    high: float
    block: float


def mean_block(sample: Returns, least: float = 1.0) -> float:
    """Politis–White, floored at one row and at `least` (twice the mean holding time, in rows)."""
    return max(1.0, least, politis_white(sample).stationary)


def stationary_rows(uniforms: NDArray[np.float64], block: float) -> Indices:
    """Rows to take, (draws × rows), from uniforms (draws × rows × 2): the first says where a block ends, the second where
    the next begins; rows follow one another in a circle."""
    _, rows, _ = uniforms.shape
    begins = uniforms[:, :, 0] < 1 / block
    begins[:, 0] = True
    starts = (uniforms[:, :, 1] * rows).astype(np.int64)
    at = np.arange(rows)
    begun = np.maximum.accumulate(np.where(begins, at, 0), axis=1)
    taken: Indices = (np.take_along_axis(starts, begun, axis=1) + at - begun) % rows
    return taken


def draw(seed: int, draws: int, rows: int, block: float) -> Indices:
    """Seeded rows."""
    return stationary_rows(np.random.default_rng(seed).random((draws, rows, 2)), block)


def times_taken(rows: Indices) -> NDArray[np.float64]:
    """How often each draw takes each row: resampled sums of many series are then one matrix product."""
    draws, count = rows.shape
    flat = (rows + np.arange(draws)[:, None] * count).ravel()
    return np.bincount(flat, minlength=draws * count).reshape(draws, count).astype(np.float64)


def sharpe_interval(sample: Returns, rows: Indices, block: float) -> Interval | None:
    """Of the per-period Sharpe ratio; None where no draw has any spread."""
    drawn = sample[rows]
    deviation = drawn.std(axis=1, ddof=1)
    found = drawn.mean(axis=1)[deviation > 0] / deviation[deviation > 0]
    if not len(found):
        return None
    low, middle, high = (float(value) for value in np.quantile(found, LEVELS))
    return Interval(low, middle, high, block)

"""How long the blocks of a bootstrap must be so that they keep a series' memory: Politis and White (2004), with the
correction of Patton, Politis and White (2009)."""

from __future__ import annotations

import math
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from fundarb.statistics.performance import Returns


class BlockLengths(NamedTuple):
    """Mean length for the stationary bootstrap, length for the circular one; a white series may get less than one row."""

    stationary: float
    circular: float


def politis_white(sample: Returns) -> BlockLengths:
    """From where the autocorrelation has died away; (1, 1) for a series without spread or of fewer than ten rows."""
    count, centred = len(sample), sample - sample.mean()
    if count < 10 or not float(centred @ centred) > 0:
        return BlockLengths(1.0, 1.0)
    longest = longest_block(count)
    run = max(5, int(math.log10(count)))
    furthest = math.ceil(math.sqrt(count)) + run
    lag = _died_away(centred, run, furthest)
    covariance = _autocovariance(centred, lag)
    weights = np.clip(2 * (1 - np.arange(1, lag + 1) / lag), 0, 1)  # a flat top, then a slope
    tail = weights * covariance[1:]
    bend = 2 * float((np.arange(1, lag + 1) * tail).sum())
    level = float(covariance[0]) + 2 * float(tail.sum())
    if level == 0:
        return BlockLengths(float(longest), float(longest))
    stationary, circular = (
        min((2 * bend**2 / (factor * level**2)) ** (1 / 3) * count ** (1 / 3), longest) for factor in (2, 4 / 3)
    )
    return BlockLengths(stationary, circular)


def longest_block(count: int) -> int:
    """The longest block that so many rows are cut into: min(3 √n, n / 3)."""
    return math.ceil(min(3 * math.sqrt(count), count / 3))


def _died_away(centred: Returns, run: int, furthest: int) -> int:
    """Twice the last lag before `run` insignificant ones, as far as lags are looked at."""
    count = len(centred)
    bound = 2 * math.sqrt(math.log10(count) / count)
    small = _correlations(centred, furthest) < bound
    for lag in range(run, furthest + 1):
        if small[lag - run : lag].all():
            return min(2 * max(lag - run, 1), furthest)
    return furthest


def _correlations(centred: Returns, furthest: int) -> NDArray[np.float64]:
    """|ρ| by lag from 0, each scaled by the stretches it really compares, the later without its first row."""
    count, found = len(centred), np.empty(furthest + 1)
    for lag in range(furthest + 1):
        later, earlier = centred[lag + 1 :], centred[: count - lag - 1]
        scale = math.sqrt(float(later @ later) * float(earlier @ earlier))
        found[lag] = abs(float(centred[lag:] @ centred[: count - lag])) / scale if scale > 0 else 0.0
    return found


def _autocovariance(centred: Returns, furthest: int) -> NDArray[np.float64]:
    count = len(centred)
    return np.array([float(centred[lag:] @ centred[: count - lag]) / count for lag in range(furthest + 1)])

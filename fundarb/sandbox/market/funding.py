"""Funding as the venue's rule has it: F = P + clamp(I - P, ±0.05 %), pro rata of eight hours, clipped to the cap, where P is
the premium of the interval's minutes, later ones weighing more. Premiums and rates are counted in 1e-8."""

from __future__ import annotations

from functools import cache

import numpy as np
from numpy.typing import NDArray

from fundarb.sandbox.market.grid import Counts, Grid

Floats = NDArray[np.float64]

RATE = Grid(8)
INTEREST = 10_000  # 0.01 % per 8 h
DAMPED = 50_000  # 0.05 %
_MINUTES = 60


def rates(premium: Floats, hours: int, cap: int) -> Counts:
    """The rate that a weighted premium makes over `hours`."""
    damped = premium + np.maximum(np.minimum(INTEREST - premium, DAMPED), -DAMPED)
    found: Counts = np.rint(np.maximum(np.minimum(damped * hours / 8, cap), -cap)).astype(np.int64)
    return found


def weighted(knots: Floats, hours: int) -> Floats:
    """The weighted premium of every whole interval: `knots` are hourly, the first one at the start of the first interval."""
    intervals = (len(knots) - 1) // hours
    weights = _weights(hours)
    begun = (knots[: intervals * hours].reshape(intervals, hours) * weights[:-1]).sum(axis=1)
    premium: Floats = begun + knots[hours::hours][:intervals] * weights[-1]
    return premium


def weighted_so_far(knots: Floats, minutes: int) -> float:
    """The weighted premium after `minutes` of an interval; at its very start, the premium then."""
    if not minutes:
        return float(knots[0])
    passed = np.arange(1.0, minutes + 1)
    premium = np.interp(passed / _MINUTES, np.arange(len(knots)), knots)
    return float((premium * passed).sum() / passed.sum())


@cache
def _weights(hours: int) -> Floats:
    """How much each hourly knot counts when the premium runs straight from one to the next and minute i weighs i."""
    minute = np.arange(1.0, hours * _MINUTES + 1)
    weights = np.zeros(hours + 1)
    hour = (minute / _MINUTES).astype(np.int64).clip(max=hours - 1)
    share = minute / _MINUTES - hour
    np.add.at(weights, hour, minute * (1 - share))
    np.add.at(weights, hour + 1, minute * share)
    weights /= minute.sum()
    weights.setflags(write=False)
    return weights

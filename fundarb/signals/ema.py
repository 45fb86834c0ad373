"""Time-based exponential averages of the funding level: a settlement weighs by the hours it covers and by its age.

E_n = Σ w r / Σ w with w = (1 − b^(h/8)) b^(age/8), b = 1 − 2/(n+1), over the lookback; any mix of intervals. Time is cut
into blocks of the lookback's length, so that every window is the end of one block and the beginning of the next: sums
from the block's edges serve them all, and no digit depends on what lies before the window."""

from __future__ import annotations

from itertools import pairwise

import numpy as np
from numpy.typing import NDArray

from fundarb.domain.instants import HOUR
from fundarb.signals.lookback import HORIZON, Lookback
from fundarb.signals.panel import Floats, Stamps

_EIGHT_HOURS = 8 * HOUR
_BLOCK_PERIODS = HORIZON // _EIGHT_HOURS
Sums = NDArray[np.longdouble]  # long running sums, so that hourly history is as exact as a short one


def ema(look: Lookback, periods: int) -> Floats:
    """E_n at every settlement; NaN where there is nothing to look at."""
    decay = 1.0 - 2.0 / (periods + 1)
    weight = share(periods, look.interval_ms) * decay ** (-(look.settled_at % HORIZON) / _EIGHT_HOURS)
    level = np.where(look.interval_ms > 0, look.rate_bp, 0.0)
    terms = np.stack((weight * level, weight)).astype(np.longdouble)
    top, bottom = _windowed(look, terms, decay**_BLOCK_PERIODS)
    with np.errstate(invalid="ignore", divide="ignore"):
        return np.where(look.any, top / bottom, np.nan).astype(np.float64)


def share(periods: int, interval_ms: Stamps) -> Floats:
    """1 − b^(h/8): what a settlement adds to the average when it is new."""
    decay = 1.0 - 2.0 / (periods + 1)
    return 1.0 - decay ** (interval_ms / _EIGHT_HOURS)


def _windowed(look: Lookback, terms: Sums, fade: float) -> Sums:
    """Sums of the terms over each lookback, those of an earlier block faded by one block."""
    first = _block_starts(look)
    since_edge, until_edge = np.empty_like(terms), np.empty_like(terms)
    edges = [*np.flatnonzero(first == np.arange(len(first))).tolist(), len(first)]
    for start, end in pairwise(edges):
        block = terms[:, start:end]
        np.cumsum(block, axis=1, out=since_edge[:, start:end])
        np.cumsum(block[:, ::-1], axis=1, out=until_edge[:, start:end][:, ::-1])
    reaches_back = look.oldest < first
    oldest = np.where(reaches_back, look.oldest, 0)
    return since_edge + np.where(reaches_back, until_edge[:, oldest] * fade, 0.0)


def _block_starts(look: Lookback) -> Stamps:
    """The first row of each row's block: of the same pair, stretch of time and unbroken history."""
    index = np.arange(len(look.settled_at))
    if not len(index):
        return index
    block = look.settled_at // HORIZON
    new = np.concatenate(([True], block[1:] != block[:-1])) | (look.oldest == index)
    return np.maximum.accumulate(np.where(new, index, 0))

"""Median and robust spread of the last ten days, and what follows: trend and stability, both in (0, 1)."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from fundarb.domain.instants import DAY
from fundarb.signals.ema import ema
from fundarb.signals.lookback import Lookback, recent
from fundarb.signals.panel import Floats

SPAN = 10 * DAY
MIN_ROWS = 6
MAD_TO_SIGMA = 1.4826
FLOOR_BP = 1.0  # the spread is 0 where every rate sits on the venue's default
_CHUNK = 250_000  # numbers sorted at a time: what a processor's cache holds


@dataclass(frozen=True, slots=True, eq=False)
class Dispersion:
    """Median and 1.4826·MAD of the levels of the last ten days in bp; NaN with fewer than six rows."""

    median: Floats
    sigma: Floats


def dispersion(look: Lookback) -> Dispersion:
    """Per settlement, over the rows of the last ten days inside the lookback."""
    count = np.arange(len(look.wall)) - recent(look, SPAN) + 1
    median = np.full(len(count), np.nan)
    sigma = np.full(len(count), np.nan)
    for size in np.unique(count[count >= MIN_ROWS]).tolist():
        rows = np.flatnonzero(count == size)
        windows = np.lib.stride_tricks.sliding_window_view(look.rate_bp, size)
        step = max(1, _CHUNK // size)
        for first in range(0, len(rows), step):
            ends = rows[first : first + step]
            median[ends], deviation = medians(windows[ends - size + 1])
            sigma[ends] = MAD_TO_SIGMA * deviation
    return Dispersion(median, sigma)


def medians(samples: Floats) -> tuple[Floats, Floats]:
    """Median and median absolute deviation of each row, from one sort.

    The k values nearest the median stand next to each other, so the k-th distance is the least reach over any k of them."""
    ordered = np.sort(samples, axis=1).T
    size = len(ordered)
    low, high = (size - 1) // 2, size // 2
    middle = (ordered[low] + ordered[high]) / 2.0
    below, above = middle - ordered, ordered - middle

    def distance(nearest: int) -> Floats:
        reach: Floats = np.maximum(below[: size - nearest + 1], above[nearest - 1 :]).min(axis=0)
        return reach

    deviation = distance(high + 1) if low == high else (distance(high) + distance(high + 1)) / 2.0
    return middle, deviation


def trend(look: Lookback, spread: Dispersion) -> Floats:
    """½ + ½ tanh((E_3 − E_9) / max(spread, 1 bp)): above ½ while the fast average leads; rises with E_3."""
    return 0.5 + 0.5 * np.tanh((ema(look, 3) - ema(look, 9)) / np.maximum(spread.sigma, FLOOR_BP))


def stability(spread: Dispersion) -> Floats:
    """1 / (1 + spread / max(|median|, 1 bp)): falls with the spread."""
    return 1.0 / (1.0 + spread.sigma / np.maximum(np.abs(spread.median), FLOOR_BP))

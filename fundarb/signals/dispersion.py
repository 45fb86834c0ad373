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
_CHUNK = 2_000_000


@dataclass(frozen=True, slots=True, eq=False)
class Dispersion:
    """Median and 1.4826·MAD of the levels of the last ten days in bp; NaN with fewer than six rows."""

    median: Floats
    sigma: Floats


def dispersion(look: Lookback) -> Dispersion:
    """Per settlement, over the rows of the last ten days inside the lookback."""
    count = np.arange(len(look.oldest)) - recent(look, SPAN) + 1
    median = np.full(len(count), np.nan)
    sigma = np.full(len(count), np.nan)
    for size in np.unique(count[count >= MIN_ROWS]).tolist():
        rows = np.flatnonzero(count == size)
        step = max(1, _CHUNK // size)
        for first in range(0, len(rows), step):
            ends = rows[first : first + step]
            window = look.rate_bp[ends[:, None] - np.arange(size)]
            middle = np.median(window, axis=1)
            median[ends] = middle
            sigma[ends] = MAD_TO_SIGMA * np.median(np.abs(window - middle[:, None]), axis=1)
    return Dispersion(median, sigma)


def trend(look: Lookback, spread: Dispersion) -> Floats:
    """½ + ½ tanh((E_3 − E_9) / max(spread, 1 bp)): above ½ while the fast average leads; rises with E_3."""
    return 0.5 + 0.5 * np.tanh((ema(look, 3) - ema(look, 9)) / np.maximum(spread.sigma, FLOOR_BP))


def stability(spread: Dispersion) -> Floats:
    """1 / (1 + spread / max(|median|, 1 bp)): falls with the spread."""
    return 1.0 / (1.0 + spread.sigma / np.maximum(np.abs(spread.median), FLOOR_BP))

"""Persistence: how long funding has not been negative, in 8 h units L, as L/(L+9); in [0, 1), rising with the run."""

from __future__ import annotations

import numpy as np

from fundarb.domain.instants import HOUR
from fundarb.signals.lookback import Lookback
from fundarb.signals.panel import Floats

HALF_AT = 9.0
TOLERANCE_BP = 1e-12


def persistence(look: Lookback) -> Floats:
    """L/(L+9) over the latest unbroken run of levels >= 0 inside the lookback; NaN where there is nothing."""
    length = run_length(look)
    return np.where(look.any, length / (length + HALF_AT), np.nan)


def run_length(look: Lookback) -> Floats:
    """L: the hours of the latest unbroken run of levels >= 0, over 8."""
    index = np.arange(len(look.oldest))
    unbroken = np.where(look.rate_bp >= -TOLERANCE_BP, 0, index + 1)
    run_start = np.maximum(look.oldest, np.maximum.accumulate(unbroken))
    covered = np.concatenate(([0], np.cumsum(look.interval_ms)))
    hours: Floats = (covered[index + 1] - covered[np.minimum(run_start, index + 1)]) / (8.0 * HOUR)
    return hours

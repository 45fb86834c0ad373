"""Percentile regime: which share of its history a level stands above, ties counting half (mid-rank)."""

from __future__ import annotations

import math
from enum import StrEnum

import numpy as np

from fundarb.signals.panel import Floats

MIN_HISTORY = 21
LOW, HIGH = 0.2, 0.8


class Regime(StrEnum):
    """A fifth of the time LOW, a fifth HIGH."""

    LOW = "LOW"
    NORMAL = "NORMAL"
    HIGH = "HIGH"


def mid_rank(history: Floats, level: float) -> float:
    """(share below + share not above) / 2 in [0, 1], rising with the level; NaN with no history."""
    known = history[np.isfinite(history)]
    if not len(known):
        return math.nan
    return float((known < level).sum() + (known <= level).sum()) / (2.0 * len(known))


def percentile(history: Floats, level: float) -> float:
    """The mid-rank, absent (NaN) with fewer than 21 in the history."""
    return mid_rank(history, level) if int(np.isfinite(history).sum()) >= MIN_HISTORY else math.nan


def regime(share: float) -> Regime | None:
    """The regime of a percentile; None where it is absent."""
    if math.isnan(share):
        return None
    return Regime.LOW if share < LOW else Regime.HIGH if share > HIGH else Regime.NORMAL

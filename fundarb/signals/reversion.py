"""How far a level stands from its own history, which never includes it, and how fast such a distance halves."""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np

from fundarb.signals.dispersion import FLOOR_BP, MAD_TO_SIGMA
from fundarb.signals.panel import Floats

MIN_HISTORY = 21
Z_BOUND = 10.0


@dataclass(frozen=True, slots=True)
class Reversion:
    """An AR(1) by least squares: x' = mean + phi (x − mean) + sigma·noise, a step at a time."""

    phi: float
    mean: float
    sigma: float


def robust_z(history: Floats, level: float) -> float:
    """(level − median) / max(1.4826·MAD, 1 bp) within ±10, rising with the level; NaN with fewer than 21 before it."""
    known = history[np.isfinite(history)]
    if len(known) < MIN_HISTORY:
        return math.nan
    middle = np.median(known)
    spread = max(MAD_TO_SIGMA * float(np.median(np.abs(known - middle))), FLOOR_BP)
    return float(np.clip((level - middle) / spread, -Z_BOUND, Z_BOUND))


def z_score(history: Floats, level: float) -> float:
    """(level − mean) / standard deviation (n − 1) within ±10, rising with the level; NaN where the history does not vary."""
    known = history[np.isfinite(history)]
    deviation = float(known.std(ddof=1)) if len(known) > 1 else 0.0
    return float(np.clip((level - known.mean()) / deviation, -Z_BOUND, Z_BOUND)) if deviation > 0 else math.nan


def ar1(before: Floats, after: Floats) -> Reversion | None:
    """Fitted on pairs one step apart, those lacking either left out; None for too few or where nothing varies."""
    there = np.isfinite(before) & np.isfinite(after)
    before, after = before[there], after[there]
    if len(before) < 3:
        return None
    centred = before - before.mean()
    scatter = float((centred * centred).sum())
    if scatter <= 1e-18:
        return None
    phi = float((centred * (after - after.mean())).sum()) / scatter
    constant = float(after.mean() - phi * before.mean())
    missed = after - constant - phi * before
    sigma = math.sqrt(float((missed * missed).sum()) / (len(before) - 2))
    return Reversion(phi, constant / (1.0 - phi) if phi != 1.0 else math.nan, sigma)


def half_life(phi: float, longest: float = math.inf) -> float:
    """Steps until an expected distance from the mean halves, rising with phi, at most `longest`; NaN unless 0 < phi < 1."""
    return min(math.log(0.5) / math.log(phi), longest) if 0.0 < phi < 1.0 else math.nan

"""Processes that forget: each step keeps a share of the one before and adds a shock."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]

_NOTHING = 1e-18  # what is left of a shock once it no longer shows in a double


def kept_per_step(half_life: float) -> float:
    """The share kept a step so that half is left after `half_life` steps."""
    return float(0.5 ** (1.0 / half_life))


def leaky_sums(shocks: Floats, kept: Floats, before: Floats) -> Floats:
    """Row by row y[t] = kept · y[t - 1] + shock[t], where y[-1] is `before`; by doubling, without a Python step a row."""
    sums = shocks.copy()
    sums[:, 0] += kept * before
    reach, share = 1, kept.copy()
    while reach < sums.shape[1] and share.max() > _NOTHING:
        sums[:, reach:] += share[:, None] * sums[:, :-reach]
        reach, share = reach * 2, share * share
    return sums


def stirred(normals: Floats, deviations: Floats, kept: Floats) -> Floats:
    """Shocks under which each row's leaky sum has the deviation asked for."""
    return normals * (deviations * np.sqrt(1.0 - kept * kept))[:, None]

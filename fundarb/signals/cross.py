"""The cross of the fast average over the slow one, in words: RISING, FALLING or STABLE, and how strongly, in [0, 1)."""

from __future__ import annotations

import math
from enum import StrEnum

QUIET = 0.1


class Cross(StrEnum):
    """Where the three-period average of the funding level stands against the nine-period one."""

    RISING = "RISING"
    FALLING = "FALLING"
    STABLE = "STABLE"


def strength(trend: float) -> float:
    """How far the component is from ½, in [0, 1): tanh(|E_3 − E_9| / spread); NaN where it is absent."""
    return abs(2.0 * trend - 1.0)


def cross(trend: float) -> Cross | None:
    """The state a trend component stands for; STABLE below a strength of 0.1, None where it is absent."""
    if math.isnan(trend):
        return None
    if strength(trend) < QUIET:
        return Cross.STABLE
    return Cross.RISING if trend > 0.5 else Cross.FALLING

"""A score mixed inside the kernel: where each set has weights of its own, no array is made for it in numpy.

The same operations in the same order as `signals.carry`, `signals.composite.weighted` and `signals.rounding.twelve`."""

from __future__ import annotations

import numpy as np

from fundarb.research.kernel.compiled import compiled, inlined
from fundarb.research.kernel.voices import PARTS
from fundarb.signals.carry import HALF_WIDTH_BP
from fundarb.signals.panel import Floats

UNIT = 1e12
CHARGE = 0  # a blend is the charge for idle capital, then the weights
BLEND = 1 + PARTS
BLOCK = 1024  # rows whose sums are made, and then rounded, while they are still near
SPLIT = 134_217_729.0  # 2**27 + 1: cuts a float into halves whose products are exact


@compiled
def mix(parts: Floats, blend: Floats, out: Floats) -> None:
    """The score of every row as a whole number of 1e-12, NaN without carry."""
    rows = parts.shape[1]
    for first in range(0, rows, BLOCK):
        last = min(first + BLOCK, rows)
        if _weigh(parts, blend, out, first, last):
            for row in range(first, last):
                out[row] = _rounded(out[row])
        else:
            for row in range(first, last):
                out[row] = np.rint(out[row] * UNIT)


@inlined
def _weigh(parts: Floats, blend: Floats, out: Floats, first: int, last: int) -> int:
    """Weighted means of what is present; how many cannot be rounded without a closer look."""
    charge, ties = blend[CHARGE], 0
    for row in range(first, last):
        gain = parts[0, row] - charge
        carry = 0.5 * (1.0 + gain / (abs(gain) + HALF_WIDTH_BP))
        top, bottom = blend[1] * carry, blend[1]
        for part in range(1, PARTS):
            value, weight = parts[part, row], blend[1 + part]
            top += weight * value if value == value else 0.0
            bottom += weight if value == value else 0.0
        mean = top / bottom
        scaled = mean * UNIT
        ties += scaled - np.floor(scaled) == 0.5
        out[row] = mean
    return ties


@compiled
def _rounded(value: float) -> float:
    """The exact product with 1e12, half-even: where it seems to lie halfway, what the product left out decides."""
    scaled = value * UNIT
    below = np.floor(scaled)
    if scaled - below != 0.5:
        return float(np.rint(scaled))
    high, low = _halves(value)
    unit_high, unit_low = _halves(UNIT)
    error = ((high * unit_high - scaled) + high * unit_low + low * unit_high) + low * unit_low
    if error == 0.0:
        return float(np.rint(scaled))
    return float(below + 1.0 if error > 0.0 else below)


@compiled
def _halves(value: float) -> tuple[float, float]:
    """(high, low) of at most 26 digits each, value = high + low."""
    scaled = SPLIT * value
    high = scaled - (scaled - value)
    return high, value - high

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
def mix(parts: Floats, blends: Floats, out: Floats) -> None:
    """A plane of `out` a blend: the score of every row as a whole number of 1e-12, NaN without carry.

    The parts are read from memory once for all blends, block by block."""
    for first in range(0, parts.shape[1], BLOCK):
        last = min(first + BLOCK, parts.shape[1])
        for plane in range(len(blends)):
            blend, block = blends[plane], out[plane, first:last]
            _weigh(
                parts[0, first:last],
                parts[_weighed(blend, 1), first:last],
                parts[_weighed(blend, 2), first:last],
                parts[_weighed(blend, 3), first:last],
                parts[_weighed(blend, 4), first:last],
                parts[_weighed(blend, 5), first:last],
                blend,
                block,
            )
            _round(block)


@compiled
def _weighed(blend: Floats, part: int) -> int:
    """The part, or one that is read anyway where this one counts nothing: a weight of 0 adds nothing, whatever it weighs."""
    return part if blend[1 + part] != 0.0 else 0


@inlined
def _weigh(
    level: Floats,
    persistence: Floats,
    trend: Floats,
    stability: Floats,
    basis: Floats,
    volume: Floats,
    blend: Floats,
    out: Floats,
) -> None:
    """Weighted means of what is present; each column by its name, so that four rows can be made at a time."""
    charge, of_carry, of_persistence, of_trend = blend[CHARGE], blend[1], blend[2], blend[3]
    of_stability, of_basis, of_volume = blend[4], blend[5], blend[6]
    for row in range(len(out)):
        gain = level[row] - charge
        top = of_carry * (0.5 * (1.0 + gain / (abs(gain) + HALF_WIDTH_BP)))
        bottom = of_carry
        for value, weight in (
            (persistence[row], of_persistence),
            (trend[row], of_trend),
            (stability[row], of_stability),
            (basis[row], of_basis),
            (volume[row], of_volume),
        ):
            there = value == value
            top += weight * value if there else 0.0
            bottom += weight if there else 0.0
        out[row] = top / bottom


@inlined
def _round(out: Floats) -> None:
    """To whole numbers of 1e-12; a block in which some lie halfway is rounded one by one."""
    ties = 0
    for row in range(len(out)):
        scaled = out[row] * UNIT
        ties += scaled - np.floor(scaled) == 0.5
    if ties:
        for row in range(len(out)):
            out[row] = _rounded(out[row])
    else:
        for row in range(len(out)):
            out[row] = np.rint(out[row] * UNIT)


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

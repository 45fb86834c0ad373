"""From floats to the whole numbers decisions are made of: 12 decimals of the exact binary value, half-even."""

from __future__ import annotations

from decimal import Decimal

import numpy as np

from fundarb.domain.money import UNIT, score12
from fundarb.signals.panel import Floats, Stamps

ABSENT = np.iinfo(np.int64).min
_DOUBT = 2e-16  # more than the share by which the product with 1e12 can be off; only closer calls are made exactly


def twelve(values: Floats) -> Stamps:
    """values as whole numbers of 1e-12; ABSENT for NaN. For |values| below 9e6."""
    there = np.isfinite(values)
    scaled = np.where(there, values, 0.0) * UNIT
    rounded = np.rint(scaled)
    out = rounded.astype(np.int64)
    close = np.abs(np.abs(scaled - rounded) - 0.5) < np.abs(scaled) * _DOUBT
    for row in np.flatnonzero(close).tolist():
        out[row] = int(score12(float(values[row])).scaleb(12))
    return np.where(there, out, ABSENT)


def twelve_decimal(units: int) -> Decimal:
    """The Decimal a whole number of 1e-12 stands for."""
    return Decimal(units).scaleb(-12)

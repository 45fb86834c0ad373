"""Floats that were read from short decimals, as the whole numbers they stand for."""

from __future__ import annotations

import numpy as np

from fundarb.signals.panel import Floats, Stamps

MOST_PLACES = 18
_DIGITS = 10**15  # up to here a float names one decimal only


def whole_numbers(values: Floats) -> tuple[Stamps, int] | None:
    """(whole numbers, decimals) with value = whole / 10**decimals for all; None where 15 digits do not do."""
    first = max(map(_places_of, values[:: max(1, len(values) // 2)].tolist()), default=0)  # at least so many it takes
    for places in range(first, MOST_PLACES + 1):
        whole = np.rint(values * 10.0**places)
        if np.abs(whole).max(initial=0) >= _DIGITS:
            return None
        if bool((whole / 10.0**places == values).all()):
            return whole.astype(np.int64), places
    return None


def _places_of(value: float) -> int:
    """How many decimals the shortest text of a float has; 0 where it is written with an exponent."""
    text = repr(value)
    return 0 if "e" in text or text.endswith(".0") else len(text.partition(".")[2])

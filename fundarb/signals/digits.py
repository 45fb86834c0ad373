"""Floats that were read from short decimals, as the whole numbers they stand for."""

from __future__ import annotations

import numpy as np

from fundarb.signals.panel import Floats, Stamps

MOST_PLACES = 18
_DIGITS = 10**15  # up to here a float names one decimal only


def whole_numbers(values: Floats) -> tuple[Stamps, int] | None:
    """(whole numbers, decimals) with value = whole / 10**decimals for all; None where 15 digits do not do."""
    for places in range(MOST_PLACES + 1):
        whole = np.rint(values * 10.0**places)
        if np.abs(whole).max(initial=0) >= _DIGITS:
            return None
        if bool((whole / 10.0**places == values).all()):
            return whole.astype(np.int64), places
    return None

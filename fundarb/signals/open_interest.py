"""Open interest: its mean of the last day over that of the thirty days before, as x²/(1+x²). Size grows riskier with it;
it is no reason to enter."""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np

from fundarb.domain.instants import DAY
from fundarb.signals.panel import Floats, Stamps
from fundarb.signals.volume import LOOKBACK, saturated


@dataclass(frozen=True, slots=True, eq=False)
class OpenInterest:
    """What was observed of one perp, oldest first."""

    observed_at: Stamps
    quantity: Floats


def open_interest(seen: OpenInterest, at_ms: int) -> float:
    """In [0, 1), ½ where nothing changed, rising with the last day's; NaN without 31 days, or with nothing to divide by."""
    base, day = _mean(seen, at_ms - LOOKBACK, at_ms - DAY), _mean(seen, at_ms - DAY, at_ms)
    if not len(seen.observed_at) or seen.observed_at[0] > at_ms - LOOKBACK or not base > 0:
        return math.nan
    return saturated(day / base)


def _mean(seen: OpenInterest, after_ms: int, until_ms: int) -> float:
    first, last = np.searchsorted(seen.observed_at, [after_ms, until_ms], side="right")
    return float(seen.quantity[first:last].mean()) if last > first else math.nan

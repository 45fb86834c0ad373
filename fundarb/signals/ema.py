"""Time-based exponential averages of the funding level: a settlement weighs by the hours it covers and by its age.

E_n = Σ w r / Σ w with w = (1 − b^(h/8)) b^(age/8), b = 1 − 2/(n+1), over the lookback; any mix of intervals."""

from __future__ import annotations

import numpy as np

from fundarb.domain.instants import HOUR
from fundarb.signals.lookback import Lookback
from fundarb.signals.panel import Floats

_EIGHT_HOURS = 8.0 * HOUR
_RANGE = 200.0  # a block spans at most e^200 of decay, far inside what a float holds


def ema(look: Lookback, periods: int) -> Floats:
    """E_n at every settlement; NaN where there is nothing to look at."""
    decay = 1.0 - 2.0 / (periods + 1)
    weight = 1.0 - decay ** (look.interval_ms / _EIGHT_HOURS)
    level = np.where(look.interval_ms > 0, look.rate_bp, 0.0)
    top = _windowed(look, weight * level, decay)
    bottom = _windowed(look, weight, decay)
    with np.errstate(invalid="ignore", divide="ignore"):
        return np.where(look.any, top / bottom, np.nan)


def _windowed(look: Lookback, values: Floats, decay: float) -> Floats:
    """Decayed sums over the lookback: the running sum less what has fallen out of the window."""
    running = _running(look, values, decay)
    before = look.oldest - 1
    seen = before >= 0
    earlier = np.where(seen, before, 0)
    faded = decay ** ((look.settled_at - look.settled_at[earlier]) / _EIGHT_HOURS) if len(running) else running
    return running - np.where(seen, running[earlier] * faded, 0.0) if len(running) else running


def _running(look: Lookback, values: Floats, decay: float) -> Floats:
    """Σ of all rows so far, each decayed by its age, block by block so that no power overflows."""
    out = np.empty(len(values))
    reach = int(_RANGE / -np.log(decay) * _EIGHT_HOURS)
    start, carried, carried_at = 0, 0.0, 0
    while start < len(values):
        origin = int(look.settled_at[start])
        end = int(np.searchsorted(look.settled_at, origin + reach, side="right"))
        fading = decay ** ((look.settled_at[start:end] - origin) / _EIGHT_HOURS)
        opening = carried * decay ** ((origin - carried_at) / _EIGHT_HOURS) if start else 0.0
        out[start:end] = fading * (opening + np.cumsum(values[start:end] / fading))
        carried, carried_at, start = float(out[end - 1]), int(look.settled_at[end - 1]), end
    return out

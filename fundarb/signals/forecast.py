"""The funding forecast of composite and band: half a fast and half a slow average, each clipped to ±20 bp per 8 h."""

from __future__ import annotations

import numpy as np

from fundarb.domain.instants import DAY
from fundarb.signals.ema import ema
from fundarb.signals.lookback import Lookback
from fundarb.signals.panel import Flags, Floats, SettlementRows

FAST, SLOW, CLIP_BP = 21, 90, 20.0
MIN_HISTORY = 7 * DAY


def forecast(look: Lookback) -> Floats:
    """f in bp per 8 h; absent (NaN) unless the oldest settlement looked at is at least 7 days old."""
    blend = 0.5 * np.clip(ema(look, FAST), -CLIP_BP, CLIP_BP) + 0.5 * np.clip(ema(look, SLOW), -CLIP_BP, CLIP_BP)
    oldest = np.minimum(look.oldest, np.arange(len(look.oldest)))
    aged = look.settled_at - look.settled_at[oldest] >= MIN_HISTORY
    return np.where(look.any & aged, blend, np.nan)


def first_at(rows: SettlementRows, there: Flags) -> int:
    """The first settlement of any pair that has what is asked; the end of time where none has."""
    found = rows.settled_at[there]
    return int(found.min()) if len(found) else int(np.iinfo(np.int64).max)

"""Volume: the perp's quote volume of the last day over its daily mean of the thirty days before, as v²/(1+v²)."""

from __future__ import annotations

import numpy as np

from fundarb.domain.instants import DAY
from fundarb.signals.panel import CandleRows, Floats, Stamps

BASE_DAYS = 30


def quote_volume(rows: CandleRows, pair: int, after: Stamps, until: Stamps) -> Floats:
    """Σ volume·(open+close)/2 of the candles closing in (after, until], of the shortest interval among them."""
    start, end = int(rows.offsets[pair]), int(rows.offsets[pair + 1])
    spans = rows.span_ms[start:end]
    out = np.zeros(len(until))
    taken = np.zeros(len(until), dtype=np.bool_)
    for span in np.unique(spans).tolist():
        picked = np.flatnonzero(spans == span) + start
        closed_at = rows.open_at[picked] + span
        value = rows.volume[picked] * (rows.open[picked] + rows.close[picked]) / 2.0
        running = np.concatenate(([0.0], np.cumsum(np.nan_to_num(value))))
        first, last = np.searchsorted(closed_at, after, side="right"), np.searchsorted(closed_at, until, side="right")
        fresh = ~taken & (last > first)
        out = np.where(fresh, running[last] - running[first], out)
        taken |= fresh
    return out


def volume(rows: CandleRows, pair: int, at: Stamps) -> Floats:
    """v²/(1+v²), rising with v; absent without 31 days of candles, or where the mean is 0."""
    if rows.offsets[pair] == rows.offsets[pair + 1]:
        return np.full(len(at), np.nan)
    day = quote_volume(rows, pair, at - DAY, at)
    mean = quote_volume(rows, pair, at - (BASE_DAYS + 1) * DAY, at - DAY) / BASE_DAYS
    there = (rows.open_at[rows.offsets[pair]] <= at - (BASE_DAYS + 1) * DAY) & (mean > 0)
    ratio = day / np.where(there, mean, 1.0)
    return np.where(there, ratio * ratio / (1.0 + ratio * ratio), np.nan)

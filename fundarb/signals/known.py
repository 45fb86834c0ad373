"""The last close known at given times: the latest close not after the time, the shorter candle where two close at once."""

from __future__ import annotations

import numpy as np

from fundarb.signals.panel import NO_TIME, CandleRows, Floats, Stamps


def last_close_rows(rows: CandleRows, pair: int, times: Stamps) -> Stamps:
    """For each time the row of the last close known then, -1 where there is none."""
    own = rows.rows(pair)
    closed_at = rows.open_at[own] + rows.span_ms[own]
    if (np.diff(closed_at) >= 0).all():  # in order as they stand; of two that close at once the shorter opens later
        found = np.searchsorted(closed_at, times, side="right") - 1
        return np.where(found >= 0, found + own.start, -1)
    order = np.lexsort((-rows.span_ms[own], closed_at))
    found = np.searchsorted(closed_at[order], times, side="right") - 1
    return np.where(found >= 0, order[np.maximum(found, 0)] + own.start, -1)


def last_closes(rows: CandleRows, pair: int, times: Stamps) -> tuple[Floats, Stamps]:
    """(close, when it closed) at each time; NaN and NO_TIME where there is none."""
    found = last_close_rows(rows, pair, times)
    there = found >= 0
    if not there.any():
        return np.full(len(times), np.nan), np.full(len(times), NO_TIME, dtype=np.int64)
    row = np.maximum(found, 0)
    return np.where(there, rows.close[row], np.nan), np.where(there, rows.open_at[row] + rows.span_ms[row], NO_TIME)

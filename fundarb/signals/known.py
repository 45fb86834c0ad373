"""Which candles open or have closed at given times: of several that open or close at once the shortest."""

from __future__ import annotations

import numpy as np

from fundarb.signals.panel import NO_TIME, CandleRows, Floats, Stamps


def opening_rows(open_at: Stamps, times: Stamps) -> Stamps:
    """For each time the row that opens then, -1 where none does; rows stand by open time, the shorter first."""
    if not len(open_at):
        return np.full(len(times), -1, dtype=np.int64)
    found = np.minimum(open_at.searchsorted(times), len(open_at) - 1)
    return np.where(open_at[found] == times, found, -1)


def by_close(open_at: Stamps, span_ms: Stamps) -> tuple[Stamps, Stamps]:
    """Close times in order with their rows; among equal times the shortest span last."""
    closed_at = open_at + span_ms
    if (np.diff(closed_at) >= 0).all():  # in order as they stand; of two that close at once the shorter opens later
        return closed_at, np.arange(len(closed_at))
    order = np.lexsort((-span_ms, closed_at))
    return closed_at[order], order


def last_close_rows(rows: CandleRows, pair: int, times: Stamps) -> Stamps:
    """For each time the row of the last close known then, -1 where there is none."""
    own = rows.rows(pair)
    closed_at, order = by_close(rows.open_at[own], rows.span_ms[own])
    found = closed_at.searchsorted(times, side="right") - 1
    return np.where(found >= 0, order[np.maximum(found, 0)] + own.start, -1) if len(order) else found


def last_closes(rows: CandleRows, pair: int, times: Stamps) -> tuple[Floats, Stamps]:
    """(close, when it closed) at each time; NaN and NO_TIME where there is none."""
    found = last_close_rows(rows, pair, times)
    there = found >= 0
    if not there.any():
        return np.full(len(times), np.nan), np.full(len(times), NO_TIME, dtype=np.int64)
    row = np.maximum(found, 0)
    return np.where(there, rows.close[row], np.nan), np.where(there, rows.open_at[row] + rows.span_ms[row], NO_TIME)

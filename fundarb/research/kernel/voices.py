"""What a strategy says, as values to compare with thresholds: computed once for all sets that share its signals."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from fundarb.signals.panel import Flags, Floats, Stamps

TOLERANCE = 1e-12
ENTER, LEAVE, RANK, FORECAST, SCORE = range(5)


class Voice(NamedTuple):
    """Values stand beside the panel's settlements, NaN where missing. A pair enters at `enter >= edge` and leaves at
    `leave < edge`; candidates are ranked by `rank`, then symbol.

    Where it is sorted, `order` names each event's pairs by rank, `asks` their `enter`, and `best_after` the highest of
    these from each place on, so that a search ends where nothing can follow; else all three are empty."""

    values: Floats  # (settlements, 5)
    order: NDArray[np.int32]
    asks: Floats
    best_after: Floats


def voice(enter: Floats, leave: Floats, rank: Floats, forecast: Floats | None, score: Floats | None) -> Voice:
    """A voice not yet sorted."""
    absent = np.full(len(enter), np.nan)
    columns = (enter, leave, rank, absent if forecast is None else forecast, absent if score is None else score)
    return Voice(np.column_stack(columns), np.empty((0, 0), dtype=np.int32), np.empty((0, 0)), np.empty((0, 0)))


def in_order(said: Voice, row_at: Stamps, listed: Flags) -> Voice:
    """The same voice with each event's candidates sorted; worth it where many sets share one ranking."""
    row, enter = np.maximum(row_at, 0), said.values[:, ENTER]
    there = listed & (row_at >= 0) & ~np.isnan(enter[row])
    rank = np.where(there, -said.values[row, RANK], np.inf)
    order = np.argsort(rank, axis=1, kind="stable")
    value = np.take_along_axis(np.where(there, enter[row], -np.inf), order, axis=1)
    best_after = np.maximum.accumulate(value[:, ::-1], axis=1)[:, ::-1]
    return Voice(said.values, order.astype(np.int32), value, np.ascontiguousarray(best_after))


def from_units(units: Stamps, absent: int) -> Floats:
    """Whole numbers of 1e-12 as floats, NaN where absent."""
    return np.where(units == absent, np.nan, units / 1e12)

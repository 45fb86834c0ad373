"""What a strategy says, as values to compare with thresholds: computed once for all sets that share its signals."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from fundarb.research.kernel.tape import STALE_ROW, Rows, RowsInPlay
from fundarb.signals.panel import Floats, Stamps

ENTER, LEAVE, RANK, FORECAST, SCORE = range(5)
PARTS = 6
STALE = -np.inf


class Voice(NamedTuple):
    """Values stand beside the rows in play. They are whole numbers, which floats hold and compare exactly; NaN is absent.
    A pair enters at `enter >= edge` and leaves at `leave < edge`; candidates go by `rank`, then symbol.

    Where it is sorted, `order` names each event's pairs by rank, `asks` their `enter`, and `best_after` the highest of
    these from each place on, so that a search ends where nothing can follow; `leaving` is `leave` by pair and event, so
    that a held pair reads on where it stopped, STALE where its last settlement is too old. Else all four are empty.
    `forecasts` is by pair and event too, empty where nothing rotates. Where the first plane is a score that each set
    mixes anew, `parts` is what it is mixed of: the forecast, then the components."""

    values: Floats  # (planes, rows)
    planes: Stamps  # (5,): the plane of ENTER, LEAVE, RANK, FORECAST and SCORE
    order: NDArray[np.int32]
    asks: Floats
    best_after: Floats
    leaving: Floats
    forecasts: Floats
    parts: Floats  # (PARTS, rows), or no rows


def voice(
    values: Floats, planes: tuple[int, int, int, int, int], forecasts: Floats, parts: Floats | None = None
) -> Voice:
    """A voice not sorted."""
    none, mixed = np.empty((0, 0)), np.empty((PARTS, 0)) if parts is None else parts
    order = np.empty((0, 0), dtype=np.int32)
    return Voice(values, np.array(planes, dtype=np.int64), order, none, none, none, forecasts, mixed)


def by_pair(plane: Floats, held: Rows) -> Floats:
    """A plane by pair and event: NaN before a pair's first settlement, STALE where its last one is too old."""
    if not len(plane):
        return np.empty((0, 0))
    there = np.where(held >= 0, plane[np.maximum(held, 0)], np.nan)
    there[held == STALE_ROW] = STALE
    return there


def in_order(said: Voice, rows: RowsInPlay) -> Voice:
    """The same voice with each event's candidates sorted; worth it where many sets share one ranking."""
    if not said.values.shape[1]:
        return said
    asking = rows.asking
    row, enter, rank = np.maximum(asking, 0), said.values[said.planes[ENTER]], said.values[said.planes[RANK]]
    there = (asking >= 0) & ~np.isnan(enter[row])
    order = np.argsort(np.where(there, -rank[row], np.inf), axis=1, kind="stable")
    asks = np.take_along_axis(np.where(there, enter[row], -np.inf), order, axis=1)
    best_after = np.maximum.accumulate(asks[:, ::-1], axis=1)[:, ::-1]
    return said._replace(
        order=order.astype(np.int32),
        asks=asks,
        best_after=np.ascontiguousarray(best_after),
        leaving=by_pair(said.values[said.planes[LEAVE]], rows.held),
    )


def from_units(units: Stamps, absent: int) -> Floats:
    """Whole numbers of 1e-12 as floats, NaN where absent."""
    return np.where(units == absent, np.nan, units.astype(np.float64))

"""What a strategy says, as values to compare with thresholds: computed once for all sets that share its signals."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from fundarb.research.kernel.tape import Rows
from fundarb.signals.panel import Floats, Stamps

ENTER, LEAVE, RANK, FORECAST, SCORE = range(5)
PARTS = 6


class Voice(NamedTuple):
    """Values stand beside the rows in play. They are whole numbers, which floats hold and compare exactly; NaN is absent.
    A pair enters at `enter >= edge` and leaves at `leave < edge`; candidates go by `rank`, then symbol.

    Where it is sorted, `order` names each event's pairs by rank, `asks` their `enter`, and `best_after` the highest of
    these from each place on, so that a search ends where nothing can follow; else all three are empty. Where the first
    plane is a score that each set mixes anew, `parts` is what it is mixed of: the forecast, then the components."""

    values: Floats  # (planes, rows)
    planes: Stamps  # (5,): the plane of ENTER, LEAVE, RANK, FORECAST and SCORE
    order: NDArray[np.int32]
    asks: Floats
    best_after: Floats
    parts: Floats  # (PARTS, rows), or no rows


def voice(values: Floats, planes: tuple[int, int, int, int, int], parts: Floats | None = None) -> Voice:
    """A voice not sorted."""
    none, rows = np.empty((0, 0)), np.empty((PARTS, 0)) if parts is None else parts
    return Voice(values, np.array(planes, dtype=np.int64), np.empty((0, 0), dtype=np.int32), none, none, rows)


def in_order(said: Voice, asking: Rows) -> Voice:
    """The same voice with each event's candidates sorted; worth it where many sets share one ranking."""
    if not said.values.shape[1]:
        return said
    row, enter, rank = np.maximum(asking, 0), said.values[said.planes[ENTER]], said.values[said.planes[RANK]]
    there = (asking >= 0) & ~np.isnan(enter[row])
    order = np.argsort(np.where(there, -rank[row], np.inf), axis=1, kind="stable")
    asks = np.take_along_axis(np.where(there, enter[row], -np.inf), order, axis=1)
    best_after = np.maximum.accumulate(asks[:, ::-1], axis=1)[:, ::-1]
    return said._replace(order=order.astype(np.int32), asks=asks, best_after=np.ascontiguousarray(best_after))


def from_units(units: Stamps, absent: int) -> Floats:
    """Whole numbers of 1e-12 as floats, NaN where absent."""
    return np.where(units == absent, np.nan, units.astype(np.float64))

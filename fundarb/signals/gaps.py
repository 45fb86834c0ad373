"""Which settlements and candles should be there and are not (semantics §4, §10): hindsight, which no decision uses."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from fundarb.domain.instants import LONGEST_INTERVAL
from fundarb.signals.assembly import intervals
from fundarb.signals.panel import Stamps


@dataclass(frozen=True, slots=True, eq=False)
class Holes:
    """Stretches that lack rows: the row before each, the row after it, the unit, and how many units are missing."""

    before: Stamps
    after: Stamps
    unit: Stamps
    missing: Stamps

    def stamps(self) -> Stamps:
        """Every missing time: before + n * unit."""
        hole = np.repeat(np.arange(len(self.missing)), self.missing)
        nth = np.arange(1, len(hole) + 1) - np.repeat(np.cumsum(self.missing) - self.missing, self.missing)
        found: Stamps = self.before[hole] + nth * self.unit[hole]
        return found


def settlement_holes(settled_at: Stamps) -> Holes:
    """Holes between the rows of one perp: gaps above 8 h, and gaps longer than both their neighbours.

    The first gap and the last have one neighbour only and are never short holes."""
    gap = np.diff(settled_at)
    if len(gap) and gap.min() == gap.max() <= LONGEST_INTERVAL:  # most often: every row in its place
        return _holes(settled_at, gap, np.zeros(len(gap), dtype=np.bool_))
    unit = intervals(np.array([0, len(settled_at)]), settled_at)[1:]
    short = np.zeros(len(gap), dtype=np.bool_)
    if len(gap) > 2:
        neighbours = np.maximum(unit[:-2], gap[2:])
        short[1:-1] = (gap[1:-1] <= LONGEST_INTERVAL) & (gap[1:-1] > neighbours)
        unit[1:-1] = np.where(short[1:-1], neighbours, unit[1:-1])
    return _holes(settled_at, unit, short | (gap > LONGEST_INTERVAL))


def candle_holes(open_at: Stamps, span_ms: int) -> Holes:
    """Holes between the first and the last candle of one market and interval."""
    return _holes(open_at, np.full(max(len(open_at) - 1, 0), span_ms), np.diff(open_at) > span_ms)


def missing_settlements(
    settled_at: Stamps, from_ms: int, to_ms: int, gone_ms: int | None = None, first_seen_ms: int | None = None
) -> Stamps:
    """Every settlement that [from, to) lacks while the perp was listed, the end of a series that ends early included."""
    end = to_ms if gone_ms is None else min(to_ms, gone_ms)
    start = from_ms if first_seen_ms is None else max(from_ms, first_seen_ms)
    if _whole_until(settled_at, end):
        return settled_at[:0]
    stamps = np.concatenate([settlement_holes(settled_at).stamps(), tail(settled_at, end)])
    return stamps[(stamps >= start) & (stamps < end)]


def _whole_until(settled_at: Stamps, end_ms: int) -> bool:
    """Most often: every row in its place, one distance of at most 8 h from the next, and the next one due at the end."""
    gap = np.diff(settled_at)
    if not len(gap) or (step := gap.min()) != gap.max() or step > LONGEST_INTERVAL:
        return False
    return bool(settled_at[-1] + step >= end_ms)


def tail(settled_at: Stamps, end_ms: int) -> Stamps:
    """The settlements due after the last row and before `end_ms`, at the last row's interval."""
    if not len(settled_at):
        return settled_at
    unit = last_interval(settled_at)
    return np.arange(int(settled_at[-1]) + unit, end_ms, unit, dtype=np.int64)


def last_interval(settled_at: Stamps) -> int:
    """The interval of the last row; 8 h where it has none."""
    return int(intervals(np.array([0, len(settled_at)]), settled_at)[-1]) or LONGEST_INTERVAL


def _holes(rows: Stamps, unit: Stamps, here: np.ndarray[tuple[int, ...], np.dtype[np.bool_]]) -> Holes:
    """The holes after the rows marked `here`; a time within half a unit of the next row is that row."""
    before, after, unit = rows[:-1][here], rows[1:][here], unit[here]
    return Holes(before, after, unit, (2 * (after - before) - unit - 1) // (2 * unit))

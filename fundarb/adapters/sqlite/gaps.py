"""Holes of one stream as the store knows them: what lacks between its rows, and what was asked for and never came.

Time before listing and after delisting is no hole; a stretch that a venue confirmed to be empty stays listed as such."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from fundarb.domain.instants import LONGEST_INTERVAL
from fundarb.domain.instrument import Kind, Pair
from fundarb.domain.market import Coverage, Gap, Span
from fundarb.signals.gaps import Holes, candle_holes, last_interval, settlement_holes
from fundarb.signals.panel import Stamps

MISSING, CONFIRMED = "missing", "confirmed"
_NONE = np.empty(0, dtype=np.int64)


def settlement_gaps(pair: Pair, settled_at: Stamps, asked: Sequence[Coverage]) -> list[Gap]:
    """Holes of a funding stream (semantics §4), the tail only as far as it was asked for."""
    holes = settlement_holes(settled_at)
    first = int(np.diff(settled_at[:2])[0]) if len(settled_at) > 1 else LONGEST_INTERVAL
    head = min(first, LONGEST_INTERVAL)
    tail = last_interval(settled_at) if len(settled_at) else LONGEST_INTERVAL
    found = [(holes.stamps(), np.repeat(holes.unit, holes.missing))]
    for one in asked:
        due = Span(one.asked.start_ms, max(one.asked.start_ms, one.asked.end_ms - tail // 2))
        found += _outside(settled_at, due, head, tail)
    return _gaps(pair, Kind.FUNDING, found, asked)


def candle_gaps(pair: Pair, kind: Kind, span_ms: int, open_at: Stamps, asked: Sequence[Coverage]) -> list[Gap]:
    """Holes of the candles of one market and interval; a candle that was not finished when asked for is none."""
    holes: Holes = candle_holes(open_at, span_ms)
    found = [(holes.stamps(), np.repeat(holes.unit, holes.missing))]
    for one in asked:
        end = min(one.asked.end_ms, one.asked_at_ms) - span_ms + 1
        found += _outside(open_at, Span(one.asked.start_ms, max(one.asked.start_ms, end)), span_ms, span_ms)
    return _gaps(pair, kind, found, asked)


def _outside(rows: Stamps, due: Span, head: int, tail: int) -> list[tuple[Stamps, Stamps]]:
    """Times due before the first row and after the last, in steps from there; from the epoch where there are no rows."""
    if not len(rows):
        start = -(-due.start_ms // tail) * tail
        times = [(np.arange(start, due.end_ms, tail, dtype=np.int64), tail)]
    else:
        first, last = int(rows[0]), int(rows[-1])
        before = np.arange(first - head, due.start_ms - 1, -head, dtype=np.int64)[::-1]
        after = np.arange(last + tail, due.end_ms, tail, dtype=np.int64)
        times = [(before[before < due.end_ms], head), (after[after >= due.start_ms], tail)]
    return [(stamps, np.full(len(stamps), unit, dtype=np.int64)) for stamps, unit in times]


def _gaps(pair: Pair, kind: Kind, found: Sequence[tuple[Stamps, Stamps]], asked: Sequence[Coverage]) -> list[Gap]:
    """Missing times while listed, as runs that share unit and reason."""
    stamps, order = np.unique(np.concatenate([times for times, _ in found] or [_NONE]), return_index=True)
    unit = np.concatenate([units for _, units in found] or [_NONE])[order]
    listed = _listed(pair, stamps)
    stamps, unit = stamps[listed], unit[listed]
    confirmed = _inside(stamps, [one.asked for one in asked if one.confirmed])
    breaks = (np.diff(stamps) != unit[:-1]) | (np.diff(unit) != 0) | (confirmed[1:] != confirmed[:-1])
    starts = np.flatnonzero(np.concatenate(([True], breaks))) if len(stamps) else _NONE
    return [
        Gap(
            symbol=pair.symbol,
            kind=kind,
            span=Span(int(run[0]), int(run[-1] + unit[start])),
            missing=len(run),
            reason=CONFIRMED if confirmed[start] else MISSING,
        )
        for start, run in zip(starts, np.split(stamps, starts[1:]), strict=False)
    ]


def _listed(pair: Pair, stamps: Stamps) -> NDArray[np.bool_]:
    listed = np.ones(len(stamps), dtype=np.bool_)
    if pair.first_seen_ms is not None:
        listed &= stamps >= pair.first_seen_ms
    if pair.gone_ms is not None:
        listed &= stamps < pair.gone_ms
    return listed


def _inside(stamps: Stamps, spans: Sequence[Span]) -> NDArray[np.bool_]:
    inside = np.zeros(len(stamps), dtype=np.bool_)
    for span in spans:
        inside |= (stamps >= span.start_ms) & (stamps < span.end_ms)
    return inside

"""What proves a series whole. On a grid every place is known; settlements are contiguous where each gap equals an interval
in force, the one before it or the one after. Anything else is a stretch in doubt, to be asked about once more."""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Collection, Sequence
from itertools import pairwise

from fundarb.domain.instants import HOUR, LONGEST_INTERVAL
from fundarb.domain.market import Coverage, Span
from fundarb.engine.collect.spans import common, joined, minus, up
from fundarb.engine.collect.streams import Stream


def lacking(page: Span, step_ms: int, stamps: Collection[int]) -> list[Span]:
    """The places of a grid that no row takes, as stretches; stamps are of the page and of the grid."""
    if len(stamps) * step_ms == page.end_ms - page.start_ms:  # most often: every row in its place
        return []
    return minus([page], [Span(at, at + step_ms) for at in stamps])


def in_doubt(stamps: Sequence[int], within: Span, due_ms: int | None = None) -> list[Span]:
    """Stretches of `within` that may lack settlements; `stamps` are all that is known there and somewhat around it, and
    `due_ms` is when the venue says it settled last."""
    if not stamps:
        first = up(within.start_ms, LONGEST_INTERVAL)
        return [within] if first < within.end_ms - LONGEST_INTERVAL // 2 else []
    gaps = [after - before for before, after in pairwise(stamps)]
    found = [Span(stamps[n] + 1, stamps[n + 1]) for n in range(len(gaps)) if _doubtful(gaps, n)]
    if head_fits(stamps, within.start_ms):
        found.append(Span(within.start_ms, stamps[0]))
    if _tail_lacks(stamps[-1], min(gaps[-1], LONGEST_INTERVAL) if gaps else LONGEST_INTERVAL, within.end_ms, due_ms):
        found.append(Span(stamps[-1] + 1, within.end_ms))
    return common(within, found)


def _tail_lacks(last_ms: int, interval_ms: int, end_ms: int, due_ms: int | None) -> bool:
    """Whether a settlement may lack after the last; a venue that names one older than that is not asked for an opinion."""
    if due_ms is not None and due_ms >= last_ms:
        return last_ms < due_ms < end_ms
    return last_ms + interval_ms + interval_ms // 2 < end_ms


def head_fits(stamps: Sequence[int], start_ms: int) -> bool:
    """Whether one more settlement would fit between the start and the first of these."""
    gap = stamps[1] - stamps[0] if len(stamps) > 1 else LONGEST_INTERVAL
    return stamps[0] - min(gap, LONGEST_INTERVAL) >= start_ms


def answered(
    stream: Stream, span: Span, stamps: Sequence[int], empty: Sequence[Span], doubted: Sequence[Span], now_ms: int
) -> list[Coverage]:
    """What to record of an answer: what came, and what stayed empty, confirmed where it had been empty an hour ago."""
    found = [
        Coverage(stream.symbol, stream.kind, stream.span_ms, part, _count(stamps, part), now_ms)
        for part in minus([span], empty)
    ]
    again = [part for gap in empty for part in common(gap, doubted)]
    found += [Coverage(stream.symbol, stream.kind, stream.span_ms, part, 0, now_ms) for part in minus(empty, again)]
    found += [
        Coverage(stream.symbol, stream.kind, stream.span_ms, part, 0, now_ms, confirmed=True) for part in joined(again)
    ]
    return found


def _doubtful(gaps: Sequence[int], n: int) -> bool:
    """Whether a gap may hide a settlement: longer than the shortest interval, and like neither neighbour."""
    if gaps[n] > LONGEST_INTERVAL:
        return True
    beside = [*gaps[max(n - 1, 0) : n], *gaps[n + 1 : n + 2]]
    return gaps[n] > HOUR and bool(beside) and gaps[n] not in beside


def _count(stamps: Sequence[int], span: Span) -> int:
    return bisect_left(stamps, span.end_ms) - bisect_left(stamps, span.start_ms)

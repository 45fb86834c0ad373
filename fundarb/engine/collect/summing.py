"""From what was counted and what the store has afterwards to the rows of a report. What was not asked is a hole too."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from fundarb.domain.instants import HOUR
from fundarb.domain.instrument import Kind
from fundarb.domain.market import Span
from fundarb.engine.collect.plan import Stored, Task, missing
from fundarb.engine.collect.report import Hole, StreamReport
from fundarb.engine.collect.spans import common, minus
from fundarb.engine.collect.streams import Stream, Wanted
from fundarb.engine.collect.survey import CONFIRMED, Survey
from fundarb.engine.collect.tally import Tally

EMPTY = "the venue has nothing there"
_USUAL_INTERVAL = 8 * HOUR


async def sum_up(
    survey: Survey, tasks: Sequence[Task], tallies: Mapping[Stream, Tally], now_ms: int
) -> list[StreamReport]:
    """A row a stream, in the order of the plan."""
    return [_report(task, tallies[task.stream], await survey.stored(task.stream), survey, now_ms) for task in tasks]


def snapshot_rows(seen: Mapping[str, int], unseen: Sequence[str], now_ms: int) -> list[StreamReport]:
    """A row a pair of which a ticker came, by the time it is of, and one with a hole for each that trades without one."""
    rows = [
        StreamReport(Stream(symbol, Kind.SNAPSHOT, 0), Span(at_ms, at_ms), stored=1, spans=1, newest_ms=at_ms)
        for symbol, at_ms in seen.items()
    ]
    hole = Hole(Span(now_ms, now_ms + 1), 1, "the venue quotes no ticker of it")
    lacking = [Stream(symbol, Kind.SNAPSHOT, 0) for symbol in unseen]
    return rows + [StreamReport(stream, hole.span, missing=1, holes=(hole,)) for stream in lacking]


def _report(task: Task, tally: Tally, stored: Stored, survey: Survey, now_ms: int) -> StreamReport:
    stream, span = task.stream, task.wanted.span
    holes = _due(task, _holes(stream, span, stored, survey), stored)
    unasked = _unasked(task.wanted, stored, tally, now_ms)
    inside = [part for asked in task.missing for hole in holes for part in _cut(hole, asked)]
    summary = survey.summaries.get(stream)
    whole = minus([span], [hole.span for hole in (*holes, *unasked)])
    return StreamReport(
        stream=stream,
        span=span,
        stored=tally.stored,
        known=tally.known,
        differing=tally.differing,
        missing=sum(part.missing for part in inside),
        requests=tally.requests,
        spans=len(whole),
        newest_ms=summary.last_ms if summary else None,
        holes=tuple(sorted([*holes, *unasked], key=lambda hole: hole.span)),
    )


def _holes(stream: Stream, span: Span, stored: Stored, survey: Survey) -> list[Hole]:
    """What was asked for and is not there."""
    if stream.kind is not Kind.OPEN_INTEREST:
        found = [
            Hole(gap.span, gap.missing, CONFIRMED if gap.reason == CONFIRMED else EMPTY) for gap in survey.holes(stream)
        ]
    else:
        empty = [one for one in stored.asked if one.rows == 0]
        found = [
            Hole(one.asked, _places(one.asked, stream.span_ms), CONFIRMED if one.confirmed else EMPTY) for one in empty
        ]
    return [part for hole in found for part in _cut(hole, span)]


def _due(task: Task, holes: list[Hole], stored: Stored) -> list[Hole]:
    """The holes by what the venue says was settled last: nothing lacks after that, and that itself may not lack."""
    span, due_ms, newest = task.wanted.span, task.due_ms, stored.extent
    if due_ms is None or newest is None or not newest.end_ms - 1 <= due_ms < task.wanted.known_ms:
        return holes
    found = [part for hole in holes for part in _cut(hole, Span(0, due_ms + 1))]
    if (
        newest.end_ms > due_ms
        or due_ms < span.start_ms
        or common(Span(due_ms, due_ms + 1), [one.span for one in found])
    ):
        return found
    return [*found, Hole(Span(due_ms, due_ms + 1), 1, EMPTY)]


def _unasked(wanted: Wanted, stored: Stored, tally: Tally, now_ms: int) -> list[Hole]:
    """What could not be asked."""
    due = Wanted(wanted.stream, Span(wanted.span.start_ms, max(wanted.span.start_ms, wanted.known_ms)), wanted.known_ms)
    step = wanted.stream.span_ms or _USUAL_INTERVAL
    reason = f"not fetched: {tally.failure}" if tally.failure else "not fetched"
    left = minus(missing(due, stored, now_ms), stored.holes)
    return [Hole(span, _places(span, step), reason) for span in left]


def _cut(hole: Hole, span: Span) -> list[Hole]:
    """The part of a hole inside a span, with its share of the missing rows."""
    unit = max(1, (hole.span.end_ms - hole.span.start_ms) // max(hole.missing, 1))
    return [Hole(part, min(hole.missing, _places(part, unit)), hole.reason) for part in common(span, [hole.span])]


def _places(span: Span, step_ms: int) -> int:
    return -(-(span.end_ms - span.start_ms) // step_ms)

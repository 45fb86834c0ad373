"""What `fetch` answers: a row a stream that adds up, holes in words, and the exit code they come to."""

from __future__ import annotations

import logging
from collections.abc import Iterable, Sequence
from typing import TYPE_CHECKING

from fundarb.cli import logs
from fundarb.cli.forms import Format
from fundarb.cli.invocation import Invocation
from fundarb.cli.render import Answer, Cell
from fundarb.cli.run_answers import form_of, width
from fundarb.domain.instants import SECOND, iso
from fundarb.domain.when import write_duration
from fundarb.errors import DataError

if TYPE_CHECKING:
    from fundarb.engine.collect.checking import CheckedStream, CheckReport
    from fundarb.engine.collect.report import FetchReport, Hole, StreamReport
    from fundarb.engine.collect.streams import Stream

COLUMNS = (
    *("pair", "kind", "interval", "from", "to", "requested", "stored", "known", "differing", "missing"),
    *("requests", "spans", "holes", "age_s"),
)
CHECKED = (
    *("pair", "kind", "interval", "from", "to", "pages", "checked_pages", "rows", "disagreements", "repaired"),
    "requests",
)
_FIRST = (  # in a table that is not wide enough for all
    *("pair", "kind", "stored", "known", "missing", "holes", "from", "to"),
    *("requested", "requests", "age_s", "interval", "differing", "spans"),
)
_CHECKED_FIRST = (
    *("pair", "kind", "rows", "disagreements", "repaired", "from", "to"),
    *("pages", "checked_pages", "requests", "interval"),
)
_JSON = ("pair", "kind", "from", "to", "stored", "requests", "holes")
_SHOWN = 20  # holes or rows told one by one


def show_fetch(call: Invocation, report: FetchReport, now_ms: int, seconds: float, *, strict: bool) -> int:
    """Print what a run did; 3 where holes remain. Raises what kept it from asking."""
    rows = [_row(one, now_ms) for one in report.streams]
    streams = [{name: row[name] for name in _JSON} for row in rows]
    document = {"streams": streams, "requests": report.requests, "seconds": round(seconds, 3)}
    columns, rows = _as_shown(call, COLUMNS, _FIRST, rows)
    call.answer(Answer(columns, rows, document, streams, empty="nothing was asked for"))
    _say_holes(call, report.all_holes())
    differing = sum(one.differing for one in report.streams)
    if differing:
        call.note(f"{differing} rows differ from what is stored, which stays; `fundarb fetch --check` shows such rows")
    if report.failure is not None:
        stored = sum(one.stored for one in report.streams)
        call.note(f"{stored} rows were stored before that and stay; the same command goes on from there")
        raise report.failure
    remaining = report.holes(strict=strict)
    if remaining:
        logs.tell(logging.ERROR, f"incomplete: {len(remaining)} holes remain; `fundarb data gaps` lists them")
    return DataError.exit_code if remaining else 0


def show_check(call: Invocation, report: CheckReport, seed: int, seconds: float) -> int:
    """Print what a check found; 3 where store and venue disagree."""
    rows = [_checked(one) for one in report.streams]
    found = [
        {
            "pair": one.stream.symbol,
            "kind": str(one.stream.kind),
            "at": iso(one.at_ms),
            "stored": one.stored,
            "venue": one.venue,
        }
        for stream in report.streams
        for one in stream.found
    ]
    streams = [{**{name: row[name] for name in _JSON[:4]}, **_counts(row)} for row in rows]
    document = {"streams": streams, "disagreements": found, "requests": report.requests, "seconds": round(seconds, 3)}
    columns, rows = _as_shown(call, CHECKED, _CHECKED_FIRST, rows)
    call.answer(Answer(columns, rows, document, streams, empty="nothing was checked"))
    call.note(f"checked {sum(one.rows for one in report.streams)} rows in pages drawn with seed {seed}")
    for one in found[:_SHOWN]:
        stored, venue = one["stored"] or "no row", one["venue"] or "no row"
        call.note(f"differs: {one['pair']} {one['kind']} at {one['at']}: stored {stored}, venue {venue}")
    if len(found) > _SHOWN:
        call.note(f"and {len(found) - _SHOWN} more: --format json lists all")
    if report.failure is not None:
        raise report.failure
    if report.open:
        call.note(f"{report.open} rows disagree and were left as they are; `fundarb fetch --repair` takes the venue's")
    return DataError.exit_code if report.open else 0


def _as_shown(
    call: Invocation, columns: Sequence[str], first: Sequence[str], rows: list[dict[str, Cell]]
) -> tuple[Sequence[str], list[dict[str, Cell]]]:
    """For people as many columns as fit, times to the minute; everything in any other form."""
    if form_of(call) is not Format.TABLE:
        return columns, rows
    from fundarb.reporting.figures import fitting, minute

    rows = [row | {name: minute(str(row[name])) for name in ("from", "to")} for row in rows]
    return fitting(columns, first, rows, width()), rows


def _say_holes(call: Invocation, holes: Sequence[tuple[Stream, Hole]]) -> None:
    for stream, hole in holes[:_SHOWN]:
        where = f"{stream.symbol} {stream.kind} {iso(hole.span.start_ms)} to {iso(hole.span.end_ms)}"
        call.note(f"hole: {where}, {hole.missing} missing: {hole.reason}")
    if len(holes) > _SHOWN:
        call.note(f"and {len(holes) - _SHOWN} more: `fundarb data gaps` lists them")


def _row(one: StreamReport, now_ms: int) -> dict[str, Cell]:
    newest_ms = None if one.newest_ms is None else one.newest_ms + one.stream.span_ms
    return {
        **_head(one.stream, one.span.start_ms, one.span.end_ms),
        "requested": one.requested,
        "stored": one.stored,
        "known": one.known,
        "differing": one.differing,
        "missing": one.missing,
        "requests": one.requests,
        "spans": one.spans,
        "holes": len(one.holes),
        "age_s": None if newest_ms is None else max(0, now_ms - newest_ms) // SECOND,
    }


def _checked(one: CheckedStream) -> dict[str, Cell]:
    return {
        **_head(one.stream, one.span.start_ms, one.span.end_ms),
        "pages": one.pages,
        "checked_pages": one.asked,
        "rows": one.rows,
        "disagreements": len(one.found),
        "repaired": one.repaired,
        "requests": one.tally.requests,
    }


def _head(stream: Stream, start_ms: int, end_ms: int) -> dict[str, Cell]:
    return {
        "pair": stream.symbol,
        "kind": str(stream.kind),
        "interval": write_duration(stream.span_ms) if stream.span_ms else None,
        "from": iso(start_ms),
        "to": iso(end_ms),
    }


def _counts(row: dict[str, Cell]) -> dict[str, Cell]:
    names: Iterable[str] = ("pages", "checked_pages", "rows", "disagreements", "repaired", "requests")
    return {name: row[name] for name in names}

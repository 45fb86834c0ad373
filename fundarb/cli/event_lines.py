"""Events as they happen, one line each, in the form asked for; JSON is one list, closed at the end."""

from __future__ import annotations

import json
from collections.abc import Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

from fundarb.cli import render
from fundarb.cli.forms import Format
from fundarb.domain.instants import iso

if TYPE_CHECKING:
    from collections.abc import Callable

    from fundarb.ports.journal import Event

COLUMNS = ("t", "event", "portfolio", "pair", "reason", "data")
_CYCLE = ("equity", "cash", "positions")  # what is told of all that a cycle remembers


def event_document(event: Event) -> dict[str, Any]:
    """`{"t", "event", "portfolio", "pair", "reason", …}`, the figures of the event beside them."""
    data: dict[str, Any] = json.loads(event.data) if event.data else {}
    if event.name == "cycle":
        refused = data["tally"][3]
        data = {"boundary": iso(data["boundary"]), **{name: data[name] for name in _CYCLE}, "refused": refused}
    head = {"t": iso(event.at_ms), "event": event.name, "portfolio": event.portfolio, "pair": event.pair}
    return {**head, "reason": event.reason, **data}


@contextmanager
def event_lines(form: Format) -> Iterator[Callable[[Event], None]]:
    """Writes each event it is handed."""
    count = 0

    def write(event: Event) -> None:
        nonlocal count
        document = event_document(event)
        match form:
            case Format.JSONL:
                render.write_line(_json(document))
            case Format.JSON:
                render.write_line(f"{',' if count else '['}{_json(document)}")
            case Format.CSV:
                render.write_line(_csv(document))
            case Format.TABLE:
                render.write_line(_words(document))
        count += 1

    if form is Format.CSV:
        render.write_line(",".join(COLUMNS))
    try:
        yield write
    finally:
        if form is Format.JSON:
            render.write_line("]" if count else "[]")


def _json(document: object) -> str:
    return json.dumps(document, ensure_ascii=False, allow_nan=False)


def _csv(document: dict[str, Any]) -> str:
    """The head of an event in columns, its figures as JSON in the last."""
    import csv
    import io

    head, rest = COLUMNS[:-1], {name: value for name, value in document.items() if name not in COLUMNS}
    page = io.StringIO()
    csv.writer(page, lineterminator="").writerow([*(document[name] or "" for name in head), _json(rest)])
    return page.getvalue()


def _words(document: dict[str, Any]) -> str:
    """A line for a person: when, what, where, why, and the figures."""
    rest = {name: value for name, value in document.items() if name not in COLUMNS}
    head = [document[name] for name in COLUMNS[:-1] if document[name]]
    return "  ".join(
        [*head, *(f"{name} {_plain(value)}" for name, value in rest.items() if value not in ({}, [], None))]
    )


def _plain(value: Any) -> str:
    """A figure, or several, without the marks of JSON."""
    if isinstance(value, dict):
        return " ".join(f"{name} {_plain(one)}" for name, one in value.items())
    return ", ".join(map(str, value)) if isinstance(value, list) else str(value)

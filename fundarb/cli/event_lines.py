"""Events as they happen, one line each, in the form asked for; JSON is one list, closed at the end."""

from __future__ import annotations

import json
from collections.abc import Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

from fundarb.cli import render
from fundarb.cli.forms import Format

if TYPE_CHECKING:
    from collections.abc import Callable

    from fundarb.ports.journal import Event

COLUMNS = ("t", "event", "portfolio", "pair", "reason", "data")


@contextmanager
def event_lines(form: Format) -> Iterator[Callable[[Event], None]]:
    """Writes each event it is handed."""
    from fundarb.reporting.event_words import event_document

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

    from fundarb.reporting.event_words import figures_of

    page = io.StringIO()
    head = [document[name] or "" for name in COLUMNS[:-1]]
    csv.writer(page, lineterminator="").writerow([*head, _json(figures_of(document))])
    return page.getvalue()


def _words(document: dict[str, Any]) -> str:
    """A line for a person: when, what, where, why, and the figures."""
    from fundarb.reporting.event_words import plain_words

    return "  ".join(part for part in (*(document[name] for name in COLUMNS[:-1]), plain_words(document)) if part)

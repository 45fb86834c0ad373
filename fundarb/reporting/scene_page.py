"""A scene as lines for a screen of a given size: each section gets the rows it needs while there are any, each says when
it shows less than there is. No line is wider than the screen, and there are no more of them than it has rows."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Literal, NamedTuple

from fundarb.ports.journal import Event
from fundarb.reporting.event_words import event_document, sentence
from fundarb.reporting.scene import Scene
from fundarb.reporting.scene_tables import Cells, chances_table, positions_table
from fundarb.reporting.scene_words import alarms, clock, headline, health_line, portfolio_lines

LEAST_WIDTH, LEAST_HEIGHT = 60, 20  # below that lines serve better
LEAST_EVENTS, LEAST_CHANCES = 5, 3
FURNITURE = 8  # rows of blanks, titles and column heads
Look = Literal["title", "head", "alarm", "enter", "leave", "plain"]


class Line(NamedTuple):
    """Text and what kind of line it is; the kind only adds to what the words say."""

    text: str
    look: Look = "plain"


def scene_page(scene: Scene, told: Sequence[Event | str], width: int, height: int) -> list[Line]:
    """The whole screen; `told` are events and words of the log, oldest first."""
    lines = [Line(headline(scene), "title")]
    lines += [Line(words, "alarm") for words in alarms(scene.health)]
    lines.append(Line(health_line(scene.health)))
    lines += [Line(words) for one in scene.portfolios for words in portfolio_lines(one, width)]
    if scene.portfolios:
        lines += _tables(scene, width, height - len(lines))
    else:
        lines.append(Line("bringing the store up to date and looking at the venue …"))
    left = height - len(lines) - 2
    if left > 0:
        newest = _events(told[-left:], several=len(scene.portfolios) > 1)
        lines += [Line(""), Line("Events", "title"), *newest]
    return [Line(_printable(line.text)[:width], line.look) for line in lines[:height]]


def _printable(text: str) -> str:
    """Whatever a venue or a log says, nothing moves the cursor."""
    return text if text.isprintable() else "".join(sign if sign.isprintable() else " " for sign in text)


def shares(positions: int, chances: int, room: int) -> tuple[int, int]:
    """How many rows of each there is room for: events keep their least, then positions come first."""
    open_rows = max(room - LEAST_EVENTS, 0)
    held = min(positions, max(open_rows - min(chances, LEAST_CHANCES), (open_rows + 1) // 2))
    return held, min(chances, max(open_rows - held, 0))


def _tables(scene: Scene, width: int, height: int) -> list[Line]:
    count = sum(len(one.positions) for one in scene.portfolios)
    held, offered = shares(max(count, 1), len(scene.chances), height - FURNITURE)
    positions, chances = positions_table(scene, width, held), chances_table(scene, width, offered)
    first = scene.portfolios[0]
    return [
        Line(""),
        Line(_title("Positions", held, count), "title"),
        *(_grid(positions) if count else [Line("nothing is held")]),
        Line(""),
        Line(_title(f"Opportunities as {first.mode} sees them", offered, scene.offered), "title"),
        *_grid(chances),
    ]


def _title(name: str, shown: int, count: int) -> str:
    return f"{name} ({count})" if shown >= count else f"{name} ({shown} of {count})"


def _grid(cells: Cells) -> list[Line]:
    """Column heads and rows, columns as wide as their widest cell."""
    widths = cells.widths
    head = Line(_row(cells, widths, cells.columns), "head")
    return [head, *(Line(_row(cells, widths, row), _look(cells.columns, row)) for row in cells.rows)]


def _row(cells: Cells, widths: Sequence[int], row: Sequence[str]) -> str:
    texts = (
        cell.ljust(width) if name in cells.left else cell.rjust(width)
        for name, cell, width in zip(cells.columns, row, widths, strict=True)
    )
    return (" " * cells.gap).join(texts).rstrip()


def _look(columns: Sequence[str], row: Sequence[str]) -> Look:
    does = row[columns.index("does")] if "does" in columns else ""
    return "enter" if does == "enter" else "leave" if does == "leave" else "plain"


def _events(told: Sequence[Event | str], *, several: bool) -> list[Line]:
    return [Line(one) if isinstance(one, str) else Line(_event(one, several=several)) for one in told]


def _event(event: Event, *, several: bool) -> str:
    of = f"{event.portfolio}  " if several and event.portfolio else ""
    return f"{clock(event.at_ms, seconds=True)}  {event.name:<10}  {of}{sentence(event_document(event))}".rstrip()

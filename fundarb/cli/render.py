"""The only writer to stdout: an answer as a table, CSV, JSON or JSON lines.

Money, prices, rates and quantities are text, counts and statistics numbers, times ISO UTC. A reader that hangs up
(`| head`) is nobody's failure: what it did not want is dropped, and the command keeps its own exit code.
"""

from __future__ import annotations

import json
import os
import sys
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import TYPE_CHECKING, TextIO

from fundarb.cli.forms import Format
from fundarb.errors import StorageError

if TYPE_CHECKING:
    from rich.console import Console

Cell = str | int | float | bool | Decimal | None
_UNPIPED_WIDTH = 10_000


@dataclass(frozen=True, slots=True)
class Answer:
    """What a command found: rows under stable column names, and the JSON around them where it is more than a list."""

    columns: Sequence[str]
    rows: Sequence[Mapping[str, Cell]]
    document: Mapping[str, object] | None = None
    elements: Sequence[object] | None = None
    empty: str = "nothing"


def show(answer: Answer, form: Format | None, *, color: bool) -> None:
    """Write an answer in the form asked for; without one, a table on a terminal and CSV elsewhere."""
    match form or default_format():
        case Format.TABLE:
            _show_table(answer, color=color)
        case Format.CSV:
            _write(_csv_text(answer))
        case Format.JSON:
            whole = answer.document if answer.document is not None else _plain_rows(answer)
            _write(json.dumps(whole, indent=2, ensure_ascii=False, allow_nan=False, default=_plain) + "\n")
        case Format.JSONL:
            _write("".join(_json_lines(answer)))


def drawable() -> bool:
    """Whether stdout is a terminal on which a picture can be drawn: one that moves its cursor and knows the signs."""
    if sys.stdout is None or not sys.stdout.isatty() or os.environ.get("TERM", "dumb") in ("", "dumb", "unknown"):
        return False
    return (sys.stdout.encoding or "").lower().replace("-", "") == "utf8"


def canvas(*, color: bool) -> Console:
    """Stdout to draw on."""
    from rich.console import Console

    return Console(no_color=not color, highlight=False, markup=False, emoji=False)


def default_format() -> Format:
    """Table on a terminal, CSV where something else reads."""
    return Format.TABLE if sys.stdout is not None and sys.stdout.isatty() else Format.CSV


def write_line(text: str) -> None:
    """One line as it stands."""
    _write(text + "\n")


def flush() -> None:
    """Hand over what is still buffered, so that a failure shows here and not in the interpreter's last breath."""
    if sys.stdout is not None and not sys.stdout.closed:
        _guarded(sys.stdout, "")


def _plain(value: object) -> object:
    """A cell as JSON has it: exact numbers as their canonical digits."""
    if isinstance(value, Decimal):
        from fundarb.domain.money import canonical

        return canonical(value)
    raise TypeError(f"an answer cannot hold {type(value).__name__}")


def _plain_rows(answer: Answer) -> list[dict[str, object]]:
    return [{name: row[name] for name in answer.columns} for row in answer.rows]


def _json_lines(answer: Answer) -> Iterator[str]:
    for element in answer.elements if answer.elements is not None else _plain_rows(answer):
        yield json.dumps(element, ensure_ascii=False, allow_nan=False, default=_plain) + "\n"


def _text(value: Cell) -> str:
    """A cell as CSV and tables have it."""
    if value is None:
        return ""
    if isinstance(value, bool):
        return "true" if value else "false"
    return str(_plain(value)) if isinstance(value, Decimal) else str(value)


def _csv_text(answer: Answer) -> str:
    import csv
    import io

    page = io.StringIO()
    writer = csv.writer(page, lineterminator="\n")
    writer.writerow(answer.columns)
    writer.writerows([_text(row[name]) for name in answer.columns] for row in answer.rows)
    return page.getvalue()


def _show_table(answer: Answer, *, color: bool) -> None:
    """Columns side by side, long cells folded, never cropped; as wide as it needs to be where no terminal limits it."""
    if not answer.rows:
        write_line(answer.empty)
        return
    from rich.console import Console

    with_terminal = sys.stdout is not None and sys.stdout.isatty()
    console = Console(
        color_system="auto" if color and with_terminal else None,
        width=None if with_terminal else _UNPIPED_WIDTH,
        highlight=False,
        markup=False,
        emoji=False,
    )
    with console.capture() as page:
        console.print(_table(answer))
    _write("".join(f"{line.rstrip()}\n" for line in page.get().splitlines()))


def _table(answer: Answer) -> object:
    from rich import box
    from rich.table import Table
    from rich.text import Text

    table = Table(box=box.SIMPLE_HEAD, show_edge=False, pad_edge=False, padding=(0, 1, 0, 0), header_style="bold")
    for name in answer.columns:
        numeric = all(row[name] is None or _is_number(row[name]) for row in answer.rows)
        table.add_column(Text(name), justify="right" if numeric else "left", overflow="fold")
    for row in answer.rows:
        table.add_row(*(Text(_text(row[name])) for name in answer.columns))
    return table


def _is_number(value: Cell) -> bool:
    return isinstance(value, int | float | Decimal) and not isinstance(value, bool)


def _write(text: str) -> None:
    if sys.stdout is None or sys.stdout.closed:
        raise StorageError("there is no standard output to write the answer to; do not close it (`>&-`)")
    encoding = sys.stdout.encoding or "utf-8"
    _guarded(sys.stdout, text.encode(encoding, "backslashreplace").decode(encoding))


def _guarded(stream: TextIO, text: str) -> None:
    """Write and flush; go quiet once the reader is gone, complain about a full disk."""
    try:
        stream.write(text)
        stream.flush()
    except BrokenPipeError:
        silence()
    except OSError as error:
        silence()
        raise StorageError(f"the answer could not be written to standard output: {error.strerror or error}") from error


def silence() -> None:
    """From now on stdout leads nowhere; what it still holds is not tried again at exit."""
    nowhere = os.open(os.devnull, os.O_WRONLY)
    os.dup2(nowhere, sys.stdout.fileno())
    os.close(nowhere)

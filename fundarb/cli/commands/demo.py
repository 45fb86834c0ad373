"""`demo`: the whole tour with nothing but this machine."""

from __future__ import annotations

import sys
import tempfile
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from importlib.util import find_spec
from pathlib import Path
from typing import Annotated

import typer

from fundarb.cli import render
from fundarb.cli.commands.files import require_target
from fundarb.cli.forms import Format
from fundarb.cli.invocation import Invocation, invocation
from fundarb.cli.render import Answer
from fundarb.cli.tour import walk
from fundarb.cli.touring import Tour
from fundarb.errors import StorageError, UsageError

Keep = Annotated[
    Path | None, typer.Option("--keep", metavar="DIR", help="Work in this new directory, and leave it to be looked at.")
]
Page = Annotated[
    Path,
    typer.Option(
        "--html", metavar="FILE", help="Where the page with pictures is left (extra plots); replaced if it is there."
    ),
]


async def run(ctx: typer.Context, html: Page = Path("fundarb-demo.html"), keep: Keep = None) -> None:
    """Show the whole tool at work, without keys or network: a local exchange, data, research, trading on paper.

    Every command is shown as it is run, in a directory of its own that is gone afterwards unless --keep names it; a page
    with pictures of the backtest stays. The market is made up. With --format csv, json or jsonl the answer is what was
    left behind, and the tour is told on stderr.
    """
    call = invocation(ctx)
    require_target("--html", html)
    drawn = find_spec("plotly") is not None
    with _directory(keep) as directory:
        await walk(_tour(call, directory), _for_people(call), html.absolute() if drawn else None)
    _conclude(call, [*([html] if drawn else []), *([] if keep is None else [keep])])


def _tour(call: Invocation, directory: Path) -> Tour:
    """On stdout, unless that is for the answer."""
    if _answers_apart(call):
        return Tour(directory, call.note, sys.stderr.fileno())
    render.write_line("A tour on a made-up market: figures show how things work, never what they earn.")
    render.write_line(f"Everything happens in {directory}.")
    return Tour(directory, render.write_line, None)


def _answers_apart(call: Invocation) -> bool:
    return call.given.format not in (None, Format.TABLE)


def _for_people(call: Invocation) -> str:
    """What makes the commands answer in tables where no terminal does."""
    stream = sys.stderr if _answers_apart(call) else sys.stdout
    return "" if stream.isatty() else " --format table"


@contextmanager
def _directory(keep: Path | None) -> Iterator[Path]:
    """The directory to work in: a new one that stays, or one that is gone afterwards."""
    if keep is None:
        with tempfile.TemporaryDirectory(prefix="fundarb-demo-") as name:
            yield Path(name)
        return
    try:
        keep.mkdir(parents=True)
    except FileExistsError:
        raise UsageError(f"--keep {keep}: it is there already; name a directory that is not") from None
    except OSError as error:
        raise StorageError(f"--keep {keep}: {error.strerror}; choose a place you may write to") from None
    yield keep.resolve()


def _conclude(call: Invocation, left: Sequence[Path]) -> None:
    """Say what is left behind."""
    written = [str(path) for path in left]
    if _answers_apart(call):
        rows = [{"written": path} for path in written]
        call.answer(Answer(("written",), rows, document={"written": written}, elements=written))
    else:
        words = f"to be looked at: {', '.join(written)}" if written else "nothing is left behind"
        render.write_line(f"\nDone; {words}.")

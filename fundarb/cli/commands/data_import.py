"""`data import`: CSV files into the store, all or nothing."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from fundarb.cli.commands.files import Files, candles_option, funding_option, instruments_option
from fundarb.cli.invocation import invocation
from fundarb.cli.progress import Progress
from fundarb.cli.render import Answer, Cell

if TYPE_CHECKING:
    from fundarb.ports.market import Written

COLUMNS = ("file", "rows", "new", "same", "replaced")


async def run(
    ctx: typer.Context,
    instruments: Annotated[Path | None, instruments_option("to read")] = None,
    funding: Annotated[Path | None, funding_option("to read")] = None,
    candles: Annotated[Path | None, candles_option("to read")] = None,
    replace: Annotated[
        bool, typer.Option("--replace", help="A value that differs from the stored one replaces it, and is no error.")
    ] = False,
) -> None:
    """Bring CSV files in, all or nothing.

    Any subset of the three; each may be .gz. Rows may come in any order, and the same rows again change nothing. A bad
    row is an error naming file and line, and then nothing of any file is stored. A database that is not there is made.
    """
    from fundarb.bootstrap.data import import_market
    from fundarb.bootstrap.venue import clock_ms

    call = invocation(ctx)
    files = Files(instruments, funding, candles)
    files.require_readable("import", call.database)
    seen_ms = await clock_ms(call.resolve().settings, call.note)
    with Progress(shown=not call.quiet) as progress:
        written = await import_market(
            call.database, files.by_kind(), replace=replace, seen_ms=seen_ms, progress=progress
        )
    call.answer(Answer(COLUMNS, [_row(path, written[kind]) for kind, path in files.by_kind().items()]))


def _row(path: Path, written: Written) -> dict[str, Cell]:
    return {
        "file": str(path),
        "rows": written.new + written.same + written.conflicting,
        "new": written.new,
        "same": written.same,
        "replaced": written.conflicting,
    }

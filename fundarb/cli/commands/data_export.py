"""`data export`: the store as CSV files in the import layout."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from fundarb.cli.commands.files import Files, candles_option, funding_option, instruments_option
from fundarb.cli.invocation import invocation
from fundarb.cli.progress import Progress
from fundarb.cli.render import Answer

COLUMNS = ("file", "rows")


async def run(
    ctx: typer.Context,
    pairs: Annotated[list[str] | None, typer.Argument(metavar="PAIRS", help="Only these; without, all.")] = None,
    instruments: Annotated[Path | None, instruments_option("to write")] = None,
    funding: Annotated[Path | None, funding_option("to write")] = None,
    candles: Annotated[Path | None, candles_option("to write")] = None,
) -> None:
    """Write what is stored to CSV files that `data import` reads.

    Any subset of the three; a name ending in .gz is compressed. Numbers are written in canonical digits: plain, no
    exponent, no trailing zeros.
    """
    from fundarb.bootstrap.data import export_market

    call = invocation(ctx)
    files = Files(instruments, funding, candles)
    files.require_writable("export", call.database)
    call.resolve()
    with Progress(shown=not call.quiet) as progress:
        rows = await export_market(call.database, files.by_kind(), names=pairs or (), progress=progress)
    call.answer(Answer(COLUMNS, [{"file": str(path), "rows": rows[kind]} for kind, path in files.by_kind().items()]))

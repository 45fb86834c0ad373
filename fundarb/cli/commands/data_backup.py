"""`data backup`: a whole copy of the database, taken while others use it."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from fundarb.cli.invocation import invocation
from fundarb.cli.render import Answer, Cell

COLUMNS = ("database", "backup", "bytes")


async def run(
    ctx: typer.Context,
    file: Annotated[
        Path | None,
        typer.Argument(metavar="FILE", help="Where to; without, beside the database under the time of the copy."),
    ] = None,
) -> None:
    """Copy the database while it is in use.

    The copy is complete and consistent, readable by its owner only, and appears when it is whole. A file that is there
    already is not overwritten.
    """
    from fundarb.bootstrap.data import back_up

    call = invocation(ctx)
    call.resolve()
    target = await back_up(call.database, file)
    row: dict[str, Cell] = {"database": str(call.database), "backup": str(target), "bytes": target.stat().st_size}
    call.answer(Answer(COLUMNS, [row]))

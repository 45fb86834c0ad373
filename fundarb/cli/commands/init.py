"""`init`: commented files to start from, in the directory where it is run."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from fundarb.cli.invocation import invocation
from fundarb.cli.render import Answer


async def run(
    ctx: typer.Context,
    force: Annotated[bool, typer.Option("--force", help="Overwrite files that are there.")] = False,
) -> None:
    """Write commented configuration files to start from.

    configs/default.yaml holds every parameter with its packaged default, configs/grid.yaml a grid of
    parameters, .env.example the names of the keys. It asks nothing, and overwrites nothing without --force.
    """
    from fundarb.config.templates import write_starter

    written = [str(path) for path in write_starter(Path(), force)]
    rows = [{"written": path} for path in written]
    invocation(ctx).answer(Answer(("written",), rows, document={"written": written}, elements=written))

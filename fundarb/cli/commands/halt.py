"""`halt`: stop entries, from another shell, at once."""

from __future__ import annotations

from typing import Annotated

import typer

from fundarb.cli.halt_answers import halt_answer
from fundarb.cli.invocation import invocation

Pairs = Annotated[list[str] | None, typer.Argument(metavar="PAIRS", help="Only these; without, all pairs.")]
Reason = Annotated[str, typer.Option("--reason", metavar="WORDS", help="Why, for whoever reads it later.")]


async def run(ctx: typer.Context, pairs: Pairs = None, reason: Reason = "by hand") -> None:
    """Stop entries of all pairs, or of these, until `fundarb resume`; what is open stays and may be left as always.

    A running `trade` heeds it at its next look; a halt outlives it.
    """
    from fundarb.bootstrap.halting import halt

    call = invocation(ctx)
    call.answer(halt_answer(await halt(call.database, pairs or [], reason)))

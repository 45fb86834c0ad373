"""`resume`: let entries through again."""

from __future__ import annotations

from typing import Annotated

import typer

from fundarb.cli.halt_answers import halt_answer
from fundarb.cli.invocation import invocation

Pairs = Annotated[list[str] | None, typer.Argument(metavar="PAIRS", help="Only these; without, all pairs.")]


async def run(ctx: typer.Context, pairs: Pairs = None) -> None:
    """Let entries through again that `fundarb halt`, or a stop of its own, has halted.

    While anything differs between journal and venue nothing is changed, exit code 6; live is asked at the venue where
    there are keys, else what its trader last said counts. What `halt --flatten` asked and nobody did is taken back.
    """
    from fundarb.bootstrap.halting import resume

    call = invocation(ctx)
    call.answer(halt_answer(await resume(call.database, pairs or [], call.resolve(), call.keys)))

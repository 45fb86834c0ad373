"""`halt`: stop entries, from another shell, at once; and close what is open, whoever trades."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated

import typer

from fundarb.cli.halt_answers import halt_answer
from fundarb.cli.invocation import Invocation, invocation
from fundarb.errors import RiskHalt

if TYPE_CHECKING:
    from collections.abc import Sequence

Pairs = Annotated[list[str] | None, typer.Argument(metavar="PAIRS", help="Only these; without, all pairs.")]
Reason = Annotated[str, typer.Option("--reason", metavar="WORDS", help="Why, for whoever reads it later.")]
Flatten = Annotated[
    bool, typer.Option("--flatten", help="Close these pairs, too, with the trader alive, dead or hung.")
]


async def run(ctx: typer.Context, pairs: Pairs = None, flatten: Flatten = False, reason: Reason = "by hand") -> int:
    """Stop entries of all pairs, or of these, until `fundarb resume`; what is open stays and may be left as always.

    A running `trade` heeds it at its next look; a halt outlives it. --flatten asks it to close, too. Where none runs this
    command does it under the lock (live needs keys); one that does nothing for three polls (at most a minute) is ended
    first, by TERM and after 10 s by KILL. Bounds on slippage widen from 0.3 over 1 and 2 to 4 percent, each step told;
    exit code 6 if anything is left.
    """
    from fundarb.bootstrap.halting import halt

    call = invocation(ctx)
    if flatten:
        return await _flatten(call, pairs or [], reason)
    call.answer(halt_answer(await halt(call.database, pairs or [], reason)))
    return 0


async def _flatten(call: Invocation, pairs: Sequence[str], reason: str) -> int:
    from fundarb.bootstrap.flattening import Means, halt_and_flatten

    means = Means(call.database, call.resolve(), call.require_keys, call.note)
    found = await halt_and_flatten(means, pairs, reason)
    call.answer(halt_answer(found.halted))
    for words in found.left:
        call.note(words)
    return RiskHalt.exit_code if found.left else 0

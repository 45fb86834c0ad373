"""`config check`: is the configuration valid, and what about it deserves a second look."""

from __future__ import annotations

import typer

from fundarb.cli.invocation import invocation
from fundarb.cli.render import Answer


async def run(ctx: typer.Context) -> None:
    """Check the configuration and say everything that is wrong with it.

    Each problem is a line on stderr, `file:line: path: what is wrong, what is allowed`, and the exit code 78. What is
    allowed but deserves a second look is a warning and changes no exit code.
    """
    call = invocation(ctx)
    resolved = call.resolve()
    call.warn(resolved)
    verdict = {"ok": True, "parameters": len(resolved.rows()), "warnings": len(resolved.warnings)}
    call.answer(Answer(tuple(verdict), [verdict], document=verdict))

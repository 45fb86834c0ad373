"""`config show`: every parameter, its value and the place it came from; secrets blanked."""

from __future__ import annotations

import typer

from fundarb.cli.invocation import invocation
from fundarb.cli.render import Answer


async def run(ctx: typer.Context) -> None:
    """Show every parameter with its value and where it comes from.

    The order, later wins: packaged defaults, files, FUNDARB__A__B in the environment, --set. Secrets are blanked.
    Warnings go to stderr.
    """
    call = invocation(ctx)
    resolved = call.resolve()
    call.warn(resolved)
    rows = [{"path": path, "value": value, "origin": origin} for path, value, origin in resolved.rows()]
    call.answer(Answer(("path", "value", "origin"), rows))

"""`data migrate`: bring an older database to this program's schema, after a backup."""

from __future__ import annotations

import typer

from fundarb.cli.invocation import invocation
from fundarb.cli.render import Answer, Cell

COLUMNS = ("database", "schema_before", "schema", "backup")


async def run(ctx: typer.Context) -> None:
    """Back up an older database and bring it to the present schema.

    Nothing else may use the database meanwhile. A database that is up to date is left as it is.
    """
    from fundarb.bootstrap.data import migrate

    call = invocation(ctx)
    call.resolve()
    done = await migrate(call.database)
    row: dict[str, Cell] = {
        "database": str(call.database),
        "schema_before": done.before,
        "schema": done.after,
        "backup": str(done.backup) if done.backup else None,
    }
    call.answer(Answer(COLUMNS, [row]))

"""`doctor`: what stands in the way, before anything is traded."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated

import typer

from fundarb.cli.invocation import Invocation, invocation
from fundarb.cli.render import Answer, Cell
from fundarb.errors import UsageError

if TYPE_CHECKING:
    from fundarb.engine.checks.finding import Finding

COLUMNS = ("check", "ok", "detail", "next")
Alive = Annotated[
    str | None,
    typer.Option(
        "--alive", metavar="AGE", help="Only whether a trader gave a sign of life within so long, as in 120s."
    ),
]


async def run(ctx: typer.Context, alive: Alive = None) -> int:
    """Look at everything trading rests on: versions, configuration, disk, database, locks, the trader, keys, the venue.

    With keys also what they may do (a key that may withdraw is refused) and when they end, margin mode, position mode and
    fees. ok is empty where something could not be asked; the exit code is that of the first failure's kind. --alive is
    for a watchdog: exit code 3 if the last heartbeat is older, or there is none.
    """
    from fundarb.bootstrap.doctor import Patient, examine
    from fundarb.engine.checks.finding import exit_code

    call = invocation(ctx)
    if alive is not None:
        findings = [await _alive(call, alive)]
    else:
        findings = await examine(Patient(call.database, call.resolve, call.keys))
    call.answer(Answer(COLUMNS, [_row(found) for found in findings]))
    return exit_code(findings)


async def _alive(call: Invocation, age: str) -> Finding:
    from fundarb.bootstrap.doctor import alive

    return await alive(call.database, call.resolve().settings, _age_ms(age), call.note)


def _age_ms(text: str) -> int:
    """A time to be silent for."""
    from fundarb.domain.instants import parse_duration

    try:
        found = parse_duration(text)
    except (ValueError, OverflowError):
        found = 0
    if found <= 0:
        raise UsageError(f"--alive {text}: write how old the last sign of life may be, such as 120s, 5m or 1h")
    return found


def _row(found: Finding) -> dict[str, Cell]:
    return {"check": found.check, "ok": found.ok, "detail": found.detail, "next": found.next}

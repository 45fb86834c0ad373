"""`fetch`: bring the store up to date with the venue, or check it against the venue."""

from __future__ import annotations

import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import TYPE_CHECKING, Annotated

import typer

from fundarb.cli.fetch_answers import show_check, show_fetch
from fundarb.cli.invocation import Invocation, invocation
from fundarb.cli.progress import Progress
from fundarb.cli.redaction import redact_text
from fundarb.errors import UsageError

if TYPE_CHECKING:
    from fundarb.bootstrap.fetch import Asked
    from fundarb.config import Resolved
    from fundarb.ports.notifier import Notifier

Pairs = Annotated[
    list[str] | None,
    typer.Argument(
        metavar="PAIRS", help="Only these; without, those stored, at first the 30 busiest with a spot market."
    ),
]
Days = Annotated[
    int | None, typer.Option(min=1, max=3650, metavar="N", help="From so many days back. Default at first: 90.")
]
Since = Annotated[str | None, typer.Option(metavar="TIME", help="From here on.")]
Until = Annotated[str | None, typer.Option(metavar="TIME", help="Up to here. Default: now.")]
Top = Annotated[int | None, typer.Option(min=1, metavar="N", help="The N pairs of highest turnover, as the universe.")]
Everything = Annotated[
    bool, typer.Option("--all", help="Every pair with a spot market, dead ones too, as the universe.")
]
Kinds = Annotated[
    str | None,
    typer.Option(
        metavar="KINDS", help="Of funding, candles (spot and perp), spot, perp, mark, open-interest, snapshot."
    ),
]
Interval = Annotated[str | None, typer.Option(metavar="DURATION", help="Length of the candles. Default: 1h.")]
Check = Annotated[
    bool, typer.Option("--check", help="Compare a sample of what is stored with the venue; change nothing.")
]
Repair = Annotated[bool, typer.Option("--repair", help="As --check, and take the venue's value where they differ.")]
Strict = Annotated[bool, typer.Option("--strict", help="Exit code 3 for confirmed holes, too.")]


async def run(
    ctx: typer.Context,
    pairs: Pairs = None,
    days: Days = None,
    since: Since = None,
    until: Until = None,
    top: Top = None,
    everything: Everything = False,
    kinds: Kinds = None,
    interval: Interval = None,
    check: Check = False,
    repair: Repair = False,
    strict: Strict = False,
) -> int:
    """Bring the store up to date with the venue: only what is missing, older (--since, --days) and newer.

    Each finished page is stored, so that a run that was stopped goes on where it was. Exit code 3 where holes remain; a
    hole that the venue left empty twice, an hour apart, is confirmed and by itself no reason for 3. 4 where the venue
    cannot be reached, 5 where another process holds the lock.
    """
    from fundarb.bootstrap.fetch import Asked

    call = invocation(ctx)
    asked = Asked(tuple(pairs or ()), top, everything, since, until, days)
    _require_one_way(asked, check=check or repair)
    options = {"--days": None if days is None else str(days), "--interval": interval, "--kinds": kinds}
    resolved = call.resolve(options)
    call.warn(resolved)
    async with _failures_told(resolved) as notifier:
        if check or repair:
            return await _check(call, resolved, asked, repair=repair)
        code = await _fetch(call, resolved, asked, strict=strict)
        if code:
            notifier.tell("fetch_failed", "holes remain; `fundarb data gaps` lists them")
        return code


async def _fetch(call: Invocation, resolved: Resolved, asked: Asked, *, strict: bool) -> int:
    from fundarb.bootstrap.fetch import Telling, fetch

    began = time.monotonic()
    with Progress(shown=not call.quiet) as progress:
        report, now_ms = await fetch(call.database, resolved, asked, Telling(call.note, progress))
    return show_fetch(call, report, now_ms, time.monotonic() - began, strict=strict)


async def _check(call: Invocation, resolved: Resolved, asked: Asked, *, repair: bool) -> int:
    from fundarb.bootstrap.fetch import Telling, check

    began = time.monotonic()
    with Progress(shown=not call.quiet) as progress:
        report, seed = await check(call.database, resolved, asked, Telling(call.note, progress), repair=repair)
    return show_check(call, report, seed, time.monotonic() - began)


@asynccontextmanager
async def _failures_told(resolved: Resolved) -> AsyncIterator[Notifier]:
    """Whatever the block fails with is told to whom the configuration names, and goes on."""
    from fundarb.bootstrap.notify import open_notifier

    async with open_notifier(resolved.settings, redact_text) as notifier:
        try:
            yield notifier
        except UsageError:
            raise
        except Exception as error:
            notifier.tell("fetch_failed", str(error) or type(error).__name__)
            raise


def _require_one_way(asked: Asked, *, check: bool) -> None:
    """Refuse options that contradict each other."""
    chosen = [
        name for name, given in (("PAIRS", asked.names), ("--top", asked.top), ("--all", asked.everything)) if given
    ]
    if len(chosen) > 1:
        raise UsageError(f"{' and '.join(chosen)} both say which pairs; give one of them")
    if asked.days is not None and asked.since is not None:
        raise UsageError("--days and --since both say where the range begins; give one of them")
    if check and (asked.top is not None or asked.everything):
        raise UsageError("--check and --repair look at what is stored; name PAIRS, or leave out --top and --all")

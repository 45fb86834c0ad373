"""`sandbox`: a local exchange that speaks Bybit v5 over HTTP."""

from __future__ import annotations

from decimal import Decimal
from enum import StrEnum
from pathlib import Path
from typing import Annotated

import typer

from fundarb.cli import render
from fundarb.cli.invocation import invocation
from fundarb.cli.redaction import hide
from fundarb.errors import UsageError

FASTEST = 1_000_000
_SLOWEST = Decimal("0.001")


class Kept(StrEnum):
    """Which end of an overflowing kline window survives."""

    NEWEST = "newest"
    OLDEST = "oldest"


async def run(
    ctx: typer.Context,
    host: Annotated[str, typer.Option(metavar="ADDRESS", help="A loopback address, and no other.")] = "127.0.0.1",
    port: Annotated[int, typer.Option(min=0, max=65535, metavar="PORT", help="0 for any that is free.")] = 0,
    speed: Annotated[
        str, typer.Option(metavar="N|step", help="Times the wall clock, or moved by its clients only.")
    ] = "1",
    start: Annotated[
        str | None, typer.Option(metavar="T", help="Venue time at the start. Default: the wall clock's.")
    ] = None,
    seed: Annotated[int, typer.Option(min=0, metavar="N", help="Of the made-up market and of chance in faults.")] = 1,
    pairs: Annotated[int, typer.Option(min=1, max=1000, metavar="N", help="Pairs of the made-up market.")] = 100,
    from_db: Annotated[
        bool, typer.Option("--from-db", help="Replay what the database of --db holds instead of a made-up market.")
    ] = False,
    faults: Annotated[Path | None, typer.Option(metavar="FILE", help="Faults to inject: a YAML or JSON list.")] = None,
    state: Annotated[
        Path | None, typer.Option(metavar="FILE", help="Keep time, account and faults here, and go on from it.")
    ] = None,
    api_key: Annotated[str, typer.Option(metavar="KEY", help="The one key it knows.")] = "sandbox-key",
    api_secret: Annotated[str, typer.Option(metavar="SECRET", help="The secret of that key.")] = "sandbox-secret",  # noqa: S107 (of a local exchange, and meant to be known)
    read_only: Annotated[
        bool, typer.Option("--read-only", help="The key may ask for its account and change nothing.")
    ] = False,
    limit: Annotated[
        int, typer.Option(min=0, metavar="N", help="Requests of one address in 5 s before a ban; 0 for no limit.")
    ] = 600,
    ban: Annotated[str, typer.Option(metavar="DURATION", help="How long a ban lasts.")] = "10m",
    kline_truncation: Annotated[
        Kept, typer.Option(help="Which candles are kept where start and end hold more than the limit.")
    ] = Kept.NEWEST,
) -> None:
    """Serve a local exchange that speaks Bybit v5 over HTTP, for rehearsal and tests.

    Prints its URL and serves until it is stopped; `--set venue.url=URL` points any command at it. The same seed gives
    the same market. Signature windows, rate limits and injected waits count wall time. At --speed step, POST
    /sandbox/clock {"to": MILLISECONDS} moves the clock. POST /sandbox/faults replaces the faults, GET tells how often
    each fired; GET /sandbox/requests counts what was asked. A fault is a mapping such as {path: "/v5/order/*", fault:
    timeout, where: after, count: 1}.
    """
    times, ban_ms = _speed(speed), _ban_ms(ban)
    from fundarb.bootstrap.sandbox import SandboxOptions, open_sandbox
    from fundarb.sandbox.limits import Limits
    from fundarb.sandbox.signing import Key

    hide(api_secret)
    call = invocation(ctx)
    options = SandboxOptions(
        host=host,
        port=port,
        speed=times,
        start=start,
        seed=seed,
        pairs=pairs,
        from_db=from_db,
        faults=faults,
        state=state,
        truncation=kline_truncation.value,
        limits=Limits(requests=limit or None, ban_ms=ban_ms),
        key=Key(api_key, api_secret, read_only=read_only),
    )
    async with open_sandbox(options, call.database, call.note) as url:
        render.write_line(url)
        await _for_ever()


async def _for_ever() -> None:
    """Until the command is stopped, which cancels this."""
    import asyncio

    await asyncio.get_running_loop().create_future()


def _speed(text: str) -> Decimal | None:
    """Times the wall clock; None is stepped."""
    from fundarb.domain.money import parse

    if text == "step":
        return None
    choices = f"write `step`, or a number from {_SLOWEST} to {FASTEST}"
    try:
        speed = parse(text)
    except ValueError as error:
        raise UsageError(f"--speed: {error}; {choices}") from None
    if not _SLOWEST <= speed <= FASTEST:
        raise UsageError(f"--speed {text} is out of bounds; {choices}")
    return speed


def _ban_ms(text: str) -> int:
    from fundarb.domain.instants import parse_duration

    try:
        return parse_duration(text)
    except ValueError as error:
        raise UsageError(f"--ban: {error}") from None

"""`sandbox`: a local exchange that speaks Bybit v5 over HTTP."""

from __future__ import annotations

from decimal import Decimal
from enum import StrEnum
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from fundarb.cli import render
from fundarb.cli.invocation import Invocation, invocation
from fundarb.cli.redaction import hide
from fundarb.errors import UsageError

if TYPE_CHECKING:
    from fundarb.bootstrap.sandbox import SandboxOptions
    from fundarb.sandbox.limits import Limits
    from fundarb.sandbox.signing import Key

FASTEST = 1_000_000
_SLOWEST = Decimal("0.001")


class Kept(StrEnum):
    """Which end of an overflowing kline window survives."""

    NEWEST = "newest"
    OLDEST = "oldest"


Host = Annotated[str, typer.Option(metavar="ADDRESS", help="A loopback address, and no other.")]
Port = Annotated[int, typer.Option(min=0, max=65535, metavar="PORT", help="0 for any that is free.")]
Speed = Annotated[str, typer.Option(metavar="N|step", help="Times the wall clock, or moved by its clients only.")]
Start = Annotated[str | None, typer.Option(metavar="T", help="Venue time at the start. Default: the wall clock's.")]
Seed = Annotated[int, typer.Option(min=0, metavar="N", help="Of the made-up market and of chance in faults.")]
Pairs = Annotated[int, typer.Option(min=1, max=1000, metavar="N", help="Pairs of the made-up market.")]
FromDb = Annotated[
    bool, typer.Option("--from-db", help="Replay what the database of --db holds instead of a made-up market.")
]
Faults = Annotated[Path | None, typer.Option(metavar="FILE", help="Faults to inject: a YAML or JSON list.")]
State = Annotated[
    Path | None, typer.Option(metavar="FILE", help="Keep time, account and faults here, and go on from it.")
]
ApiKey = Annotated[str, typer.Option(metavar="KEY", help="The one key it knows.")]
ApiSecret = Annotated[str, typer.Option(metavar="SECRET", help="The secret of that key.")]
ReadOnly = Annotated[bool, typer.Option("--read-only", help="The key may ask for its account and change nothing.")]
Limit = Annotated[
    int, typer.Option(min=0, metavar="N", help="Requests of one address in 5 s before a ban; 0 for no limit.")
]
Ban = Annotated[str, typer.Option(metavar="DURATION", help="How long a ban lasts.")]
Truncated = Annotated[Kept, typer.Option(help="Which candles are kept where start and end hold more than the limit.")]


async def run(
    ctx: typer.Context,
    host: Host = "127.0.0.1",
    port: Port = 0,
    speed: Speed = "1",
    start: Start = None,
    seed: Seed = 1,
    pairs: Pairs = 100,
    from_db: FromDb = False,
    faults: Faults = None,
    state: State = None,
    api_key: ApiKey = "sandbox-key",
    api_secret: ApiSecret = "sandbox-secret",  # noqa: S107 (of a local exchange, and meant to be known)
    read_only: ReadOnly = False,
    limit: Limit = 600,
    ban: Ban = "10m",
    kline_truncation: Truncated = Kept.NEWEST,
) -> None:
    """Serve a local exchange that speaks Bybit v5 over HTTP, for rehearsal and tests.

    Prints its URL and serves until it is stopped; `--set venue.url=URL` points any command at it. The same seed gives
    the same market. Signature windows, rate limits and injected waits count wall time. At --speed step, POST
    /sandbox/clock {"to": MILLISECONDS} moves the clock. POST /sandbox/faults replaces the faults, GET tells how often
    each fired; GET /sandbox/requests counts what was asked. A fault is a mapping such as {path: "/v5/order/*", fault:
    timeout, where: after, count: 1}.
    """
    times, limits, key = _speed(speed), _limits(limit, ban), _key(api_key, api_secret, read_only)
    from fundarb.bootstrap.sandbox import SandboxOptions

    options = SandboxOptions(
        host=host, port=port, speed=times, start=start, seed=seed, pairs=pairs, from_db=from_db, faults=faults,
        state=_named(state), truncation=kline_truncation.value, limits=limits, key=key,
    )  # fmt: skip
    await _serve(options, invocation(ctx))


async def _serve(options: SandboxOptions, call: Invocation) -> None:
    """Say where it is, and stay until the command is stopped, which cancels this."""
    import asyncio

    from fundarb.bootstrap.sandbox import open_sandbox

    async with open_sandbox(options, call.database, call.note) as url:
        render.write_line(url)
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


def _limits(requests: int, ban: str) -> Limits:
    """What one address may ask; 0 for as much as it likes."""
    from fundarb.domain.instants import parse_duration
    from fundarb.sandbox.limits import Limits

    try:
        return Limits(requests=requests or None, ban_ms=parse_duration(ban))
    except ValueError as error:
        raise UsageError(f"--ban: {error}") from None


def _key(name: str, secret: str, read_only: bool) -> Key:
    """The key it knows, whose secret is written nowhere."""
    from fundarb.sandbox.signing import Key

    if not name or not secret:
        raise UsageError("--api-key and --api-secret must not be empty; leave them out for the usual pair")
    hide(secret)
    return Key(name, secret, read_only=read_only)


def _named(state: Path | None) -> Path | None:
    """The state's file; an empty name is the directory one stands in."""
    if state == Path():
        raise UsageError("--state: name a file")
    return state

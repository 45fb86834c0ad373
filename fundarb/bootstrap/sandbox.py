"""A local exchange wired together: market, clock, account, faults and limits, and what it kept from its last run."""

from __future__ import annotations

import asyncio
import time
from collections.abc import AsyncIterator, Callable, Mapping
from contextlib import AsyncExitStack, asynccontextmanager, suppress
from dataclasses import dataclass, field
from decimal import Decimal
from pathlib import Path
from typing import Any

from fundarb.bootstrap.clocks import clock as wall_clock
from fundarb.bootstrap.stores import open_reader
from fundarb.domain.instants import iso
from fundarb.domain.when import parse_when
from fundarb.errors import DataError, UsageError
from fundarb.sandbox.account.account import Account
from fundarb.sandbox.account.routes import routes
from fundarb.sandbox.account.settings import AccountSettings
from fundarb.sandbox.clock import RunningClock, SteppedClock, VenueClock
from fundarb.sandbox.faults.book import FaultBook
from fundarb.sandbox.faults.reading import read_rules
from fundarb.sandbox.limits import Limits
from fundarb.sandbox.market.made import MadeMarket
from fundarb.sandbox.market.replayed import ReplayedMarket
from fundarb.sandbox.market.source import EPOCH_MS, HORIZON_MS, MarketSource
from fundarb.sandbox.public.kline import Truncation
from fundarb.sandbox.public.routes import public_routes
from fundarb.sandbox.routing import Routing
from fundarb.sandbox.server import Exchange, serving
from fundarb.sandbox.signing import Key
from fundarb.sandbox.state import Keeper, Saved, held, read_state
from fundarb.sandbox.warming import warmed


@dataclass(frozen=True, slots=True)
class SandboxOptions:
    """What `sandbox` is asked for; `speed` None is stepped, `start` None the wall clock, `pairs` counts made-up ones."""

    host: str = "127.0.0.1"
    port: int = 0
    speed: Decimal | None = Decimal(1)
    start: str | None = None
    seed: int = 1
    pairs: int = 100
    from_db: bool = False
    faults: Path | None = None
    state: Path | None = None
    truncation: Truncation = "newest"
    limits: Limits = field(default_factory=Limits)
    key: Key = field(default_factory=Key)


@asynccontextmanager
async def open_sandbox(options: SandboxOptions, database: Path, note: Callable[[str], None]) -> AsyncIterator[str]:
    """Serve a sandbox for the block; its URL."""
    async with AsyncExitStack() as stack:
        if options.state is not None:
            stack.enter_context(held(options.state))
        saved = read_state(options.state) if options.state is not None else None
        identity = _require_same(options, database, saved)
        clock = _clock(options, saved)
        market = await _market(options, database)
        account = _account(options, market, clock, saved)
        exchange = _exchange(options, clock, account, saved)
        if options.state is not None:
            keeper = Keeper(options.state, identity, clock, exchange.faults, account.dump, lambda: account.happened)
            await stack.enter_async_context(_kept(keeper, exchange))
        await stack.enter_async_context(_warming(market, clock, exchange))
        url = await stack.enter_async_context(serving(exchange, options.host, options.port))
        note(_words(options, clock, saved))
        yield url


@asynccontextmanager
async def _kept(keeper: Keeper, exchange: Exchange) -> AsyncIterator[None]:
    """Save at once, after each change, before what is seen, again and again, and at the end."""
    keeper.save()
    exchange.changed, exchange.seen = keeper.save, keeper.keep_up
    saving = asyncio.create_task(keeper.save_again_and_again())
    try:
        yield
    finally:
        saving.cancel()
        with suppress(asyncio.CancelledError):
            await saving
        keeper.save_last()


@asynccontextmanager
async def _warming(market: MarketSource, clock: VenueClock, exchange: Exchange) -> AsyncIterator[None]:
    """Make the market ready in the background."""
    exchange.warming = asyncio.create_task(warmed(market, clock.now_ms()))
    try:
        yield
    finally:
        exchange.warming.cancel()
        with suppress(asyncio.CancelledError):
            await exchange.warming


def _exchange(options: SandboxOptions, clock: VenueClock, account: Account, saved: Saved | None) -> Exchange:
    served = [*public_routes(account.desk.market, options.truncation), *routes(account)]
    routing = Routing(served, clock, options.key, account.advance)
    return Exchange(clock, routing, _faults(options, saved), options.limits)


def _clock(options: SandboxOptions, saved: Saved | None) -> VenueClock:
    """Where the last run left venue time, else where `--start` says, else the wall."""
    now_ms = wall_clock().now_ms()
    if saved is not None:
        start_ms = saved.resume_ms
    else:
        start_ms = now_ms if options.start is None else parse_when(options.start, now_ms)
    if start_ms > HORIZON_MS:
        raise UsageError(f"--start {iso(start_ms)} is too far ahead; the latest is {iso(HORIZON_MS)}")
    if start_ms < EPOCH_MS and not options.from_db:
        raise UsageError(f"--start {iso(start_ms)} is before there is a market; the earliest is {iso(EPOCH_MS)}")
    if options.speed is None:
        return SteppedClock(start_ms, time.monotonic_ns)
    return RunningClock(start_ms, options.speed, time.monotonic_ns)


def _faults(options: SandboxOptions, saved: Saved | None) -> FaultBook:
    """The faults of `--faults`, counted on where the last run had the same; without the option, those of the last run."""
    before = saved.faults if saved is not None else ()
    book = FaultBook(seed=options.seed)
    rules = tuple(tally.rule for tally in before) if options.faults is None else read_rules(options.faults)
    if rules == tuple(tally.rule for tally in before):
        book.restore(before)
    else:
        book.replace(rules)
    return book


def _account(options: SandboxOptions, market: MarketSource, clock: VenueClock, saved: Saved | None) -> Account:
    settings = AccountSettings(seed=options.seed, user_id=int(options.key.uid), read_only=options.key.read_only)
    if saved is None or saved.account is None:
        return Account(market, clock, settings)
    try:
        return Account.load(saved.account, market, clock, settings)
    except (LookupError, TypeError, ValueError, AttributeError, ArithmeticError):
        raise DataError(
            f"--state {options.state}: its account is not one of this version of the sandbox; name another file"
        ) from None


async def _market(options: SandboxOptions, database: Path) -> MarketSource:
    if not options.from_db:
        return MadeMarket(options.seed, options.pairs)
    async with open_reader(database) as reader:
        return await ReplayedMarket.of(reader, options.seed)


def _require_same(options: SandboxOptions, database: Path, saved: Saved | None) -> Mapping[str, Any]:
    """What the market is made of; a state goes on in its own market only."""
    source = {"from_db": str(database.resolve())} if options.from_db else {"pairs": options.pairs}
    identity: Mapping[str, Any] = {"seed": options.seed, **source}
    if saved is not None and saved.market != identity:
        names = {"from_db": "from-db --db"}
        told = " ".join(f"--{names.get(name, name)} {value}" for name, value in saved.market.items())
        raise UsageError(
            f"--state {options.state} belongs to a sandbox with {told}; ask for the same, or name another file"
        )
    return identity


def _words(options: SandboxOptions, clock: VenueClock, saved: Saved | None) -> str:
    """What a person wants to know of it at the start."""
    pace = "moved by its clients" if options.speed is None else f"at {clock.announced()} times the wall clock"
    going_on = f"; going on from {options.state}" if saved is not None else ""
    return f"venue time {iso(clock.now_ms())}, {pace}; knows the key {options.key.name}{going_on}; Ctrl-C stops it"

"""A sandbox for tests: in this process with everything in reach, or as the real command in a process of its own."""

from __future__ import annotations

import contextlib
import os
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import AsyncIterator, Callable, Iterator, Mapping, Sequence
from contextlib import asynccontextmanager, contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from fundarb.sandbox.clock import SteppedClock, VenueClock
from fundarb.sandbox.envelope import Route
from fundarb.sandbox.faults.book import FaultBook
from fundarb.sandbox.faults.reading import rules_of
from fundarb.sandbox.limits import Limits
from fundarb.sandbox.market.source import MarketSource
from fundarb.sandbox.public.kline import Truncation
from fundarb.sandbox.public.routes import public_routes
from fundarb.sandbox.request_log import Logged, RequestLog
from fundarb.sandbox.routing import Routing
from fundarb.sandbox.server import Exchange, serving
from fundarb.sandbox.signing import Key
from tests.cli.processes import environment, fork
from tests.fakes.venue_market import NOW, TinyMarket

UNLIMITED = Limits(requests=None)


@dataclass(frozen=True, slots=True)
class RunningSandbox:
    """A sandbox of this process: where it listens, and what it is made of."""

    url: str
    market: MarketSource
    clock: VenueClock
    exchange: Exchange

    @property
    def fired(self) -> Mapping[str, int]:
        """How often each fault fired, by its name."""
        return self.exchange.faults.fired()

    @property
    def log(self) -> RequestLog:
        """Counts by path and outcome."""
        return self.exchange.log

    @property
    def requests(self) -> Sequence[Logged]:
        """The requests so far, oldest first."""
        return tuple(self.exchange.log.newest)

    def set_faults(self, *faults: Mapping[str, Any]) -> None:
        """Other faults from now on, written as in a file."""
        self.exchange.faults.replace(rules_of(list(faults), "faults"))


@asynccontextmanager
async def running_sandbox(
    *,
    market: MarketSource | None = None,
    clock: VenueClock | None = None,
    faults: Sequence[Mapping[str, Any]] = (),
    limits: Limits = UNLIMITED,
    routes: Sequence[Route] = (),
    advance: Callable[[], None] = lambda: None,
    key: Key | None = None,
    truncation: Truncation = "newest",
    seed: int = 0,
) -> AsyncIterator[RunningSandbox]:
    """A sandbox in this process on a free port: a tiny market and a stepped clock unless others are given.

    `routes` and `advance` are the account's; an error inside the exchange fails the block at its end."""
    chosen, clock = market or TinyMarket(), clock or SteppedClock(NOW, time.monotonic_ns)
    book = FaultBook(rules_of([dict(each) for each in faults], "faults"), seed)
    routing = Routing([*public_routes(chosen, truncation), *routes], clock, key or Key(), advance)
    exchange = Exchange(clock, routing, book, limits)
    async with serving(exchange) as url:
        yield RunningSandbox(url, chosen, clock, exchange)
    assert exchange.failures == []


@dataclass(frozen=True, slots=True)
class SpawnedSandbox:
    """The command as a process."""

    url: str
    process: subprocess.Popen[str]


@contextmanager
def spawned_sandbox(*options: str | Path, cwd: Path | None = None) -> Iterator[SpawnedSandbox]:
    """`fundarb sandbox --port 0` with more options; stopped at the end of the block if it still runs."""
    argv = [sys.executable, "-m", "fundarb", "sandbox", "--port", "0", *map(str, options)]
    with subprocess.Popen(
        argv, cwd=cwd, env=environment(), stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True
    ) as process:
        assert process.stdout is not None
        try:
            url = process.stdout.readline().strip()
            assert url.startswith("http://"), process.communicate(timeout=30)[1]
            yield SpawnedSandbox(url, process)
        finally:
            with contextlib.suppress(ProcessLookupError):
                process.terminate()
            process.communicate(timeout=30)


@contextmanager
def forked_sandbox(*options: str | Path) -> Iterator[str]:
    """As `spawned_sandbox`, for a scene of seconds: forked off the warm process, which lets it live for five minutes."""
    with contextlib.ExitStack() as ends, tempfile.TemporaryFile("w+") as err:
        reading, writing = os.pipe()
        said = ends.enter_context(open(reading))
        with open(writing, "wb") as out:
            process = fork("fundarb", ["sandbox", "--port", "0", *options], {}, out=out, err=err)
        try:
            url = said.readline().strip()
            assert url.startswith("http://"), (err.seek(0), err.read())
            yield url
        finally:
            with contextlib.suppress(ProcessLookupError):
                os.kill(process.pid, signal.SIGTERM)
            process.code()

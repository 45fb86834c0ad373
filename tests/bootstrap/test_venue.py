"""The configured venue and its clock, wired: a sandbox's clock at loopback only, listings beside the database."""

from __future__ import annotations

import os
import subprocess
import sys
import time
from decimal import Decimal
from pathlib import Path

import pytest

from fundarb.adapters.announced_clock import RunningSandboxClock, SteppedSandboxClock
from fundarb.adapters.clocks import WallClock
from fundarb.bootstrap.venue import clock_ms, listings_file, open_clock, open_venue
from fundarb.config.settings import Settings
from fundarb.config.venue import VenueParams
from fundarb.domain.instants import DAY, HOUR
from fundarb.domain.market import Span
from fundarb.engine.breaker import CircuitBreaker, State
from fundarb.errors import ConfigError, VenueUnreachable
from fundarb.sandbox.clock import RunningClock
from tests.fakes.venue_market import NOW
from tests.sandbox.running import running_sandbox


def settings(url: str | None, **more: str) -> Settings:
    return Settings(venue=VenueParams.model_validate({"url": url, **more}))


@pytest.mark.parametrize("url", [None, "https://api.example.com"])
async def test_away_from_loopback_the_wall_clock_is_taken_and_nobody_asked(url: str | None) -> None:
    async with open_clock(settings(url)) as clock:
        assert isinstance(clock, WallClock)


async def test_at_a_sandbox_clock_and_venue_go_together() -> None:
    async with running_sandbox() as sandbox:
        configured = settings(sandbox.url)
        async with open_clock(configured) as clock, open_venue(configured, clock) as venue:
            assert isinstance(clock, SteppedSandboxClock)
            await clock.sleep(3600)
            assert await venue.server_ms() == clock.now_ms() == NOW + HOUR
            last = clock.now_ms() // HOUR * HOUR
            assert len(await venue.candle_page("BTC/USDT:USDT", "perp", HOUR, Span(last - 9 * HOUR, last + 1))) == 10


async def test_a_command_that_only_asks_the_time_gets_it_from_the_sandbox_or_says_why_not() -> None:
    notes: list[str] = []
    async with running_sandbox() as sandbox:
        assert await clock_ms(settings(sandbox.url), notes.append) == NOW
        assert notes == []
    before_ms = time.time_ns() // 1_000_000
    assert await clock_ms(settings(sandbox.url), notes.append) >= before_ms
    assert await clock_ms(settings("https://api.example.com"), notes.append) >= before_ms
    assert len(notes) == 1
    assert "nothing answers" in notes[0]


async def test_a_fast_sandbox_keeps_its_listings_for_its_own_day(tmp_path: Path) -> None:
    database, ticking = tmp_path / "fundarb.db", RunningClock(NOW, Decimal(60), time.monotonic_ns)
    async with running_sandbox(clock=ticking) as sandbox:
        configured = settings(sandbox.url)
        async with open_clock(configured) as clock:
            assert isinstance(clock, RunningSandboxClock)
            for asked in (6, 0):
                async with open_venue(configured, clock, database=database) as venue:
                    await venue.listings()
                    assert venue.requests == asked
    assert clock.now_ms() < NOW + DAY
    assert os.listdir(tmp_path) == [listings_file(database, "bybit").name]


async def test_the_breaker_handed_over_hears_of_failures() -> None:
    breaker = CircuitBreaker(lambda: 0, failures=1)
    async with running_sandbox() as sandbox:
        url = sandbox.url
    async with open_venue(settings(url), WallClock(), breaker=breaker) as venue:
        with pytest.raises(VenueUnreachable):
            await venue.server_ms()
    assert breaker.state is State.OPEN


async def test_an_exchange_nobody_knows_is_a_mistake_of_the_configuration() -> None:
    with pytest.raises(ConfigError, match=r"venue\.id: no exchange is called bybitt; did you mean bybit"):
        async with open_venue(settings(None, id="bybitt"), WallClock()):
            pass


def test_importing_the_wiring_imports_no_ccxt() -> None:
    code = "import sys, fundarb.bootstrap.venue; print([name for name in ('ccxt', 'aiohttp') if name in sys.modules])"
    said = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, timeout=120, check=True)
    assert said.stdout.strip() == "[]"

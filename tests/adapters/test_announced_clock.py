"""The clock of a sandbox, against real ones: running many times as fast, stepped, and none at all."""

from __future__ import annotations

import asyncio
import time
from decimal import Decimal

import pytest
from aiohttp import web
from aiohttp.test_utils import RawTestServer

from fundarb.adapters.announced_clock import RunningSandboxClock, SteppedSandboxClock, open_sandbox_clock
from fundarb.adapters.clocks import WallClock
from fundarb.domain.instants import HOUR
from fundarb.errors import VenueUnreachable
from fundarb.sandbox.clock import RunningClock
from tests.adapters.ccxt.asking import bybit_data
from tests.adapters.ccxt.virtual_time import run_virtually
from tests.fakes.venue_market import NOW
from tests.sandbox.running import running_sandbox


def running(speed: int) -> RunningClock:
    return RunningClock(NOW, Decimal(speed), time.monotonic_ns)


async def test_a_running_clock_keeps_the_venues_time_and_is_never_ahead_of_it() -> None:
    async with running_sandbox(clock=running(1000)) as sandbox, open_sandbox_clock(sandbox.url, WallClock()) as clock:
        for _ in range(5):
            told, venue_ms = clock.now_ms(), sandbox.clock.now_ms()
            assert NOW <= told <= venue_ms + 1000
            await asyncio.sleep(0.01)


async def test_a_sleep_takes_a_part_of_the_time_it_says() -> None:
    async with running_sandbox(clock=running(3600)) as sandbox, open_sandbox_clock(sandbox.url, WallClock()) as clock:
        before_ms, began = clock.now_ms(), time.monotonic()
        await clock.sleep(1800)
        assert clock.now_ms() - before_ms >= 1_800_000
        assert time.monotonic() - began < 60


async def test_replies_correct_it() -> None:
    async with running_sandbox(clock=running(100)) as sandbox, open_sandbox_clock(sandbox.url, WallClock()) as clock:
        assert isinstance(clock, RunningSandboxClock)
        async with bybit_data(sandbox.url, heard=clock.heard) as data:
            clock._anchor_ms -= HOUR  # as after a suspended laptop
            assert await data.server_ms() - clock.now_ms() < 60_000


def test_an_estimate_inside_what_a_reply_allows_stays_one_outside_moves_to_the_nearest_end() -> None:
    async def run() -> list[int]:
        clock, found = RunningSandboxClock(10.0, 1_000_000, 1000.0), []
        for stamp_ms, sent_s, replied_s in (
            (1_000_000, 1000.0, 1000.5),
            (1_200_000, 1000.0, 1000.0),
            (0, 1000.0, 1000.0),
        ):
            clock.heard({}, {"time": stamp_ms}, sent_s, replied_s)
            found.append(round(clock._anchor_ms))
        clock.heard({}, {"time": "soon"}, 1000.0, 1000.0)
        clock.heard({}, [1], 1000.0, 1000.0)
        return [*found, clock.now_ms()]

    assert run_virtually(run()) == [1_005_000, 1_200_000, 1, 1_000_000]


def test_time_told_never_goes_back() -> None:
    async def run() -> tuple[int, int]:
        clock = RunningSandboxClock(1.0, 1_000_000, 1000.0)
        told = clock.now_ms()
        clock.heard({}, {"time": 900_000}, 1000.0, 1000.0)
        return told, clock.now_ms()

    assert run_virtually(run()) == (1_000_000, 1_000_000)


async def test_a_sleep_is_one_step_of_a_stepped_clock() -> None:
    async with running_sandbox() as sandbox, open_sandbox_clock(sandbox.url, WallClock()) as clock:
        assert clock.now_ms() == NOW
        await clock.sleep(8 * 3600)
        assert clock.now_ms() == sandbox.clock.now_ms() == NOW + 8 * HOUR
        await clock.sleep(0)
        await clock.sleep(-5)
        assert clock.now_ms() == sandbox.clock.now_ms() == NOW + 8 * HOUR


async def test_a_stepped_clock_hears_that_someone_else_moved_it() -> None:
    async with running_sandbox() as sandbox, open_sandbox_clock(sandbox.url, WallClock()) as clock:
        async with open_sandbox_clock(sandbox.url, WallClock()) as other:
            await other.sleep(60)
        assert isinstance(clock, SteppedSandboxClock)
        async with bybit_data(sandbox.url, heard=clock.heard) as data:
            await data.server_ms()
        assert clock.now_ms() == NOW + 60_000


async def test_an_address_that_announces_no_clock_gets_the_other() -> None:
    async def answer(request: web.BaseRequest) -> web.Response:
        return web.Response(status=404, text="not here")

    wall = WallClock()
    async with RawTestServer(answer) as server, open_sandbox_clock(str(server.make_url("")).rstrip("/"), wall) as clock:
        assert clock is wall


@pytest.mark.parametrize("announced", ["fast", "0", "-3", "NaN", "inf"])
async def test_an_announcement_that_is_no_clock_is_refused(announced: str) -> None:
    async def answer(request: web.BaseRequest) -> web.Response:
        return web.json_response({"now": NOW}, headers={"X-Sandbox-Clock": announced})

    async with RawTestServer(answer) as server:
        with pytest.raises(VenueUnreachable, match="announces a clock of"):
            async with open_sandbox_clock(str(server.make_url("")).rstrip("/"), WallClock()):
                pass


async def test_nobody_there_says_how_to_start_one() -> None:
    async with running_sandbox() as sandbox:
        url = sandbox.url
    with pytest.raises(VenueUnreachable, match="start it with `fundarb sandbox`"):
        async with open_sandbox_clock(url, WallClock()):
            pass


async def test_a_sandbox_that_went_away_is_no_passing_of_time() -> None:
    async with running_sandbox() as sandbox:
        opened = open_sandbox_clock(sandbox.url, WallClock())
        clock = await opened.__aenter__()
    try:
        with pytest.raises(VenueUnreachable):
            await clock.sleep(60)
        assert clock.now_ms() == NOW
    finally:
        await opened.__aexit__(None, None, None)

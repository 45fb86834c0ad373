"""What every Clock promises: it never goes back, and a sleep takes the time it says, for each of several sleepers."""

from __future__ import annotations

import asyncio
import time
from collections.abc import AsyncIterator, Callable
from contextlib import AbstractAsyncContextManager, asynccontextmanager, nullcontext
from decimal import Decimal

import pytest

from fundarb.adapters.announced_clock import SteppedSandboxClock, open_sandbox_clock
from fundarb.adapters.clocks import WallClock
from fundarb.domain.instants import MINUTE
from fundarb.ports.clock import Clock
from fundarb.sandbox.clock import RunningClock, VenueClock
from tests.fakes.clock import SteppedClock
from tests.sandbox.running import running_sandbox


@asynccontextmanager
async def at_a_sandbox(ticking: VenueClock | None = None) -> AsyncIterator[Clock]:
    """The clock of a sandbox that is stepped, or ticks by itself."""
    async with running_sandbox(clock=ticking) as sandbox, open_sandbox_clock(sandbox.url, WallClock()) as announced:
        yield announced


CLOCKS: dict[str, Callable[[], AbstractAsyncContextManager[Clock]]] = {
    "wall": lambda: nullcontext(WallClock()),
    "stepped": lambda: nullcontext(SteppedClock(1_700_000_000_000)),
    "stepped sandbox": at_a_sandbox,
    "running sandbox": lambda: at_a_sandbox(RunningClock(1_700_000_000_000, Decimal(2), time.monotonic_ns)),
}


@pytest.fixture(params=sorted(CLOCKS))
async def clock(request: pytest.FixtureRequest) -> AsyncIterator[Clock]:
    """A clock of each kind."""
    async with CLOCKS[request.param]() as made:
        yield made


async def test_time_is_whole_milliseconds_of_this_century(clock: Clock) -> None:
    assert isinstance(clock.now_ms(), int)
    assert 1_600_000_000_000 < clock.now_ms() < 4_000_000_000_000


async def test_a_sleep_takes_at_least_the_time_it_says(clock: Clock) -> None:
    before = clock.now_ms()
    await clock.sleep(0.05)
    assert 50 <= clock.now_ms() - before < MINUTE


@pytest.mark.parametrize("seconds", [0, -1.5])
async def test_a_sleep_of_nothing_lets_others_run_and_never_turns_time_back(clock: Clock, seconds: float) -> None:
    before, ran = clock.now_ms(), asyncio.Event()
    other = asyncio.create_task(_tell(ran))
    await clock.sleep(seconds)
    assert ran.is_set()
    assert clock.now_ms() >= before
    await other


async def test_sleepers_wake_in_the_order_of_their_deadlines_at_their_own_time(clock: Clock) -> None:
    start, woken = clock.now_ms(), list[tuple[float, int]]()

    async def sleep(seconds: float) -> None:
        await clock.sleep(seconds)
        woken.append((seconds, clock.now_ms() - start))

    await asyncio.gather(sleep(0.2), sleep(0.02), sleep(0.11))
    assert [seconds for seconds, _ in woken] == [0.02, 0.11, 0.2]
    assert all(passed >= seconds * 1000 for seconds, passed in woken)


async def test_a_cancelled_sleep_ends_and_holds_up_nobody(clock: Clock) -> None:
    long = asyncio.create_task(clock.sleep(0.01 if isinstance(clock, SteppedClock | SteppedSandboxClock) else 3600))
    await asyncio.sleep(0)
    long.cancel()
    with pytest.raises(asyncio.CancelledError):
        await long
    before = clock.now_ms()
    await clock.sleep(0.02)
    assert clock.now_ms() - before >= 20


async def test_the_wall_clock_is_the_systems_time() -> None:
    before = time.time() * 1000
    now = WallClock().now_ms()
    assert before - 1 <= now <= time.time() * 1000


async def test_a_stepped_clock_passes_a_day_at_once() -> None:
    clock, began = SteppedClock(0), time.monotonic()
    for _ in range(24):
        await clock.sleep(3600)
    assert clock.now_ms() == 24 * 60 * MINUTE
    assert time.monotonic() - began < 60


async def _tell(event: asyncio.Event) -> None:
    event.set()

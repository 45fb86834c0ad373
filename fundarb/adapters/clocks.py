"""The wall clock: the only place that asks the operating system what time it is on behalf of the trading loop."""

from __future__ import annotations

import asyncio
import time

from fundarb.ports.clock import Clock


class WallClock:
    """UTC now, and waiting that takes as long as it says."""

    def now_ms(self) -> int:
        """Milliseconds since the epoch."""
        return time.time_ns() // 1_000_000

    async def sleep(self, seconds: float) -> None:
        """Wait; zero or less only lets other tasks run."""
        await asyncio.sleep(seconds)


class Stopwatch:
    """Milliseconds since some moment, which never jump: for waiting, not for saying what time it is."""

    def now_ms(self) -> int:
        """How long it has been."""
        return time.monotonic_ns() // 1_000_000

    async def sleep(self, seconds: float) -> None:
        """Wait."""
        await asyncio.sleep(seconds)


class PacedClock:
    """Another clock, of which no sleep ends sooner than so much of the wall after the one before."""

    def __init__(self, clock: Clock, least_s: float) -> None:
        self._clock, self._least_s, self._woke_s = clock, least_s, 0.0

    def now_ms(self) -> int:
        """The other clock's present."""
        return self._clock.now_ms()

    async def sleep(self, seconds: float) -> None:
        """Wait as long as asked, and as long as the pace demands."""
        await self._clock.sleep(seconds)
        await asyncio.sleep(max(0.0, self._woke_s + self._least_s - time.monotonic()))
        self._woke_s = time.monotonic()

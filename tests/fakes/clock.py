"""A clock that moves when someone sleeps: hours of trading pass in microseconds, in the order of their deadlines."""

from __future__ import annotations

import asyncio
import heapq
from itertools import count


class SteppedClock:
    """Fills the port `Clock`; the earliest sleeper moves the time for all."""

    def __init__(self, now_ms: int = 0) -> None:
        self._now_ms = now_ms
        self._sleepers: list[tuple[int, int]] = []
        self._tickets = count()

    def now_ms(self) -> int:
        """Where the last sleep left it."""
        return self._now_ms

    async def sleep(self, seconds: float) -> None:
        """Give other tasks a turn to fall asleep, then move to the deadline once it is the earliest of all."""
        sleeper = (self._now_ms + max(0, round(seconds * 1000)), next(self._tickets))
        heapq.heappush(self._sleepers, sleeper)
        try:
            await asyncio.sleep(0)
            while self._sleepers[0] != sleeper:  # noqa: ASYNC110  (nothing happens that an Event could tell of)
                await asyncio.sleep(0)
            self._now_ms = max(self._now_ms, sleeper[0])
        finally:
            self._sleepers.remove(sleeper)
            heapq.heapify(self._sleepers)

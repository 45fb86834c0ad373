"""The heartbeat of a trader: written after each look, and within one that lasts whenever the venue was asked and that ended.

A backfill, a throttle that is sat out and a long flattening are work. A loop that asks nothing and ends nothing hangs: no
timer of its own hides that."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager, suppress

from fundarb.errors import StorageError

EVERY_S = 15.0  # of the wall, so that between two polls as they are usual nothing more is written

Write = Callable[[], Awaitable[None]]


class Pulse:
    """Hears signs of life and writes a beat once the last one is old enough."""

    def __init__(self, every_s: float = EVERY_S) -> None:
        self._every_s, self._beaten_s = every_s, float("-inf")
        self._due = asyncio.Event()

    def stirred(self) -> None:
        """A request came to its end, well or not."""
        if _now_s() - self._beaten_s >= self._every_s:
            self._due.set()

    def beaten(self) -> None:
        """A beat was written."""
        self._beaten_s = _now_s()
        self._due.clear()

    @asynccontextmanager
    async def beating(self, write: Write) -> AsyncIterator[None]:
        """Writes beats for the block, with `write`."""
        task = asyncio.create_task(self._beat_on(write))
        try:
            yield
        finally:
            task.cancel()
            with suppress(asyncio.CancelledError):
                await task

    async def _beat_on(self, write: Write) -> None:
        while True:
            await self._due.wait()
            with suppress(StorageError):  # the look that is under way meets it too, and tells it
                await write()
            self.beaten()


def _now_s() -> float:
    return asyncio.get_running_loop().time()

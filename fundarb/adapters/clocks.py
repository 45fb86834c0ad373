"""The wall clock: the only place that asks the operating system what time it is on behalf of the trading loop."""

from __future__ import annotations

import asyncio
import time


class WallClock:
    """UTC now, and waiting that takes as long as it says."""

    def now_ms(self) -> int:
        """Milliseconds since the epoch."""
        return time.time_ns() // 1_000_000

    async def sleep(self, seconds: float) -> None:
        """Wait; zero or less only lets other tasks run."""
        await asyncio.sleep(seconds)

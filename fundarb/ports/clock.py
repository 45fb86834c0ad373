"""Time is injected: nothing below the wiring asks the operating system what time it is."""

from __future__ import annotations

from typing import Protocol


class Clock(Protocol):
    """Says what time it is (UTC milliseconds) and waits; a simulated clock waits by moving."""

    def now_ms(self) -> int:
        """The present."""
        ...

    async def sleep(self, seconds: float) -> None:
        """Return once `seconds` of this clock's time have passed."""
        ...

"""The venue's clock against ours while trading, by the bound of a start: beyond it nothing is entered until they agree.

The venue stamps what it is asked at every look. A stamp that does not fit may be that of an old answer, so the venue is
asked for the time before it counts; what was under way explains is no skew, so that a slow reply is none. Open, it closes
within half of the bound: a clock that stands at the bound does not waver."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from contextlib import suppress

from fundarb.engine.breaker import State
from fundarb.engine.checks.finding import Finding
from fundarb.engine.checks.skew import Reading, judge_clock
from fundarb.errors import VenueError

NAME = "the clock"


class Punctuality:
    """Fills `Tripping`; `most_ms` is the bound."""

    def __init__(self, now_ms: Callable[[], int], server_ms: Callable[[], Awaitable[int]], most_ms: int) -> None:
        self._now_ms, self._server_ms, self.most_ms = now_ms, server_ms, most_ms
        self.state = State.CLOSED
        self.why: str | None = None

    async def stamped(self, reading: Reading) -> None:
        """An answer of the venue, with our time before and after it. A question for the time that fails changes nothing."""
        if self._fits(reading):
            self._conclude(judge_clock(reading, self.most_ms))
            return
        with suppress(VenueError):
            asked = await self.asked()
            if self._fits(asked) or asked.skew_ms > self.most_ms:
                self._conclude(judge_clock(asked, self.most_ms))

    async def asked(self) -> Reading:
        """What the venue says when it is asked for the time."""
        before_ms = self._now_ms()
        theirs_ms = await self._server_ms()
        return Reading(before_ms, theirs_ms, self._now_ms())

    def _fits(self, reading: Reading) -> bool:
        """Whether nothing has to be stopped, or what was stopped may go on."""
        return reading.skew_ms <= (self.most_ms if self.state is State.CLOSED else self.most_ms // 2)

    def _conclude(self, found: Finding) -> None:
        self.state = State.CLOSED if found.ok else State.OPEN
        self.why = None if found.ok else f"{found.detail}; {found.next}"

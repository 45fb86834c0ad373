"""The clock of a sandbox, which announces it with every reply: running N times as fast as the wall, or stepped by us.

Running: the venue's time lies between the stamp of a reply and that stamp plus what passed while the request was under way.
An estimate inside that stays as it is, one outside moves to the nearest end. Time told never goes back."""

from __future__ import annotations

import asyncio
import heapq
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping
from contextlib import asynccontextmanager
from decimal import Decimal, InvalidOperation
from itertools import count
from typing import Any, Protocol

import aiohttp

from fundarb.errors import VenueUnreachable
from fundarb.ports.clock import Clock

HEADER = "X-Sandbox-Clock"
_PATH = "/sandbox/clock"
_TIMEOUT_S = 10.0
_A_LITTLE_MS = 1  # a stamp is whole milliseconds

Step = Callable[[int], Awaitable[int]]  # move the venue to a time; the time that is now


class SandboxClock(Clock, Protocol):
    """A Clock that listens to replies."""

    def heard(self, headers: Mapping[str, str], reply: object, sent_s: float, replied_s: float) -> None:
        """A reply with its stamp, and when (seconds of the event loop) it was asked for and came."""
        ...


class RunningSandboxClock:
    """Venue time extrapolated from the last reply at `speed` venue seconds a second; sleeps are as much shorter."""

    runs = True

    def __init__(self, speed: float, now_ms: int, at_s: float) -> None:
        self._speed, self._anchor_ms, self._anchor_s, self._told_ms = speed, float(now_ms), at_s, now_ms

    def now_ms(self) -> int:
        """The estimate, or what was told before where that is later."""
        self._told_ms = max(self._told_ms, int(self._estimate(_loop_s())))
        return self._told_ms

    async def sleep(self, seconds: float) -> None:
        """Wait until this clock has moved on so far, however it was corrected meanwhile."""
        deadline_ms = self.now_ms() + seconds * 1000
        await asyncio.sleep(0)
        while (left_ms := deadline_ms - self.now_ms()) > 0:  # noqa: ASYNC110  (only time moves it)
            await asyncio.sleep(left_ms / 1000 / self._speed)

    def heard(self, headers: Mapping[str, str], reply: object, sent_s: float, replied_s: float) -> None:
        """Correct the estimate as far as the reply proves it wrong."""
        stamp_ms = _stamp(reply)
        if stamp_ms is None:
            return
        latest_ms = stamp_ms + _A_LITTLE_MS + (replied_s - sent_s) * 1000 * self._speed
        self._anchor_ms = min(max(self._estimate(replied_s), stamp_ms), latest_ms)
        self._anchor_s = replied_s

    def _estimate(self, at_s: float) -> float:
        return self._anchor_ms + (at_s - self._anchor_s) * 1000 * self._speed


class SteppedSandboxClock:
    """Venue time that stands still until a sleeper moves it; of several sleepers the earliest does."""

    runs = False

    def __init__(self, now_ms: int, step: Step) -> None:
        self._now_ms, self._step = now_ms, step
        self._sleepers: list[tuple[int, int]] = []
        self._tickets = count()
        self._moved = asyncio.Condition()

    def now_ms(self) -> int:
        """The latest time heard of."""
        return self._now_ms

    async def sleep(self, seconds: float) -> None:
        """One step of the venue's clock, once no other sleeper is due before."""
        sleeper = (self._now_ms + max(0, round(seconds * 1000)), next(self._tickets))
        heapq.heappush(self._sleepers, sleeper)
        try:
            await asyncio.sleep(0)  # let others fall asleep first
            async with self._moved:
                await self._moved.wait_for(lambda: self._sleepers[0] == sleeper)
                if sleeper[0] > self._now_ms:
                    self._now_ms = max(self._now_ms, await self._step(sleeper[0]))
        finally:
            self._sleepers.remove(sleeper)
            heapq.heapify(self._sleepers)
            await asyncio.shield(self._tell())

    def heard(self, headers: Mapping[str, str], reply: object, sent_s: float, replied_s: float) -> None:
        """Someone may have moved it."""
        self._now_ms = max(self._now_ms, _stamp(reply) or 0)

    async def _tell(self) -> None:
        async with self._moved:
            self._moved.notify_all()


@asynccontextmanager
async def open_sandbox_clock(url: str, otherwise: Clock) -> AsyncIterator[Clock | SandboxClock]:
    """The clock announced at a loopback address; `otherwise` where none is."""
    timeout = aiohttp.ClientTimeout(total=_TIMEOUT_S)
    async with aiohttp.ClientSession(timeout=timeout, trust_env=False) as session:
        yield await _listen(session, url) or otherwise


async def _listen(session: aiohttp.ClientSession, url: str) -> SandboxClock | None:
    """Ask for the time once; None where the answer announces no clock."""
    announced, document = await _said(session.get(url + _PATH, allow_redirects=False), url)
    now_ms = document.get("now") if isinstance(document, Mapping) else None
    if announced is None or not isinstance(now_ms, int):
        return None
    if announced != "step":
        return RunningSandboxClock(_speed(announced), now_ms, _loop_s())

    async def step(to_ms: int) -> int:
        _, answer = await _said(session.post(url + _PATH, json={"to": to_ms}, allow_redirects=False), url)
        if not isinstance(answer, Mapping) or not isinstance(answer.get("now"), int):
            raise VenueUnreachable(f"the sandbox at {url} did not move its clock to {to_ms}")
        return int(answer["now"])

    return SteppedSandboxClock(now_ms, step)


async def _said(request: Any, url: str) -> tuple[str | None, object]:
    """What a control path announces and says; None where it is no document."""
    try:
        async with request as response:
            body = await response.text()
            document = await response.json(content_type=None) if body[:1] == "{" else None
            return response.headers.get(HEADER), document
    except ValueError:
        return None, None
    except (aiohttp.ClientError, TimeoutError) as error:
        raise VenueUnreachable(
            f"nothing answers at venue.url {url} ({type(error).__name__}); start it with `fundarb sandbox`"
        ) from error


def _speed(announced: str) -> float:
    try:
        speed = Decimal(announced)
    except InvalidOperation:
        speed = Decimal(0)
    if not speed.is_finite() or speed <= 0:
        raise VenueUnreachable(f"the sandbox announces a clock of {announced!r}; known are a speed above 0 and step")
    return float(speed)


def _stamp(reply: object) -> int | None:
    """Milliseconds of a reply's envelope."""
    found = reply.get("time") if isinstance(reply, Mapping) else None
    return found if isinstance(found, int) and not isinstance(found, bool) else None


def _loop_s() -> float:
    return asyncio.get_running_loop().time()

"""One pacing authority for all requests of the process: evenly spaced, and never more than the limit in any window.

A request may reach the venue at any moment until its reply is here, so it counts from its sending until one window after
its reply. Whatever the network does to the order of things, no window of the venue's holds more than `most`. Where there is
an account, a part of that is reserved for what is urgent, which waits behind nothing that is not. A pause after a throttle
is sat out as far as patience goes; beyond it nothing is sent, and whoever asks is told how long that lasts."""

from __future__ import annotations

import asyncio
import math
import random
from collections import deque
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass, field

from aiolimiter import AsyncLimiter

from fundarb.errors import VenueThrottled

MARGIN = 0.05  # of the limit is left alone: for the other process on this address, and for the venue's idea of a second
_SPACING = 1.03  # spacing is a little faster than the limit, so that the window, which is exact, is what binds
_BURST_S = 0.25  # how much of a standstill may be made up for at once
_LONGEST_GATE_S = 1.0  # limits of a path are per second
_LONGEST_PAUSE_S = 600.0  # that of a venue's longest ban; after it one request asks whether it is over


@dataclass(frozen=True, slots=True)
class Allowance:
    """What the venue allows: so many units in any window of so many seconds."""

    units: float
    window_s: float


@dataclass(slots=True)
class Turn:
    """One request on its way, and what came back with it."""

    path: str
    cost: float
    sent_s: float
    headers: Mapping[str, str] = field(default_factory=dict)
    replied_s: float | None = None
    sends: int = 0  # more than one where a dead connection made the transport send again


class Withheld(VenueThrottled):
    """Nothing was sent: everyone is to wait for longer than anyone has patience."""


class Pacer:
    """Hands out turns, first come first served; a throttle makes everyone wait, a limit of one path only those on it."""

    def __init__(
        self,
        allowance: Allowance,
        rng: random.Random,
        first_pause_s: float = 5.0,
        *,
        reserve: float = 0.0,
        patience_s: float = math.inf,
    ) -> None:
        self._allowance, self._rng, self._first_pause_s, self._patience_s = allowance, rng, first_pause_s, patience_s
        self._most = allowance.units * (1 - MARGIN)
        self._unreserved = self._most * (1 - reserve)
        rate = self._most / allowance.window_s * _SPACING
        self._burst = max(1.0, rate * _BURST_S)
        self._spacing = AsyncLimiter(self._burst, self._burst / rate)
        self._queue, self._urgent_queue = asyncio.Lock(), asyncio.Lock()
        self._flying = 0.0
        self._landed: deque[tuple[float, float]] = deque()
        self._landed_cost = 0.0
        self._strikes, self._struck_s, self._open_s = 0, float("-inf"), float("-inf")
        self._let_in = True
        self._gates: dict[str, float] = {}

    @property
    def pause_s(self) -> float:
        """How long everyone still has to wait after a throttle."""
        return max(0.0, self._open_s - self._now())

    @asynccontextmanager
    async def turn(self, path: str, cost: float = 1.0, *, urgent: bool = False) -> AsyncIterator[Turn]:
        """Wait for a turn; it counts until a window after the block is left, however it is left."""
        cost = min(cost, self._most)
        await self._admit(path, cost, urgent=urgent)
        taken = Turn(path, cost, self._now())
        try:
            yield taken
        finally:
            self._flying -= cost
            spent = cost * max(1, taken.sends)
            self._landed.append((self._now(), spent))
            self._landed_cost += spent

    def let_in(self, turn: Turn) -> None:
        """The venue answered what was asked after the last pause: that throttle is over."""
        self._let_in = self._let_in or turn.sent_s >= self._open_s

    def throttled(self, turn: Turn, wait_s: float | None) -> None:
        """The venue said too much: all wait, twice as long each time in a row, however rarely it is asked; one episode
        counts once."""
        if turn.sent_s <= self._struck_s:
            return
        now = self._now()
        quiet_s = now - max(self._struck_s, self._open_s)
        self._strikes = 1 if self._let_in and quiet_s > 2 * self._allowance.window_s else self._strikes + 1
        self._let_in = False
        pause_s = max(wait_s or 0.0, min(self._first_pause_s * 2 ** (self._strikes - 1), _LONGEST_PAUSE_S))
        self._struck_s, self._open_s = now, now + pause_s * self._rng.uniform(1.0, 1.1)

    def learn(self, turn: Turn, venue_ms: int) -> None:
        """Limit headers of a reply: a path with nothing left is closed until the venue's own reset."""
        left, reset = _limits(turn.headers)
        if left is not None and left <= 0:
            wait_s = min(max((reset or 0) - venue_ms, 0) / 1000 or 1.0, _LONGEST_GATE_S)
            self._gates[turn.path] = self._now() + wait_s

    async def _admit(self, path: str, cost: float, *, urgent: bool) -> None:
        most = self._most if urgent else self._unreserved
        self._require_soon()
        while (closed_s := self._gates.get(path, 0.0) - self._now()) > 0:  # noqa: ASYNC110  (only time opens a gate)
            await asyncio.sleep(closed_s)
        async with self._urgent_queue if urgent else self._queue:
            await self._spacing.acquire(min(cost, self._burst))
            while (wait_s := self._full_for(cost, most)) > 0:
                self._require_soon()
                await asyncio.sleep(wait_s)
            self._flying += cost

    def _require_soon(self) -> None:
        """Nobody queues behind a pause that outlasts all patience."""
        if self.pause_s > self._patience_s:
            raise Withheld(f"throttled by the venue: nothing is sent for another {self.pause_s:.0f} s", self.pause_s)

    def _full_for(self, cost: float, most: float) -> float:
        """Seconds until there is room within `most`, or the pause is over."""
        now = self._now()
        while self._landed and self._landed[0][0] <= now - self._allowance.window_s:
            self._landed_cost -= self._landed.popleft()[1]
        if now < self._open_s:
            return self._open_s - now
        if self._flying + self._landed_cost + cost <= most or not (self._flying or self._landed):
            return 0.0
        if not self._landed:
            return self._allowance.window_s / 100  # all of them on their way: look again soon
        return max(self._landed[0][0] + self._allowance.window_s - now, 0.0005)

    def _now(self) -> float:
        return asyncio.get_running_loop().time()


def _limits(headers: Mapping[str, str]) -> tuple[int | None, int | None]:
    """What is left of the limit of a path, and when it is whole again (venue milliseconds)."""
    written = {name.lower(): value for name, value in headers.items() if name.lower().startswith("x-bapi-limit")}

    def number(name: str) -> int | None:
        value = written.get(name, "")
        return int(value) if value.isascii() and value.isdigit() else None

    return number("x-bapi-limit-status"), number("x-bapi-limit-reset-timestamp")

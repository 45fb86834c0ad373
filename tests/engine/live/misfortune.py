"""Faults drawn from a seed: at every call of the venue and every write of the journal something may go wrong, or the process
may die. What fired is counted by where it struck."""

from __future__ import annotations

import random
from collections import Counter
from collections.abc import Awaitable, Callable, Sequence
from functools import partial
from typing import TypeVar

from fundarb.domain.ledger import LedgerLine
from fundarb.domain.orders import Fill, Order, OrderState
from fundarb.errors import (
    OrderRefused,
    OrderUnknown,
    StorageError,
    VenueError,
    VenueThrottled,
    VenueUnreachable,
    VenueUnreadable,
)
from tests.fakes.journal import MemoryJournal

T = TypeVar("T")


class Killed(BaseException):
    """kill -9: nothing of the process runs on, not even its handlers of errors."""


class Misfortune:
    """Strikes with the probabilities of one episode, until it is called off."""

    def __init__(self, rng: random.Random, faults: float, kills: float) -> None:
        self._rng, self._faults, self._kills = rng, faults, kills
        self.on = True
        self.fired: Counter[str] = Counter()

    def before(self, call: str) -> None:
        """A call of the venue goes out: it may not arrive."""
        self._maybe_kill(f"before {call}")
        if self._strikes(f"{call} not landed"):
            raise self._rng.choice(_NOT_LANDED[call == "submit"])

    def after(self, call: str) -> None:
        """A call was carried out: its answer may not arrive."""
        self._maybe_kill(f"after {call}")
        if self._strikes(f"{call} landed, answer lost"):
            raise self._rng.choice(_LANDED[call == "submit"])

    def writing(self, what: str) -> None:
        """A write of the journal: the disk may be full, or another process has the database."""
        self._maybe_kill(f"before {what}")
        if self._strikes(f"{what} fails"):
            raise StorageError(f"{what}: the disk is full")

    def written(self, what: str) -> None:
        """It is on the disk."""
        self._maybe_kill(f"after {what}")

    def _strikes(self, what: str) -> bool:
        struck = self.on and self._rng.random() < self._faults
        self.fired[what] += struck
        return struck

    def _maybe_kill(self, where: str) -> None:
        if self.on and self._rng.random() < self._kills:
            self.fired[f"killed {where}"] += 1
            raise Killed(where)


_READ: tuple[VenueError, ...] = (
    VenueUnreachable("no answer in time"),
    VenueUnreadable("a page of HTML with status 200"),
    VenueThrottled("HTTP 403, access too frequent"),
)
_NOT_LANDED = {
    False: _READ,
    True: (OrderUnknown("no answer in time"), OrderUnknown("HTTP 502"), OrderRefused("HTTP 429, too many requests")),
}
_LANDED = {
    False: _READ,
    True: (OrderUnknown("no answer in time"), OrderUnknown("`null` with status 200"), OrderUnknown("connection reset")),
}


class StruckJournal(MemoryJournal):
    """A journal in memory whose writes fail, or are the last thing a process does."""

    def __init__(self, misfortune: Misfortune) -> None:
        super().__init__()
        self._misfortune = misfortune

    async def append(self, portfolio: str, lines: Sequence[LedgerLine]) -> None:
        """Struck."""
        await self._write("lines", partial(super().append, portfolio, lines))

    async def put_order(self, portfolio: str, order: Order) -> None:
        """Struck."""
        await self._write("intent", partial(super().put_order, portfolio, order))

    async def move_order(
        self, client_id: str, to: OrderState, at_ms: int, venue_id: str | None, words: str | None
    ) -> None:
        """Struck."""
        move = partial(super().move_order, client_id, to, at_ms, venue_id, words)
        await self._write(f"move to {to}", move)

    async def put_fills(self, portfolio: str, fills: Sequence[Fill], lines: Sequence[LedgerLine]) -> int:
        """Struck."""
        return await self._write("fills", partial(super().put_fills, portfolio, fills, lines))

    async def remember(self, portfolio: str, name: str, value: str) -> None:
        """Struck."""
        await self._write("task", partial(super().remember, portfolio, name, value))

    async def _write(self, what: str, write: Callable[[], Awaitable[T]]) -> T:
        self._misfortune.writing(what)
        done = await write()
        self._misfortune.written(what)
        return done

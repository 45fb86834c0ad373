"""Leaving everything when a trader is told to stop: all positions are closed, then what they were still paid is booked.

A settlement may fall within the flattening, and its payment is known a little later. It is waited for, within bounds; what
did not come by then is said in the last words, and the next start books it."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Sequence
from contextlib import aclosing, suppress
from dataclasses import dataclass

from fundarb.domain.instants import SECOND, iso
from fundarb.engine.trading.desk import Desk
from fundarb.engine.trading.dues import Dues
from fundarb.engine.trading.finishing import finished
from fundarb.engine.trading.live_feed import LiveFeed
from fundarb.engine.trading.live_view import LiveView
from fundarb.engine.trading.telling import event
from fundarb.errors import DatabaseBusy, VenueError
from fundarb.ports.journal import Event
from fundarb.risk.gate import Standing

LAST_LOOKS_S = 30.0  # of the wall: whoever stops a service gives it about three times as long
_APART_MS = 2 * SECOND

Tell = Callable[[Sequence[Event]], Awaitable[None]]
Owed = dict[str, list[tuple[str, int]]]  # by portfolio: pairs, and the settlements they were held at


@dataclass(frozen=True, slots=True)
class Departure:
    """The end of these portfolios on this feed; `hindered` rides out a database that somebody else keeps."""

    feed: LiveFeed
    desks: Sequence[Desk]
    tell: Tell
    hindered: Callable[[DatabaseBusy], Awaitable[None]]
    last_looks_s: float = LAST_LOOKS_S

    async def leave(self) -> None:
        """Close what is open, book what it was paid, say what is not known yet."""
        view = self.feed.latest
        if view is None:
            return
        held = {desk.name: sorted(desk.ledger.book.positions) for desk in self.desks}
        for desk in self.desks:
            await self._close(desk)
        if self._owed(held, view):
            await self._settle_up(held, view)
        for desk in self.desks:
            if owed := self._owed(held, view).get(desk.name):
                data = {"pairs": [pair for pair, _ in owed], "settled": [iso(at_ms) for _, at_ms in owed]}
                words = "not to be had yet, so not booked: the next start books it"
                told = event(self.feed.clock.now_ms(), desk.name, "unbooked", data)
                await self.tell([Event(told.at_ms, told.portfolio, told.name, None, words, told.data)])

    async def _close(self, desk: Desk) -> None:
        """At the prices of now. What was cut short because it could not be written is looked at before it goes on; nobody
        who waits for an end waits long for that."""
        loop = asyncio.get_running_loop()
        ends_s = loop.time() + self.last_looks_s
        while True:
            try:
                await self.tell(await desk.leave_all(self.feed.clock.now_ms()))
                return
            except DatabaseBusy as error:
                await self.hindered(error)
                if loop.time() >= ends_s:
                    left = ", ".join(sorted(desk.ledger.book.positions))
                    raise DatabaseBusy(f"{error}; {desk.name} is not closed: {left} stay as they are") from error
            await asyncio.sleep(1)
            with suppress(DatabaseBusy):
                await self._book(desk, self.feed.latest)

    async def _settle_up(self, held: dict[str, list[str]], last: LiveView) -> None:
        """Look until nothing is owed, for as long as anyone waits; what is being booked is booked to its end."""
        self.feed.pace(min(self.feed.poll_ms, _APART_MS))
        with suppress(TimeoutError, VenueError, DatabaseBusy):
            async with asyncio.timeout(self.last_looks_s), aclosing(self.feed.views()) as views:
                async for view in views:
                    await finished(self._book_all(view))
                    if not self._owed(held, last):
                        return

    async def _book_all(self, view: LiveView) -> None:
        for desk in self.desks:
            await self._book(desk, view)

    async def _book(self, desk: Desk, view: LiveView | None) -> None:
        """What passed; nothing is entered any more."""
        if view is not None:
            await self.tell(await desk.watch(view, Standing(all_halted=True)))

    def _owed(self, held: dict[str, list[str]], last: LiveView) -> Owed:
        """Settlements that came and found a position, as the last look announced them, and are not booked."""
        found = {}
        for desk in self.desks:
            dues = Dues(desk.ledger.lines)
            stamps = {pair: self._settled(pair, last) for pair in held[desk.name]}
            if owed := [(pair, due.at_ms) for pair in stamps for due in dues.owed(pair, stamps[pair])]:
                found[desk.name] = owed
        return found

    def _settled(self, pair: str, last: LiveView) -> list[int]:
        """The settlement before the last look, and the one announced then if it has come."""
        quote, now_ms = last.quote(pair), self.feed.clock.now_ms()
        announced = None if quote is None else quote.ticker.next_settlement_ms
        return sorted(at_ms for at_ms in (last.known(pair).settled_at_ms, announced) if at_ms and at_ms <= now_ms)

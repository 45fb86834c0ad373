"""The trading loop: each view of the feed to each portfolio, under the halt that stands; a step begun is finished."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Sequence
from contextlib import aclosing, suppress
from dataclasses import dataclass, field

from fundarb.engine.trading.breakers import Breakers
from fundarb.engine.trading.departure import Departure
from fundarb.engine.trading.desk import Desk
from fundarb.engine.trading.finishing import finished
from fundarb.engine.trading.flatten_request import answer, keep, kept
from fundarb.engine.trading.halts import Halts
from fundarb.engine.trading.live_feed import LiveFeed
from fundarb.engine.trading.live_view import LiveView
from fundarb.engine.trading.picture import Picture
from fundarb.engine.trading.reviewing import Reviews
from fundarb.engine.trading.siege import Siege
from fundarb.engine.trading.telling import event
from fundarb.errors import DatabaseBusy, RiskHalt
from fundarb.ports.journal import Event, Journal
from fundarb.risk.gate import Standing
from fundarb.risk.halting import standing_under
from fundarb.signals.lookback import Reach

Hear = Callable[[Event], None]
Between = Callable[[], Awaitable[Sequence[Event]]]


async def nothing() -> Sequence[Event]:
    """Nothing happens between two steps."""
    return ()


@dataclass(frozen=True, slots=True)
class Needs:
    """What desks want of a feed."""

    desks: Sequence[Desk]

    def held(self) -> set[str]:
        """All that any of them holds."""
        return set().union(*(desk.held() for desk in self.desks))

    def anything_open(self) -> bool:
        """Whether any of them has something to leave."""
        return any(desk.open() for desk in self.desks)

    async def reach(self, now_ms: int) -> Reach:
        """As far as any of them looks back."""
        each = [await desk.reach(now_ms) for desk in self.desks]
        return Reach(max(one.span_ms for one in each), max(one.rows for one in each))

    async def foresee(self, picture: Picture) -> None:
        """One after another: what they have in common is made once."""
        for desk in self.desks:
            await desk.thinking.foresee(picture)


@dataclass(frozen=True, slots=True)
class Chronicle:
    """Everything that happens, written down and told. What cannot be written while somebody else writes is told at once, and
    written before whatever comes next."""

    journal: Journal
    hear: Hear
    _unwritten: list[Event] = field(default_factory=list)

    async def tell(self, events: Sequence[Event]) -> None:
        """In order."""
        self._unwritten.extend(events)
        try:
            if self._unwritten:
                await self.journal.record(tuple(self._unwritten))
            self._unwritten.clear()
        finally:
            for one in events:
                self.hear(one)


@dataclass(slots=True)
class Trader:
    """Portfolios on one feed."""

    feed: LiveFeed
    desks: Sequence[Desk]
    journal: Journal
    chronicle: Chronicle
    now_ms: Callable[[], int]
    breakers: Breakers = field(default_factory=lambda: Breakers({}))
    between: Between = nothing
    halts: Halts = field(default_factory=Halts)
    siege: Siege = field(default_factory=lambda: Siege(lambda: 0, patience_ms=0))
    reviews: Reviews = field(init=False)

    def __post_init__(self) -> None:
        self.reviews = Reviews(self.journal, self.desks)

    async def run(self, *, once: bool, flatten: bool = False) -> None:
        """Until stopped, or through one whole cycle; RiskHalt if entries are halted at the end of that one. `flatten`:
        whoever stops it leaves nothing open."""
        await self.chronicle.tell([self._started(desk) for desk in self.desks])
        try:
            await self._look_on(once=once)
            if flatten:
                await finished(self._flatten())
        except asyncio.CancelledError:
            if flatten:
                await finished(self._flatten())
            raise
        finally:
            for desk in self.desks:
                with suppress(DatabaseBusy):  # an end is told, and waits for nobody
                    await self.chronicle.tell([*desk.untold(), event(self.now_ms(), desk.name, "stopped", {})])
        if once:
            await self._require_free()

    async def _look_on(self, *, once: bool) -> None:
        async with aclosing(self.feed.views()) as views:
            async for view in views:
                await finished(self._step(view, always=True) if once else self._step_through(view))
                if once:
                    break

    async def _step_through(self, view: LiveView) -> None:
        """A step that could not be written down is taken again at the next look."""
        try:
            await self._step(view, always=False)
        except DatabaseBusy as error:
            self.feed.retry()
            await self.hindered(error)
        else:
            self.siege.lifted()

    async def hindered(self, error: DatabaseBusy) -> None:
        """Somebody else keeps the database: told once, ridden out, raised when that lasts for too long."""
        self.siege.met(error)
        if news := self.breakers.news(self.now_ms()):
            with suppress(DatabaseBusy):
                await self.chronicle.tell(news)

    async def look_after(self) -> None:
        """While prices are not to be had: what happens at the venue is booked and hedged, what was asked to be closed is."""
        await finished(self._look_after())

    async def _look_after(self) -> None:
        for desk in self.desks:
            await self.chronicle.tell(await desk.look_after(self.now_ms()))
            await self._heed(desk)

    async def _flatten(self) -> None:
        await Departure(self.feed, self.desks, self.chronicle.tell, self.hindered).leave()

    async def _step(self, view: LiveView, *, always: bool) -> None:
        stock = self.feed.stock
        assert stock is not None, "a view comes of a stock"
        await self.chronicle.tell([*await self.between(), *await self._news(view.at_ms)])
        for desk in self.desks:
            standing = await self._standing(stock.leaving | view.leaving)
            await self.chronicle.tell(await desk.take(view, standing, stock.universe, always=always))
            self.halts.made(None if desk.sentry is None else desk.sentry.made_halt())
            await self._heed(desk)
        await self.chronicle.tell(await self.reviews.news(view.at_ms))

    async def _news(self, at_ms: int) -> list[Event]:
        """What stops entries, or does no more, since the last look."""
        return [*self.breakers.news(at_ms), *self.halts.news(at_ms, await self.journal.halt())]

    async def flatten(self) -> None:
        """One look at which nothing is decided, then what was asked to be closed; for want of a running trader."""
        async with aclosing(self.feed.views()) as views:
            async for view in views:
                await finished(self._flatten_at(view))
                return

    async def _flatten_at(self, view: LiveView) -> None:
        for desk in self.desks:
            await self.chronicle.tell(await desk.watch(view, await self._standing(frozenset())))
            await self._heed(desk)

    async def _heed(self, desk: Desk) -> None:
        """Close what `halt --flatten` asked to be closed, and answer what is left of it."""
        request = await kept(self.journal, desk.name)
        if request is None or not request.open:
            return
        request = request.taken(self.now_ms())
        await keep(self.journal, desk.name, request)
        await self.chronicle.tell(await desk.flatten(request.meant(desk.ledger.book.positions)))
        left = request.meant(desk.ledger.book.positions)
        await answer(self.journal, desk.name, request, left)
        await self.chronicle.tell([event(self.now_ms(), desk.name, "flattened", {"left": left})])

    async def _standing(self, leaving: frozenset[str]) -> Standing:
        return self.breakers.under(standing_under(await self.journal.halt(), leaving))

    async def _require_free(self) -> None:
        halt = await self.journal.halt()
        if halt is not None:
            of = f" of {', '.join(halt.pairs)}" if halt.pairs else ""
            raise RiskHalt(f"entries{of} are halted: {halt.reason}; `fundarb resume` lets them through again")
        if tripped := self.breakers.tripped:
            raise RiskHalt(
                f"entries are stopped by a breaker, of {'; '.join(tripped)}; it closes by itself once that is over"
            )
        for desk in self.desks:
            if desk.unresolved is not None:
                raise RiskHalt(f"{desk.name}: {desk.unresolved}")

    def _started(self, desk: Desk) -> Event:
        before = desk.past.mode
        data = {"mode": desk.mode, **({"before": before} if before not in (None, desk.mode) else {})}
        return event(self.now_ms(), desk.name, "started", data)

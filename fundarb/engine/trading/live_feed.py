"""The live feed: one look at the market each poll, and at each settlement once its rate is published and stored.

A look that fails is told and taken again at the next poll; no view is made of it, and whoever has an account looks at that
instead (`unpriced`). After an hour without a view it gives up.
Where only the history fails, the market is watched on what is known: risk asks for no settlement. A settlement is owed until
a step that decides on it was taken to its end: one that could not be written down is taken again."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncGenerator, Awaitable, Callable, Collection, Mapping
from dataclasses import dataclass, field
from typing import Any, Protocol

from fundarb.domain.instants import HOUR, MINUTE, SECOND, iso
from fundarb.domain.market import Span
from fundarb.engine.checks.skew import Reading
from fundarb.engine.trading.archive import Archive, Stock
from fundarb.engine.trading.live_view import LiveView
from fundarb.engine.trading.picture import Picture
from fundarb.engine.trading.schedule import Schedule
from fundarb.errors import DatabaseBusy, VenueError, VenueThrottled
from fundarb.ports.clock import Clock
from fundarb.ports.quotes import PairQuote, VenueQuotes
from fundarb.ports.venue import VenueData
from fundarb.signals.lookback import Reach

FRESH = MINUTE  # prices the venue stamps older than this before they were asked for are none
PATIENCE = HOUR  # without a look
PUBLISHED_WITHIN = MINUTE  # how long a settled rate is waited for
SETTLED = "settled"  # the event that tells how late its rates were to be had
_ASK_AGAIN_S = 2.0
_LEARN_AGAIN = MINUTE  # after the history failed; until then the market is watched
Tell = Callable[[int, str, Mapping[str, Any]], Awaitable[None]]
Hindered = Callable[[DatabaseBusy], Awaitable[None]]


async def unforgiving(error: DatabaseBusy) -> None:
    """Nobody rides it out."""
    raise error


async def blind() -> None:
    """Without prices there is nothing to look at."""


async def unmeasured(reading: Reading) -> None:
    """Nobody compares clocks."""


class Demand(Protocol):
    """What portfolios want of the feed; asked anew at each settlement."""

    def held(self) -> Collection[str]:
        """Pairs to look at whatever the universe."""
        ...

    def anything_open(self) -> bool:
        """Whether there is something to leave."""
        ...

    async def reach(self, now_ms: int) -> Reach:
        """How far back signals look."""
        ...

    async def foresee(self, picture: Picture) -> None:
        """Prepare to decide on what is stored, before prices are asked for."""
        ...


@dataclass(slots=True)
class LiveFeed:
    """Fills the port `Feed`; `tell` hears what happens to the feed, `alive` that it goes on. For onlookers: the `latest`
    view, whether it is `in_hand` with whoever asked for it, and since when the venue is silent. An outage may be of the
    history alone, which is not learnt again before `_learn_after_ms`."""

    clock: Clock
    venue: VenueData
    quotes: VenueQuotes
    archive: Archive
    demand: Demand
    poll_ms: int
    tell: Tell
    alive: Callable[[], Awaitable[None]]
    hindered: Hindered = unforgiving
    unpriced: Callable[[], Awaitable[None]] = blind
    stamped: Callable[[Reading], Awaitable[None]] = unmeasured
    stock: Stock | None = None
    latest: LiveView | None = None
    in_hand: bool = False
    _schedule: Schedule = field(init=False)
    _last_ms: int = 0
    _out_since_ms: int | None = None
    _throttled_until_ms: int = 0
    _owed_ms: int | None = None
    _retrying: bool = False
    _silent_since_ms: int | None = None
    _learn_after_ms: int | None = None

    def __post_init__(self) -> None:
        self._schedule = Schedule(self.poll_ms)

    def pace(self, poll_ms: int) -> None:
        """Look this often from now on."""
        self.poll_ms = self._schedule.poll_ms = poll_ms

    async def views(self) -> AsyncGenerator[LiveView, None]:
        """One after another, for ever. The first one is of a settlement; what hinders it is raised."""
        while True:
            view = await self._look_through()
            if view is not None:
                self.latest, self.in_hand, self._retrying = view, True, False
                yield view
                self.in_hand = False
                self._owed_ms = self._owed_ms if self._retrying else None
            await self.clock.sleep(self._rest_s(self.clock.now_ms(), looked=view is not None))

    @property
    def silent_since_ms(self) -> int | None:
        """Since when the venue has not answered."""
        return self._silent_since_ms

    def retry(self) -> None:
        """The step on the view in hand failed: what it was to decide on comes again with the next one."""
        self._retrying = True

    async def _look_through(self) -> LiveView | None:
        """A view and a sign of life; None where there is no view, or where nothing can be written."""
        try:
            view = await self._look_patiently()
            if view is None:
                await self.unpriced()
            await self.alive()
        except DatabaseBusy as error:
            if self.stock is None:
                raise
            await self.hindered(error)
            return None
        return view

    def _rest_s(self, now_ms: int, *, looked: bool) -> float:
        """None where a settlement came during the look that is over."""
        came = looked and self._out_since_ms is None and self._schedule.due(now_ms) is not None
        return 0.0 if came else self._schedule.rest_s(now_ms)

    async def _look_patiently(self) -> LiveView | None:
        """A view; None where the venue did not answer."""
        try:
            view = await self._look()
        except VenueError as error:
            await self._out(error)
            return None
        self._silent_since_ms = None
        if self._out_since_ms is not None and self._learn_after_ms is None:
            await self.tell(view.at_ms, "back", {"after_s": (view.at_ms - self._out_since_ms) / SECOND})
            self._out_since_ms, self._throttled_until_ms = None, 0
        return view

    async def _out(self, error: VenueError) -> None:
        """Nothing was ever seen, or not for too long: no use to go on. Else the first failure is told, and until when the
        venue lets nobody in, as often as that becomes later."""
        now_ms = self.clock.now_ms()
        if self.stock is None or now_ms - (self._silent_since_ms or now_ms) >= PATIENCE:
            raise error
        self._silent_since_ms = self._silent_since_ms or now_ms
        await self._tell_outage(now_ms, error)

    async def _tell_outage(self, now_ms: int, error: VenueError) -> None:
        until_ms = now_ms + round(error.wait_s * SECOND) if isinstance(error, VenueThrottled) and error.wait_s else 0
        if self._out_since_ms is None or until_ms > self._throttled_until_ms + MINUTE:
            self._out_since_ms = self._out_since_ms or now_ms
            self._throttled_until_ms = until_ms
            until = {"until": iso(until_ms)} if until_ms else {}
            await self.tell(now_ms, "outage", {"why": str(error), **until})

    async def _look(self) -> LiveView:
        """Everything that is to be seen now. What was begun and failed is begun anew."""
        stock, boundary_ms = await self._stocked()
        asked_ms = self.clock.now_ms()
        quotes = await self._quoted(stock.symbols)
        fresh = [quote for quote in quotes if quote.ticker.observed_at_ms >= asked_ms - FRESH]
        told_ms = max((quote.ticker.observed_at_ms for quote in fresh), default=asked_ms)
        at_ms = max(told_ms, stock.picture.panel.until_ms, self._last_ms + 1)
        await self.archive.record(fresh, at_ms)
        if boundary_ms is not None:
            self._schedule.handled(boundary_ms)
        self._schedule.heard(quote.ticker for quote in fresh)
        self.stock, self._last_ms, self._owed_ms = stock, at_ms, boundary_ms or self._owed_ms
        return LiveView(at_ms, stock.picture, {quote.ticker.symbol: quote for quote in fresh}, self._owed_ms)

    async def _quoted(self, symbols: Collection[str]) -> tuple[PairQuote, ...]:
        """Prices; by which clock the venue stamped them is told."""
        before_ms = self.clock.now_ms()
        quotes = await self.quotes.quotes(symbols)
        after_ms = self.clock.now_ms()
        if quotes:
            await self.stamped(Reading(before_ms, max(quote.ticker.observed_at_ms for quote in quotes), after_ms))
        return quotes

    async def _stocked(self) -> tuple[Stock, int | None]:
        """What to stand on, and the settlement to decide on; where that cannot be learnt, what is known, and none."""
        stock, now_ms = self.stock, self.clock.now_ms()
        due_ms = self._schedule.due(now_ms)
        if stock is not None and (due_ms is None or now_ms < (self._learn_after_ms or now_ms)):
            return stock, None
        try:
            learnt = await self._learnt(due_ms)
        except VenueError as error:
            if stock is None:
                raise
            self._learn_after_ms = self.clock.now_ms() + _LEARN_AGAIN
            await self._tell_outage(now_ms, error)
            return stock, None
        self._learn_after_ms = None
        return learnt

    async def _learnt(self, due_ms: int | None) -> tuple[Stock, int]:
        """The store brought up to date, and the settlement that can be decided on with it."""
        if due_ms is not None:
            await self._published(due_ms)
        now_ms = self.clock.now_ms()
        held, reach, needed = self.demand.held(), await self.demand.reach(now_ms), self.demand.anything_open()
        stock = await self.archive.restock(now_ms, held, reach, anything_open=needed)
        await self.demand.foresee(stock.picture)
        return stock, max(due_ms or 0, stock.picture.newest_ms or 0) or now_ms

    async def _published(self, boundary_ms: int) -> None:
        """Wait, bounded, until the venue has published what settles; tell how long that took."""
        lacking, until_ms = self._schedule.settling(boundary_ms), boundary_ms + PUBLISHED_WITHIN
        while lacking := await self._unpublished(lacking, boundary_ms):
            if self.clock.now_ms() >= until_ms:
                break
            await self.clock.sleep(_ASK_AGAIN_S)
        delay_ms = self.clock.now_ms() - boundary_ms
        await self.tell(self.clock.now_ms(), SETTLED, {"delay_ms": delay_ms, "missing": lacking})

    async def _unpublished(self, symbols: list[str], boundary_ms: int) -> list[str]:
        """Those of which the history does not hold the settlement yet, or is not answered; that of none is an error."""
        span = Span(boundary_ms, boundary_ms + 1)
        asked = (self.venue.funding_page(symbol, span) for symbol in symbols)
        pages = await asyncio.gather(*asked, return_exceptions=True)
        failed = [page for page in pages if isinstance(page, BaseException)]
        for error in failed:
            if len(failed) == len(self._schedule.settling(boundary_ms)) or not isinstance(error, VenueError):
                raise error
        return [symbol for symbol, page in zip(symbols, pages, strict=True) if isinstance(page, VenueError) or not page]

"""A live feed over a venue in memory, whose time moves when the feed sleeps, and a real store."""

from __future__ import annotations

from collections.abc import AsyncIterator, Callable, Collection, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from decimal import Decimal
from pathlib import Path
from typing import Any

from fundarb.adapters.sqlite.panel_load import load_trailing
from fundarb.domain.instants import DAY, HOUR
from fundarb.domain.market import Span
from fundarb.engine.trading.archive import Archive, Wanted
from fundarb.engine.trading.live_feed import LiveFeed
from fundarb.engine.trading.live_view import LiveView
from fundarb.engine.trading.picture import Picture
from fundarb.ports.quotes import Touch
from fundarb.ports.venue import Ticker
from fundarb.signals.lookback import Reach
from tests.engine.collect.markets import Store, opened
from tests.fakes.quotes import MemoryQuotes
from tests.fakes.venue import MemoryVenue

START = 480_000 * HOUR
BTC, ETH = "BTC/USDT:USDT", "ETH/USDT:USDT"
INTERVAL = 8 * HOUR


@dataclass(slots=True)
class MovingClock:
    """Fills `Clock`: a sleep moves the venue, which tells of it before anyone looks."""

    venue: MemoryVenue
    moved: list[Callable[[int], None]] = field(default_factory=list)

    def now_ms(self) -> int:
        """The venue's time."""
        return self.venue.now_ms

    async def sleep(self, seconds: float) -> None:
        """Move it."""
        self.venue.now_ms += round(seconds * 1000)
        announce(self.venue)
        for hear in self.moved:
            hear(self.venue.now_ms)


@dataclass(slots=True)
class Wish:
    """Fills `Demand`."""

    pairs: Collection[str] = ()
    foreseen: list[int] = field(default_factory=list)

    def held(self) -> Collection[str]:
        """What it was told."""
        return self.pairs

    def anything_open(self) -> bool:
        """Whatever is held is open."""
        return bool(self.pairs)

    async def reach(self, now_ms: int) -> Reach:
        """Two days."""
        return Reach(2 * DAY, 3)

    async def foresee(self, picture: Picture) -> None:
        """Remember of when it was."""
        self.foreseen.append(picture.panel.until_ms)


@dataclass(slots=True)
class Looking:
    """A feed and all it is made of; `told` are (name, data) of what happened to it."""

    feed: LiveFeed
    venue: MemoryVenue
    quotes: MemoryQuotes
    clock: MovingClock
    store: Store
    wish: Wish
    told: list[tuple[str, Mapping[str, Any]]]
    beats: list[int]

    async def views(self, count: int) -> list[LiveView]:
        """The first so many."""
        found = []
        async for view in self.feed.views():
            found.append(view)
            if len(found) == count:
                break
        return found

    def named(self, name: str) -> list[Mapping[str, Any]]:
        """What was told under a name."""
        return [data for one, data in self.told if one == name]


def announce(venue: MemoryVenue) -> None:
    """Every perp announces its next settlement."""
    upcoming = (venue.now_ms // INTERVAL + 1) * INTERVAL
    venue.quotes = [
        Ticker(
            one.pair.symbol, venue.now_ms, Decimal("0.0001"), upcoming, INTERVAL, Decimal(100), Decimal(10), Decimal(1)
        )
        for one in venue.listed
    ]


def a_venue(now_ms: int) -> MemoryVenue:
    """Two pairs with ten days of history, and ten to come."""
    venue, whole = MemoryVenue(now_ms), Span(START - 10 * DAY, START + 10 * DAY)
    for symbol in (BTC, ETH):
        venue.list_pair(symbol, first_seen_ms=whole.start_ms)
        venue.settle(symbol, range(whole.start_ms + INTERVAL, whole.end_ms, INTERVAL))
        for market in ("spot", "perp", "mark"):
            venue.trade(symbol, market, HOUR, whole)
    announce(venue)
    return venue


@asynccontextmanager
async def looking(
    path: Path, now_ms: int = START + HOUR, *, poll_ms: int = HOUR, held: Collection[str] = ()
) -> AsyncIterator[Looking]:
    """A feed that has not looked yet."""
    venue = a_venue(now_ms)
    prices = {
        (symbol, market): Touch(Decimal(99), Decimal(101)) for symbol in (BTC, ETH) for market in ("spot", "perp")
    }
    quotes, clock = MemoryQuotes(venue, prices), MovingClock(venue)
    told: list[tuple[str, Mapping[str, Any]]] = []
    beats: list[int] = []
    wish = Wish(held)

    async def tell(at_ms: int, name: str, data: Mapping[str, Any]) -> None:
        told.append((name, data))

    async def alive() -> None:
        beats.append(venue.now_ms)

    async with opened(path) as store:
        wanted = Wanted([BTC, ETH], (), HOUR, 4, spot_from_perp=False)
        archive = Archive(store.reader, store.writer, venue, load_trailing, wanted, lambda words: None)
        feed = LiveFeed(clock, venue, quotes, archive, wish, poll_ms, tell, alive)
        yield Looking(feed, venue, quotes, clock, store, wish, told, beats)


def late(venue: MemoryVenue, symbol: str, stamp: int, until_ms: int) -> Callable[[int], None]:
    """Take a settlement away until a moment; to be told of the time."""
    venue.lose(symbol, [stamp])

    def publish(now_ms: int) -> None:
        if now_ms >= until_ms:
            venue.settle(symbol, [stamp])

    return publish

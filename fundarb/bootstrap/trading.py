"""Trading wired together: the store under its lock, the venue with or without an account, and the desks of the mode."""

from __future__ import annotations

from collections.abc import AsyncIterator, Callable, Mapping, Sequence
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass, field
from pathlib import Path
from shutil import disk_usage
from typing import Any

from fundarb.adapters.sqlite.connection import open_store
from fundarb.adapters.sqlite.files import stands
from fundarb.adapters.sqlite.journal import SqliteJournal
from fundarb.adapters.sqlite.locks import hold
from fundarb.adapters.sqlite.market_writer import SqliteMarketWriter
from fundarb.adapters.sqlite.panel_load import load_trailing
from fundarb.adapters.sqlite.stream_cache import RememberingReader
from fundarb.bootstrap.account import Account
from fundarb.bootstrap.clocks import stopwatch
from fundarb.bootstrap.desks import desk_of, live_terms, paper_terms
from fundarb.bootstrap.doctor import failing
from fundarb.bootstrap.live import require_isolated, sparing, wire_live
from fundarb.bootstrap.putting_aside import put_aside
from fundarb.bootstrap.renewing import Renewer, Sources
from fundarb.bootstrap.trading_venue import TradingVenue, open_trading_venue
from fundarb.bootstrap.venue_checks import asked_about
from fundarb.config import Resolved
from fundarb.config.keys import Keys
from fundarb.config.settings import Settings
from fundarb.domain.instants import LATEST
from fundarb.engine.journal_ledger import open_ledger
from fundarb.engine.trading.archive import Archive, Wanted
from fundarb.engine.trading.breakers import Breakers
from fundarb.engine.trading.desk import Desk
from fundarb.engine.trading.disk_room import DiskRoom
from fundarb.engine.trading.live_feed import LiveFeed
from fundarb.engine.trading.pulse import Pulse
from fundarb.engine.trading.siege import NAME as SIEGE
from fundarb.engine.trading.siege import Siege
from fundarb.engine.trading.telling import event
from fundarb.engine.trading.trader import Chronicle, Hear, Needs, Trader
from fundarb.errors import VenueError
from fundarb.ports.journal import Event
from fundarb.ports.market import MarketReader, MarketWriter
from fundarb.reporting.held import PAPER
from fundarb.strategy.params import Mode

HEARTBEAT = "trade"
Note = Callable[[str], None]


@dataclass(frozen=True, slots=True)
class Asked:
    """What `trade` is asked: the modes, side by side where there are several, and whether paper begins anew. With keys it
    is live: one portfolio, of one mode."""

    modes: tuple[Mode, ...]
    beside: bool = False
    new: bool = False
    keys: Keys | None = None

    @property
    def portfolios(self) -> list[str]:
        """What the paper portfolios of the modes are called."""
        return [f"{PAPER}:{mode}" if self.beside else PAPER for mode in self.modes]


@dataclass(slots=True)
class Trading:
    """A trader, and the settings that are in force: another one's once a changed configuration was taken over."""

    trader: Trader
    settings: Settings


@asynccontextmanager
async def open_trader(
    database: Path, resolved: Resolved, asked: Asked, hear: Hear, note: Note, sources: Sources | None = None
) -> AsyncIterator[Trading]:
    """A trader, alone on its database for as long as the block lasts."""
    if asked.keys is not None:
        require_isolated(resolved.settings)
    stands(database)
    with hold(database, ("trade",)):
        async with (
            open_store(database, "write") as market,
            open_store(database, "append", durable=True) as trading,
            open_trading_venue(resolved.settings, asked.keys, database, (pulse := Pulse()).stirred) as venue,
        ):
            reader = RememberingReader(market, database)
            if venue.account is not None:
                venue.account.remember(await reader.pairs(LATEST))
            workshop = _Workshop(database, asked, venue, Chronicle(SqliteJournal(trading), hear), pulse)
            writer = SqliteMarketWriter(market, venue.clock.now_ms)
            async with pulse.beating(workshop.beat):
                yield await workshop.trader(reader, writer, resolved, note, sources)


@dataclass(frozen=True, slots=True)
class _Workshop:
    """Makes a trader, and its desks again when its configuration changes."""

    database: Path
    asked: Asked
    venue: TradingVenue
    chronicle: Chronicle
    pulse: Pulse
    siege: Siege = field(default_factory=lambda: Siege(stopwatch().now_ms))

    async def trader(
        self, reader: MarketReader, writer: MarketWriter, resolved: Resolved, note: Note, sources: Sources | None
    ) -> Trading:
        """Paper as it is asked for; live once the doctor finds nothing wrong."""
        settings, account, now_ms = await self.canonical(resolved), self.venue.account, self.venue.clock.now_ms
        if account is not None:
            await _require_sound(self.database, settings, account)
        if self.asked.new:
            await put_aside(self.chronicle, self.asked.portfolios, now_ms())
        desks = await self.desks(settings, self.asked.modes, starting=True)
        archive = Archive(reader, writer, self.venue.data, load_trailing, _wanted(settings), note)
        feed = self._feed(archive, Needs(desks), settings)

        async def rebuild(anew: Settings, mode: Mode | None) -> None:
            desks[:] = await self.desks(anew, [mode or one.thinking.mode for one in desks], starting=False)
            archive.wanted = _wanted(anew)
            feed.pace(anew.trade.poll)
            self.venue.punctuality.most_ms = anew.trade.max_skew_ms
            trading.settings = anew

        async def renewed(again: Resolved) -> Settings:
            anew = await self.canonical(again)
            await archive.require(_wanted(anew), now_ms())
            return anew

        renewing = sources and Renewer(sources, self.database, settings, desks, renewed, rebuild, now_ms)

        async def between() -> Sequence[Event]:
            if account is not None:
                with suppress(VenueError):  # the next look asks again
                    await account.listed()
            return await renewing() if renewing else ()

        room = DiskRoom(lambda: disk_usage(self.database.absolute().parent).free)
        breakers = Breakers({**self.venue.breakers, "the disk": room, SIEGE: self.siege})
        journal = self.chronicle.journal
        trader = Trader(feed, desks, journal, self.chronicle, now_ms, breakers, between, siege=self.siege)
        feed.hindered = trader.hindered
        if account is not None:
            feed.unpriced = trader.look_after
        trading = Trading(trader, settings)
        return trading

    async def canonical(self, resolved: Resolved) -> Settings:
        """The settings with pairs as the venue names them, less what a person left to its owner."""
        named = resolved.canonical([one.pair for one in await self.venue.data.listings()])
        return named if self.venue.account is None else await sparing(named, self.chronicle.journal)

    async def desks(self, settings: Settings, modes: Sequence[Mode], *, starting: bool) -> list[Desk]:
        """One desk a mode on paper; live, one. Made from what the journal holds."""
        journal, venue = self.chronicle.journal, self.venue
        if venue.account is not None:
            live, (mode,) = await wire_live(journal, venue.account, settings), modes
            return [await desk_of(journal, settings, mode, live.ledger, live_terms(live, mode, starting=starting))]
        desks = []
        for name, mode in zip(self.asked.portfolios, modes, strict=True):
            ledger, terms = await open_ledger(journal, name), paper_terms(settings, mode, venue.data, venue.quotes)
            desks.append(await desk_of(journal, settings, mode, ledger, terms))
        return desks

    def _feed(self, archive: Archive, needs: Needs, settings: Settings) -> LiveFeed:
        async def tell(at_ms: int, name: str, data: Mapping[str, Any]) -> None:
            await self.chronicle.tell([event(at_ms, None, name, data)])

        venue = self.venue
        feed = LiveFeed(venue.clock, venue.data, venue.quotes, archive, needs, settings.trade.poll, tell, self.beat)
        feed.stamped = venue.punctuality.stamped
        return feed

    async def beat(self) -> None:
        """Say that the trader is alive."""
        await self.chronicle.journal.beat(HEARTBEAT, self.venue.clock.now_ms())
        self.pulse.beaten()
        self.siege.eased()


async def _require_sound(database: Path, settings: Settings, account: Account) -> None:
    """Live trading begins with a doctor who finds nothing. A pair that has left the venue does not stand in its way: what is
    held of it has to be dealt with."""
    pairs = asked_about(settings, await account.data.listings())
    for finding in await failing(database, settings, account, pairs):
        raise finding.error()


def _wanted(settings: Settings) -> Wanted:
    return Wanted(
        settings.universe.pairs,
        settings.universe.exclude,
        settings.fetch.interval,
        settings.fetch.concurrency,
        settings.backtest.spot_source == "perp",
    )

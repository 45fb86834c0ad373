"""Trading wired together: the store under its lock, the venue with or without an account, and the desks of the mode."""

from __future__ import annotations

from collections.abc import AsyncIterator, Callable, Mapping, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from fundarb.adapters.clocks import PacedClock
from fundarb.adapters.sqlite.connection import open_store
from fundarb.adapters.sqlite.files import stands
from fundarb.adapters.sqlite.journal import SqliteJournal
from fundarb.adapters.sqlite.locks import hold
from fundarb.adapters.sqlite.market_writer import SqliteMarketWriter
from fundarb.adapters.sqlite.panel_load import load_trailing
from fundarb.adapters.sqlite.stream_cache import RememberingReader
from fundarb.bootstrap.account import Account, open_account
from fundarb.bootstrap.desks import desk_of, live_terms, paper_terms
from fundarb.bootstrap.doctor import failing
from fundarb.bootstrap.live import require_isolated, sparing, wire_live
from fundarb.bootstrap.putting_aside import put_aside
from fundarb.bootstrap.renewing import Renewer, Sources
from fundarb.bootstrap.venue import open_clock, open_venue
from fundarb.config import Resolved
from fundarb.config.keys import Keys
from fundarb.config.settings import Settings
from fundarb.domain.instants import iso
from fundarb.engine.breaker import CircuitBreaker
from fundarb.engine.journal_ledger import open_ledger
from fundarb.engine.trading.archive import Archive, Wanted
from fundarb.engine.trading.breakers import Breakers
from fundarb.engine.trading.desk import Desk
from fundarb.engine.trading.live_feed import LiveFeed
from fundarb.engine.trading.telling import event
from fundarb.engine.trading.trader import Chronicle, Hear, Needs, Trader, nothing
from fundarb.errors import ConfigError, VenueRefused
from fundarb.ports.clock import Clock
from fundarb.ports.journal import Journal
from fundarb.ports.quotes import VenueQuotes
from fundarb.ports.venue import VenueData
from fundarb.reporting.held import PAPER
from fundarb.strategy.params import Mode

HEARTBEAT = "trade"
LEAST_POLL_S = 0.2  # of the wall, however fast the venue's time runs


@dataclass(frozen=True, slots=True)
class Asked:
    """What `trade` is asked: the modes, side by side where there are several, and whether paper begins anew. With keys it
    is live: one portfolio, of one mode."""

    modes: tuple[Mode, ...]
    beside: bool = False
    new: bool = False
    keys: Keys | None = None

    def portfolio(self, mode: Mode) -> str:
        """What the paper portfolio of a mode is called."""
        return f"{PAPER}:{mode}" if self.beside else PAPER


@dataclass(frozen=True, slots=True)
class Venue:
    """What one trader asks: market data and live prices, by a clock, under a breaker; and an account, if it is live."""

    data: VenueData
    quotes: VenueQuotes
    clock: Clock
    breaker: CircuitBreaker
    account: Account | None = None


@asynccontextmanager
async def open_trader(
    database: Path,
    resolved: Resolved,
    asked: Asked,
    hear: Hear,
    note: Callable[[str], None],
    sources: Sources | None = None,
) -> AsyncIterator[Trader]:
    """A trader, alone on its database for as long as the block lasts."""
    if asked.keys is not None:
        require_isolated(resolved.settings)
    stands(database)
    with hold(database, ("trade",)):
        async with (
            open_store(database, "write") as market,
            open_store(database, "append", durable=True) as trading,
            _open_venue(resolved.settings, asked.keys, database) as venue,
        ):
            await require_synchronous(venue.data, venue.clock, resolved.settings.trade.max_skew_ms)
            clock, journal = _paced(venue.clock), SqliteJournal(trading)

            async def canonical(anew: Resolved) -> Settings:
                named = anew.canonical([one.pair for one in await venue.data.listings()])
                return named if venue.account is None else await sparing(named, journal)

            settings = await canonical(resolved)
            reader = RememberingReader(market, database)
            writer = SqliteMarketWriter(market, clock.now_ms)
            archive = Archive(reader, writer, venue.data, load_trailing, _wanted(settings), note)
            chronicle = Chronicle(journal, hear)
            if asked.new:
                await put_aside(chronicle, [asked.portfolio(mode) for mode in asked.modes], clock.now_ms())
            if venue.account is not None:
                await _require_sound(database, settings, venue.account)
            names = [asked.portfolio(mode) for mode in asked.modes]
            desks = await _desks(venue, journal, settings, names, asked.modes)
            feed = _feed(clock, venue, archive, Needs(desks), settings, chronicle)

            async def rebuild(anew: Settings, mode: Mode | None) -> None:
                modes = [mode or one.thinking.mode for one in desks]
                desks[:] = await _desks(venue, journal, anew, names, modes)
                archive.wanted = _wanted(anew)
                feed.pace(anew.trade.poll)

            yield Trader(
                feed=feed,
                desks=desks,
                journal=journal,
                chronicle=chronicle,
                now_ms=clock.now_ms,
                breakers=Breakers({"the account" if venue.account else "market data": venue.breaker}),
                between=nothing
                if sources is None
                else Renewer(sources, database, settings, desks, canonical, rebuild, clock.now_ms),
            )


@asynccontextmanager
async def _open_venue(settings: Settings, keys: Keys | None, database: Path) -> AsyncIterator[Venue]:
    """With keys the account through the same client, so that one pacer counts all requests."""
    if keys is not None:
        async with open_account(settings, keys, database=database) as account:
            yield Venue(account.data, account.data, account.clock, account.breaker, account)
        return
    async with open_clock(settings) as clock:
        breaker = CircuitBreaker(clock.now_ms)
        async with open_venue(settings, clock, database=database, breaker=breaker) as data:
            yield Venue(data, _quotes_of(data, settings), clock, breaker)


async def _desks(
    venue: Venue, journal: Journal, settings: Settings, names: Sequence[str], modes: Sequence[Mode]
) -> list[Desk]:
    """One desk a mode on paper; live, one. Made from what the journal holds."""
    if venue.account is not None:
        live, (mode,) = await wire_live(journal, venue.account, settings), modes
        return [await desk_of(journal, settings, mode, live.ledger, live_terms(live, mode))]
    desks = []
    for name, mode in zip(names, modes, strict=True):
        ledger, terms = await open_ledger(journal, name), paper_terms(settings, mode, venue.data, venue.quotes)
        desks.append(await desk_of(journal, settings, mode, ledger, terms))
    return desks


async def _require_sound(database: Path, settings: Settings, account: Account) -> None:
    """Live trading begins with a doctor who finds nothing; what pairs are asked about stand for all."""
    pairs = settings.universe.pairs or [one.pair.symbol for one in await account.data.listings() if one.trading]
    for finding in await failing(database, settings, account, pairs):
        raise finding.error()


async def require_synchronous(venue: VenueData, clock: Clock, most_ms: int) -> None:
    """Refuse to start where our clock and the venue's are too far apart: what is late or early would be misjudged."""
    before_ms = clock.now_ms()
    theirs_ms = await venue.server_ms()
    after_ms = clock.now_ms()
    skew_ms = max(before_ms - theirs_ms, theirs_ms - after_ms, 0)
    if skew_ms > most_ms:
        raise VenueRefused(
            f"the venue's clock says {iso(theirs_ms)}, this machine's {iso(after_ms)}: {skew_ms} ms apart, at most "
            f"{most_ms} are allowed; let the machine set its clock (NTP), or raise trade.max_skew_ms"
        )


def _paced(clock: Clock) -> Clock:
    """Where time runs faster than the wall, polls are kept apart."""
    return PacedClock(clock, LEAST_POLL_S) if getattr(clock, "runs", False) else clock


def _wanted(settings: Settings) -> Wanted:
    return Wanted(
        settings.universe.pairs,
        settings.universe.exclude,
        settings.fetch.interval,
        settings.fetch.concurrency,
        settings.backtest.spot_source == "perp",
    )


def _quotes_of(venue: VenueData, settings: Settings) -> VenueQuotes:
    """The venue's live prices, where fundarb knows how to ask for them."""
    if not isinstance(venue, VenueQuotes):
        raise ConfigError(f"venue.id: {settings.venue.id} cannot be traded on yet, only bybit can; it can be fetched")
    return venue


def _feed(
    clock: Clock, venue: Venue, archive: Archive, needs: Needs, settings: Settings, chronicle: Chronicle
) -> LiveFeed:
    async def tell(at_ms: int, name: str, data: Mapping[str, Any]) -> None:
        await chronicle.tell([event(at_ms, None, name, data)])

    async def alive(at_ms: int) -> None:
        await chronicle.journal.beat(HEARTBEAT, at_ms)

    return LiveFeed(clock, venue.data, venue.quotes, archive, needs, settings.trade.poll, tell, alive)

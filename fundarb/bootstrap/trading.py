"""Trading wired together: the store under its lock, the venue and its clock, and the executor that the mode means."""

from __future__ import annotations

import json
from collections.abc import AsyncIterator, Callable, Iterable, Mapping, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from fundarb.accounting.fees import round_trip_bp
from fundarb.adapters.clocks import PacedClock
from fundarb.adapters.sqlite.connection import open_store
from fundarb.adapters.sqlite.files import stands
from fundarb.adapters.sqlite.journal import SqliteJournal
from fundarb.adapters.sqlite.locks import hold
from fundarb.adapters.sqlite.market_writer import SqliteMarketWriter
from fundarb.adapters.sqlite.panel_load import load_trailing
from fundarb.adapters.sqlite.stream_cache import RememberingReader
from fundarb.bootstrap.portfolios import PARAMS
from fundarb.bootstrap.renewing import Renewer, Sources
from fundarb.bootstrap.setup import setup_of
from fundarb.bootstrap.venue import open_clock, open_venue
from fundarb.config import Resolved
from fundarb.config.settings import Settings
from fundarb.domain.instants import LATEST, iso
from fundarb.domain.ledger import LedgerLine
from fundarb.domain.market import Span
from fundarb.engine.breaker import CircuitBreaker
from fundarb.engine.cycle import CycleRules
from fundarb.engine.journal_ledger import open_ledger
from fundarb.engine.paper import PaperExecutor, PaperRules
from fundarb.engine.trading.archive import Archive, Wanted
from fundarb.engine.trading.breakers import Breakers
from fundarb.engine.trading.danger import Danger
from fundarb.engine.trading.desk import Desk, DeskTerms, Score
from fundarb.engine.trading.live_feed import LiveFeed
from fundarb.engine.trading.remembering import remembered
from fundarb.engine.trading.sentry import Sentry
from fundarb.engine.trading.telling import event
from fundarb.engine.trading.thinking import Memory, Prices, Thinking
from fundarb.engine.trading.trader import Chronicle, Hear, Needs, Trader, nothing
from fundarb.errors import ConfigError, VenueRefused
from fundarb.ports.clock import Clock
from fundarb.ports.journal import Journal
from fundarb.ports.quotes import VenueQuotes
from fundarb.ports.venue import VenueData
from fundarb.reporting.held import PAPER
from fundarb.research.rules import Setup, charge_bp, costs_by_pair, cycle_rules, margin_terms, simulation_rules
from fundarb.risk.losses import LossLimits
from fundarb.signals.panel import Panel
from fundarb.strategy.params import Mode

HEARTBEAT = "trade"
LEAST_POLL_S = 0.2  # of the wall, however fast the venue's time runs


@dataclass(frozen=True, slots=True)
class Asked:
    """What `trade` is asked: the modes, side by side where there are several, and whether paper begins anew."""

    modes: tuple[Mode, ...]
    beside: bool = False
    new: bool = False

    def portfolio(self, mode: Mode) -> str:
        """What the portfolio of a mode is called."""
        return f"{PAPER}:{mode}" if self.beside else PAPER


@asynccontextmanager
async def open_paper(
    database: Path,
    resolved: Resolved,
    asked: Asked,
    hear: Hear,
    note: Callable[[str], None],
    sources: Sources | None = None,
) -> AsyncIterator[Trader]:
    """A trader on paper, alone on its database for as long as the block lasts."""
    stands(database)
    with hold(database, ("trade",)):
        async with (
            open_store(database, "write") as market,
            open_store(database, "append", durable=True) as trading,
            open_clock(resolved.settings) as venue_clock,
            _guarded_venue(resolved.settings, venue_clock, database) as (venue, breaker),
        ):
            await require_synchronous(venue, venue_clock, resolved.settings.trade.max_skew_ms)
            clock, journal = _paced(venue_clock), SqliteJournal(trading)
            settings = resolved.canonical([one.pair for one in await venue.listings()])
            archive = Archive(
                RememberingReader(market, database),
                SqliteMarketWriter(market, clock.now_ms),
                venue,
                load_trailing,
                _wanted(settings),
                note,
            )
            chronicle = Chronicle(journal, hear)
            if asked.new:
                await _close(journal, chronicle, [asked.portfolio(mode) for mode in asked.modes], clock.now_ms())
            quotes = _quotes_of(venue, settings)
            desks = [await _desk(journal, settings, asked.portfolio(mode), mode, venue, quotes) for mode in asked.modes]
            feed = _feed(clock, venue, quotes, archive, Needs(desks), settings, journal, chronicle)

            async def canonical(anew: Resolved) -> Settings:
                return anew.canonical([one.pair for one in await venue.listings()])

            async def rebuild(anew: Settings, mode: Mode | None) -> None:
                desks[:] = [
                    await _desk(journal, anew, one.name, mode or one.thinking.mode, venue, quotes) for one in desks
                ]
                archive.wanted = _wanted(anew)
                feed.pace(anew.trade.poll)

            yield Trader(
                feed=feed,
                desks=desks,
                journal=journal,
                chronicle=chronicle,
                now_ms=clock.now_ms,
                breakers=Breakers({"market data": breaker}),
                between=nothing
                if sources is None
                else Renewer(sources, database, settings, desks, canonical, rebuild, clock.now_ms),
            )


@asynccontextmanager
async def _guarded_venue(
    settings: Settings, clock: Clock, database: Path
) -> AsyncIterator[tuple[VenueData, CircuitBreaker]]:
    """The venue's market data, and the breaker that hears how each question to it ends."""
    breaker = CircuitBreaker(clock.now_ms)
    async with open_venue(settings, clock, database=database, breaker=breaker) as venue:
        yield venue, breaker


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
    clock: Clock,
    venue: VenueData,
    quotes: VenueQuotes,
    archive: Archive,
    needs: Needs,
    settings: Settings,
    journal: Journal,
    chronicle: Chronicle,
) -> LiveFeed:
    async def tell(at_ms: int, name: str, data: Mapping[str, Any]) -> None:
        await chronicle.tell([event(at_ms, None, name, data)])

    async def alive(at_ms: int) -> None:
        await journal.beat(HEARTBEAT, at_ms)

    return LiveFeed(clock, venue, quotes, archive, needs, settings.trade.poll, tell, alive)


async def _desk(
    journal: Journal, settings: Settings, name: str, mode: Mode, venue: VenueData, quotes: VenueQuotes
) -> Desk:
    """A portfolio as its ledger and its events left it."""
    setup = setup_of(settings)

    async def recall(what: str) -> str | None:
        return await journal.recall(name, what)

    async def remember(what: str, value: str) -> None:
        await journal.remember(name, what, value)

    memory = Memory(recall, remember)
    prices = Prices(float(round_trip_bp(costs_by_pair(setup.costs)(""))), charge_bp(setup))
    past = remembered(await journal.events(name, Span(0, LATEST)))
    await journal.remember(name, PARAMS, json.dumps(setup.flat))
    return Desk(
        name=name,
        terms=_terms(setup, settings, mode, _Market(venue, quotes)),
        thinking=Thinking(mode, setup.strategy, prices, memory),
        ledger=await open_ledger(journal, name),
        past=past,
        sentry=sentry_of(name, journal, memory, settings, setup),
    )


def sentry_of(name: str, journal: Journal, memory: Memory, settings: Settings, setup: Setup) -> Sentry:
    """The stops of the configuration, watching one portfolio."""
    trade, rules = settings.trade, simulation_rules(setup)
    danger = Danger(trade.flatten_margin, rules.margin, rules.mmr, rules.costs, rules.tiers)
    return Sentry(name, journal, memory, LossLimits(trade.drawdown_stop, trade.daily_loss), danger)


def _terms(setup: Setup, settings: Settings, mode: Mode, market: _Market) -> DeskTerms:
    rules = PaperRules(simulation_rules(setup), settings.trade.max_spread_bps, settings.fetch.interval)

    def executor(lines: Iterable[LedgerLine], previous_ms: int) -> PaperExecutor:
        return PaperExecutor(market, rules, lines, previous_ms)

    def bound(panel: Panel, from_ms: int, score: Score, sticky: bool) -> CycleRules:
        return cycle_rules(setup, panel, mode, from_ms, score, sticky=sticky)

    return DeskTerms(setup.capital, margin_terms(setup.margin), bound, executor)


class _Market:
    """What paper asks of a venue, from its two faces."""

    def __init__(self, venue: VenueData, quotes: VenueQuotes) -> None:
        self.candle_page, self.depth = venue.candle_page, quotes.depth


async def _close(journal: Journal, chronicle: Chronicle, names: Sequence[str], now_ms: int) -> None:
    """Put ledgers aside under ids of their own; one that has no line is not there to be closed."""
    known = set(await journal.portfolios())
    for name in names:
        if name in known:
            under = _unused(f"{name.replace(':', '.')}.{iso(now_ms).replace(':', '')}", known)
            await journal.close_portfolio(name, under)
            known.add(under)
            await chronicle.tell([event(now_ms, under, "put_aside", {"was": name})])


def _unused(name: str, known: set[str]) -> str:
    """The name, numbered where it is taken."""
    numbered = (name if number == 1 else f"{name}.{number}" for number in range(1, len(known) + 2))
    return next(one for one in numbered if one not in known)

"""The market at one moment, for `signals`: a reader, which changes nothing."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from fundarb.adapters.sqlite.connection import open_store
from fundarb.adapters.sqlite.journal import SqliteJournal
from fundarb.adapters.sqlite.market_reader import SqliteMarketReader
from fundarb.adapters.sqlite.panel_cache import load_panel_cached
from fundarb.bootstrap.setup import setup_of
from fundarb.bootstrap.venue import clock_ms
from fundarb.config import Resolved
from fundarb.config.settings import Settings
from fundarb.domain.instants import LATEST, iso
from fundarb.domain.naming import resolve_pair
from fundarb.domain.when import parse_when
from fundarb.engine.market import Market as ReplayMarket
from fundarb.ports.market import MarketReader
from fundarb.reporting.advice import few
from fundarb.reporting.held import held_pairs
from fundarb.reporting.interest import seen_interest
from fundarb.reporting.moment import newest_known, settled_by
from fundarb.reporting.outlook import Outlook, look
from fundarb.research.lacking import LEND, lendable
from fundarb.research.rules import charge_bp, costs_by_pair
from fundarb.research.universe import choose_universe
from fundarb.signals.open_interest import OpenInterest
from fundarb.signals.panel import Panel
from fundarb.strategy.params import Mode


@dataclass(frozen=True, slots=True)
class Asked:
    """What `signals` is asked: pairs as typed, the mode, the moment as typed (None: the newest the store knows), and the
    pair to explain as typed: among all those it stands beside in the table, whose forecasts a band is fitted on too."""

    names: Sequence[str]
    mode: Mode | None = None
    at: str | None = None
    explained: str | None = None


async def find_outlook(database: Path, resolved: Resolved, asked: Asked, note: Callable[[str], None]) -> Outlook:
    """The market at one moment as a mode sees it, from what was known then."""
    async with open_store(database, "read") as connection:
        reader = SqliteMarketReader(connection)
        stored = await reader.pairs(LATEST)
        settings = resolved.canonical(stored)
        explained = None if asked.explained is None else resolve_pair(asked.explained, stored)
        symbols, at_ms = await _pairs_and_moment(reader, settings, asked, explained, note)
        panel = await load_panel_cached(database, reader, symbols, at_ms)
        held = await held_pairs(SqliteJournal(connection), at_ms)
        interest = {} if explained is None else {explained: await seen_interest(reader, explained, at_ms)}
    shown = symbols if explained is None else (explained,)
    spotless = [] if settings.backtest.spot_source == "perp" else lendable(panel, shown)
    if spotless:
        note(f"no spot candles are stored of {few(spotless)}; {LEND}")
    return _look(panel, settings, asked.mode, held, interest)


async def _pairs_and_moment(
    reader: MarketReader, settings: Settings, asked: Asked, explained: str | None, note: Callable[[str], None]
) -> tuple[tuple[str, ...], int]:
    """The pairs that had settled by the moment meant, and that moment."""
    now_ms, exclude = await clock_ms(settings, note), settings.universe.exclude
    chosen = await choose_universe(reader, asked.names or settings.universe.pairs, exclude, now_ms)
    if explained is not None and explained not in chosen.symbols:
        chosen = await choose_universe(reader, [explained], exclude, now_ms)
    newest_ms = newest_known(chosen.streams, chosen.symbols)
    at_ms = newest_ms if asked.at is None else parse_when(asked.at, now_ms)
    if at_ms > newest_ms:
        note(f"--at {iso(at_ms)} is beyond the data: nothing later than {iso(newest_ms)} is known of these pairs")
    if explained is not None:
        settled_by(chosen.streams, [explained], at_ms, keep_all=False)  # refuses where there is nothing to explain
    symbols = settled_by(chosen.streams, chosen.symbols, at_ms, keep_all=bool(asked.names))
    if chosen.excluded and explained is None:
        note(f"no spot market, so no pair: {', '.join(sorted(chosen.excluded))}")
    return symbols, at_ms


def _look(
    panel: Panel,
    settings: Settings,
    mode: Mode | None,
    held: frozenset[str],
    interest: Mapping[str, OpenInterest],
) -> Outlook:
    setup = setup_of(settings)
    return look(
        panel,
        mode or settings.strategy.mode,
        setup.strategy,
        costs_by_pair(setup.costs),
        charge_bp(setup),
        stand_ins=ReplayMarket(panel, spot_from_perp=setup.backtest.spot_source == "perp").stand_ins,
        held=held,
        interest=interest,
    )

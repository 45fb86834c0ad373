"""The only place that picks concrete classes and wires them: commands ask here and get ports."""

from __future__ import annotations

from collections.abc import AsyncIterator, Callable, Mapping, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

from fundarb.adapters.clocks import WallClock
from fundarb.adapters.layout.exporting import export_files
from fundarb.adapters.layout.importing import Progress, import_files
from fundarb.adapters.sqlite.connection import connection_is_readonly, open_store
from fundarb.adapters.sqlite.copy import copy_to
from fundarb.adapters.sqlite.files import stands
from fundarb.adapters.sqlite.journal import SqliteJournal
from fundarb.adapters.sqlite.locks import LockKind, hold
from fundarb.adapters.sqlite.market_reader import SqliteMarketReader
from fundarb.adapters.sqlite.market_writer import SqliteMarketWriter
from fundarb.adapters.sqlite.panel_cache import load_panel_cached
from fundarb.adapters.sqlite.panel_load import load_panel
from fundarb.adapters.sqlite.runs import SqliteRuns
from fundarb.adapters.sqlite.upgrade import Upgraded, upgrade
from fundarb.config import Resolved
from fundarb.config.pairs import unknown_pairs
from fundarb.config.settings import Settings
from fundarb.domain.instants import LATEST, iso
from fundarb.domain.instrument import Kind
from fundarb.domain.market import Span
from fundarb.domain.naming import resolve_pairs
from fundarb.domain.when import parse_when
from fundarb.engine.market import Market as ReplayMarket
from fundarb.errors import UsageError
from fundarb.ports.clock import Clock
from fundarb.ports.journal import Journal
from fundarb.ports.market import MarketReader, MarketWriter, Written
from fundarb.ports.runs import Runs
from fundarb.reporting.held import KEPT_BEFORE_MS, held_pairs, held_since
from fundarb.reporting.moment import newest_known, settled_by
from fundarb.reporting.outlook import Outlook, look
from fundarb.research.comparison import Comparison, compare
from fundarb.research.prove import Proof, prove
from fundarb.research.rules import Setup, charge_bp, costs_by_pair
from fundarb.research.universe import choose_universe, resolve_range
from fundarb.signals.panel import Panel, Stamps
from fundarb.strategy.params import Mode

BOTH: tuple[LockKind, ...] = ("data", "trade")


@dataclass(frozen=True, slots=True)
class Market:
    """Both sides of the stored market data and the journal, over one connection."""

    reader: MarketReader
    writer: MarketWriter
    journal: Journal


def clock() -> Clock:
    """The time."""
    return WallClock()


@asynccontextmanager
async def open_reader(database: Path) -> AsyncIterator[MarketReader]:
    """Stored market data to read; a database that is not there, or of another schema, is refused."""
    async with open_store(database, "read") as connection:
        yield SqliteMarketReader(connection)


@asynccontextmanager
async def open_market(database: Path, *, create: bool) -> AsyncIterator[Market]:
    """Stored market data to change, while no other job of either kind runs; made or migrated only with `create`."""
    if create:
        stands(database)  # what can be no database is refused before a lock file is left beside it
    else:
        async with open_store(database, "read"):
            pass  # so is a missing or foreign file
    with hold(database, BOTH):
        async with open_store(database, "write" if create else "append") as connection:
            journal = SqliteJournal(connection)
            yield Market(SqliteMarketReader(connection), SqliteMarketWriter(connection, clock().now_ms), journal)


async def import_market(
    database: Path, files: Mapping[str, Path], *, replace: bool, progress: Progress
) -> dict[str, Written]:
    """The CSV files of the import layout into the store, all or nothing; what each of them brought."""
    async with open_market(database, create=True) as market:
        return await import_files(
            market.reader,
            market.writer,
            **files,
            replace=replace,
            seen_ms=clock().now_ms(),
            progress=progress,
        )


async def export_market(
    database: Path, files: Mapping[str, Path], *, names: Sequence[str], progress: Progress
) -> dict[str, int]:
    """What is stored of these pairs (of all, without names) into CSV files; the rows written to each."""
    async with open_reader(database) as reader:
        symbols = resolve_pairs(names, await reader.pairs(LATEST))
        return await export_files(
            reader,
            funding=files.get("funding"),
            candles=files.get("candles"),
            instruments=files.get("instruments"),
            symbols=symbols,
            progress=progress,
        )


@dataclass(frozen=True, slots=True)
class Pruning:
    """What to prune: pairs as typed (none: all), kinds, and the time before which rows go."""

    names: Sequence[str]
    kinds: Sequence[Kind]
    before_ms: int


@dataclass(frozen=True, slots=True)
class Pruned:
    """Rows by pair and kind, and the pairs of which less went because they are held, each with the time that stayed."""

    rows: Mapping[str, Mapping[str, int]]
    spared: Mapping[str, int]


async def prune_market(database: Path, asked: Pruning, *, dry_run: bool) -> Pruned:
    """Delete old market rows, or only count them; the lookback of an open position stays."""
    async with open_market(database, create=False) as market:
        known = await market.reader.pairs(LATEST)
        symbols = resolve_pairs(asked.names, known) if asked.names else [pair.symbol for pair in known]
        held = await held_since(market.journal)  # nobody trades meanwhile
        oldest = {pair: since_ms - KEPT_BEFORE_MS for pair, since_ms in held.items() if pair in symbols}
        spared = {pair: kept_ms for pair, kept_ms in oldest.items() if kept_ms < asked.before_ms}
        rows: dict[str, dict[str, int]] = {}
        async with market.writer.transaction():
            for symbol in symbols:
                before_ms = spared.get(symbol, asked.before_ms)
                rows |= await market.writer.prune([symbol], asked.kinds, before_ms, dry_run=dry_run)
        return Pruned(rows, spared)


async def migrate(database: Path) -> Upgraded:
    """Back up an older database and bring it to the present schema."""
    return await upgrade(database)


async def back_up(database: Path, target: Path | None) -> Path:
    """A complete copy, while others go on using the database; where it went."""
    stamp = datetime.now(UTC).strftime("%Y%m%dT%H%M%SZ")
    chosen = target or database.parent / f"{database.name}.backup-{stamp}"
    async with open_store(database, "read") as connection:
        await copy_to(connection, chosen)
    return chosen


@dataclass(frozen=True, slots=True)
class Research:
    """What a backtest needs: market data to read, panels, and where its runs are kept."""

    reader: MarketReader
    runs: Runs
    database: Path
    read_only: bool

    async def panel(self, symbols: Sequence[str], until_ms: int) -> Panel:
        """The panel of these pairs up to a time, from the cache beside the database where it stands."""
        return await load_panel_cached(self.database, self.reader, symbols, until_ms)


@asynccontextmanager
async def open_research(database: Path) -> AsyncIterator[Research]:
    """A database to read and to append runs to; neither created nor migrated, and readable where it is read-only."""
    async with open_store(database, "append") as connection:
        read_only = await connection_is_readonly(connection)
        yield Research(SqliteMarketReader(connection), SqliteRuns(connection), database, read_only)


@dataclass(frozen=True, slots=True)
class Question:
    """What a backtest is asked: modes, the range as typed, pairs as typed, and whether doubts refuse it."""

    modes: tuple[Mode, ...]
    start: str | None = None
    end: str | None = None
    pairs: str | None = None
    strict: bool = False


async def run_backtest(
    research: Research, resolved: Resolved, question: Question, note: Callable[[str], None]
) -> Comparison:
    """Resolve pairs and range on the store, say them, and run."""
    now_ms, stored = clock().now_ms(), await research.reader.pairs(LATEST)
    settings = resolved.canonical(stored)
    chosen, chosen_ms = await research.reader.universe()
    if question.pairs is not None and not question.pairs.strip(" ,"):
        raise UsageError("--pairs names no pair; leave it out to take every stored pair with settlements")
    named = [question.pairs] if question.pairs else settings.universe.pairs
    universe = await choose_universe(research.reader, named, settings.universe.exclude, now_ms)
    from_perp = settings.backtest.spot_source == "perp"
    span = await resolve_range(
        research.reader, universe, question.start, question.end, now_ms, spot_from_perp=from_perp
    )
    count = len(universe.symbols)
    note(f"{iso(span.start_ms)} to {iso(span.end_ms)}, {count} pair{'s' * (count > 1)}")
    for name in unknown_pairs(settings, stored):
        note(f"no stored pair is called {name}: what the configuration says of it has no effect")
    by_turnover_ms = chosen_ms if set(universe.symbols) & set(chosen) else None
    found = await compare(
        research.panel,
        setup_of(settings),
        universe.symbols,
        universe.excluded,
        span,
        question.modes,
        chosen_by_turnover_ms=by_turnover_ms,
        strict=question.strict,
        later=await _later(research.reader, universe.symbols, span.end_ms),
    )
    for word in found.notes:
        note(word)
    return found


async def _later(reader: MarketReader, symbols: Sequence[str], after_ms: int) -> dict[str, Stamps]:
    """The settlements stored beyond a range, where there are any."""
    beyond = Span(after_ms + 1, LATEST)
    found = {symbol: (await reader.settlement_columns(symbol, beyond, LATEST)).settled_at for symbol in symbols}
    return {symbol: stamps for symbol, stamps in found.items() if len(stamps)}


async def save_runs(research: Research, found: Comparison) -> bool:
    """Store the runs as one group; False where the database is read-only."""
    if research.read_only:
        return False
    stored_ms = clock().now_ms()
    await research.runs.save(found.group_id(stored_ms), stored_ms, found.roles())
    return True


def setup_of(settings: Settings) -> Setup:
    """What research needs of the settings."""
    return Setup(
        capital=settings.capital,
        strategy=settings.strategy,
        sizing=settings.sizing,
        risk=settings.risk,
        margin=settings.margin,
        costs=settings.costs,
        backtest=settings.backtest,
        flat=settings.flat(),
    )


@dataclass(frozen=True, slots=True)
class Asked:
    """What `signals` is asked: pairs as typed, the mode, and the moment as typed (None: the newest the store knows)."""

    names: Sequence[str]
    mode: Mode | None = None
    at: str | None = None


async def find_outlook(database: Path, resolved: Resolved, asked: Asked, note: Callable[[str], None]) -> Outlook:
    """The market at one moment as a mode sees it, from what was known then; a reader, which changes nothing."""
    now_ms = clock().now_ms()
    async with open_store(database, "read") as connection:
        reader = SqliteMarketReader(connection)
        settings = resolved.canonical(await reader.pairs(LATEST))
        chosen = await choose_universe(
            reader, asked.names or settings.universe.pairs, settings.universe.exclude, now_ms
        )
        at_ms = newest_known(chosen.streams, chosen.symbols) if asked.at is None else parse_when(asked.at, now_ms)
        symbols = settled_by(chosen.streams, chosen.symbols, at_ms, keep_all=bool(asked.names))
        if chosen.excluded:
            note(f"no spot market, so no pair: {', '.join(sorted(chosen.excluded))}")
        panel = await load_panel_cached(database, reader, symbols, at_ms)
        held = await held_pairs(SqliteJournal(connection), at_ms)
    setup = setup_of(settings)
    from_perp = setup.backtest.spot_source == "perp"
    return look(
        panel,
        asked.mode or settings.strategy.mode,
        setup.strategy,
        costs_by_pair(setup.costs),
        charge_bp(setup),
        stand_ins=ReplayMarket(panel, spot_from_perp=from_perp).stand_ins,
        held=held,
    )


@asynccontextmanager
async def open_runs(database: Path) -> AsyncIterator[Runs]:
    """Stored runs to read; a database that is not there is refused."""
    async with open_store(database, "read") as connection:
        yield SqliteRuns(connection)


async def prove_runs(research: Research, resolved: Resolved, found: Comparison) -> list[Proof]:
    """Each run decided anew at sampled moments from a store without their future; one proof a run."""
    setup = setup_of(resolved.canonical(await research.reader.pairs(LATEST)))

    async def load(symbols: Sequence[str], until_ms: int) -> Panel:
        return await load_panel(research.reader, symbols, until_ms)

    return [await prove(load, run.universe, run.from_ms, run.to_ms, setup, run.mode) for run in found.runs]

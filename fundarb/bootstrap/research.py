"""A backtest on a store: opened to read and to append runs, asked, kept, and proved."""

from __future__ import annotations

from collections.abc import AsyncIterator, Callable, Sequence
from contextlib import asynccontextmanager, closing
from dataclasses import dataclass
from pathlib import Path

from fundarb.adapters.sqlite.connection import connection_is_readonly, open_store
from fundarb.adapters.sqlite.panel_cache import load_panel_cached
from fundarb.adapters.sqlite.panel_load import load_panel
from fundarb.adapters.sqlite.runs import SqliteRuns
from fundarb.adapters.sqlite.stream_cache import RememberingReader
from fundarb.adapters.sqlite.trials import SqliteTrials, trials_folder
from fundarb.adapters.unsaved_trials import UnsavedTrials
from fundarb.bootstrap.clocks import clock
from fundarb.bootstrap.setup import setup_of
from fundarb.bootstrap.venue import clock_ms
from fundarb.config import Resolved
from fundarb.config.pairs import unknown_pairs
from fundarb.config.settings import Settings
from fundarb.domain.instants import LATEST
from fundarb.ports.market import MarketReader
from fundarb.ports.runs import Runs
from fundarb.ports.trials import Trials
from fundarb.research.comparison import Comparison, compare
from fundarb.research.prove import Proof, prove
from fundarb.research.question import Defaults, Question, find_scope, later_settlements
from fundarb.signals.panel import Panel


@dataclass(frozen=True, slots=True)
class Research:
    """What research needs: market data to read, panels, and where its runs and trials are kept."""

    reader: MarketReader
    runs: Runs
    trials: Trials
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
        stored = SqliteTrials(connection, trials_folder(database))
        with closing(UnsavedTrials(stored)) as unsaved:
            trials: Trials = unsaved if read_only else stored
            yield Research(RememberingReader(connection, database), SqliteRuns(connection), trials, database, read_only)


async def run_backtest(
    research: Research, resolved: Resolved, question: Question, note: Callable[[str], None]
) -> Comparison:
    """Say which pairs and which range are meant, and run."""
    stored = await research.reader.pairs(LATEST)
    settings = resolved.canonical(stored)
    scope = await find_scope(research.reader, question, defaults_of(settings), await clock_ms(settings, note))
    note(scope.words)
    if scope.beyond is not None:
        note(scope.beyond)
    for name in unknown_pairs(settings, stored):
        note(f"no stored pair is called {name}: what the configuration says of it has no effect")
    found = await compare(
        research.panel,
        setup_of(settings),
        scope.universe.symbols,
        scope.universe.excluded,
        scope.span,
        question.modes,
        chosen_by_turnover_ms=scope.by_turnover_ms,
        strict=question.strict,
        later=await later_settlements(research.reader, scope),
    )
    for word in found.notes:
        note(word)
    return found


def defaults_of(settings: Settings) -> Defaults:
    """What the settings say where a question does not."""
    universe = settings.universe
    return Defaults(universe.pairs, universe.exclude, settings.backtest.spot_source == "perp")


async def save_runs(research: Research, found: Comparison) -> bool:
    """Store the runs as one group; False where the database is read-only."""
    if research.read_only:
        return False
    stored_ms = clock().now_ms()
    await research.runs.save(found.group_id(stored_ms), stored_ms, found.roles())
    return True


async def prove_runs(research: Research, resolved: Resolved, found: Comparison) -> list[Proof]:
    """Each run decided anew at sampled moments from a store without their future; one proof a run."""
    setup = setup_of(resolved.canonical(await research.reader.pairs(LATEST)))

    async def load(symbols: Sequence[str], until_ms: int) -> Panel:
        return await load_panel(research.reader, symbols, until_ms)

    return [await prove(load, run.universe, run.from_ms, run.to_ms, setup, run.mode) for run in found.runs]

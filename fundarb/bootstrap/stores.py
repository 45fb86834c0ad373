"""The database opened as ports: market data to read or to change, and stored runs."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from dataclasses import dataclass
from pathlib import Path

from fundarb.adapters.sqlite.connection import open_store
from fundarb.adapters.sqlite.files import stands
from fundarb.adapters.sqlite.journal import SqliteJournal
from fundarb.adapters.sqlite.locks import LockKind, hold
from fundarb.adapters.sqlite.market_reader import SqliteMarketReader
from fundarb.adapters.sqlite.market_writer import SqliteMarketWriter
from fundarb.adapters.sqlite.runs import SqliteRuns
from fundarb.adapters.sqlite.trials import SqliteTrials, trials_folder
from fundarb.bootstrap.clocks import clock as wall_clock
from fundarb.ports.clock import Clock
from fundarb.ports.journal import Journal
from fundarb.ports.market import MarketReader, MarketWriter
from fundarb.ports.runs import Runs
from fundarb.ports.trials import Trials

BOTH: tuple[LockKind, ...] = ("data", "trade")


@dataclass(frozen=True, slots=True)
class Market:
    """Both sides of the stored market data and the journal, over one connection."""

    reader: MarketReader
    writer: MarketWriter
    journal: Journal


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
            yield Market(SqliteMarketReader(connection), SqliteMarketWriter(connection, wall_clock().now_ms), journal)


@asynccontextmanager
async def open_collecting(
    database: Path, clock: AbstractAsyncContextManager[Clock], *, create: bool
) -> AsyncIterator[tuple[Market, Clock]]:
    """Stored market data to add to, beside a running trader; made, or migrated under both locks, only with `create`.

    The clock, by which changes are seen, is asked for once the lock is taken."""
    if create:
        stands(database)
    else:
        async with open_store(database, "read"):
            pass
    with hold(database, ("data",)):
        async with clock as going_by, open_store(database, "write" if create else "append") as connection:
            writer = SqliteMarketWriter(connection, going_by.now_ms)
            yield Market(SqliteMarketReader(connection), writer, SqliteJournal(connection)), going_by


@asynccontextmanager
async def open_results(database: Path) -> AsyncIterator[tuple[Runs, Trials]]:
    """Stored runs and sweeps to read; a database that is not there is refused."""
    async with open_store(database, "read") as connection:
        yield SqliteRuns(connection), SqliteTrials(connection, trials_folder(database))

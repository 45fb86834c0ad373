"""The only place that picks concrete classes and wires them: commands ask here and get ports."""

from __future__ import annotations

from collections.abc import AsyncIterator, Mapping, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

from fundarb.adapters.clocks import WallClock
from fundarb.adapters.layout.exporting import export_files
from fundarb.adapters.layout.importing import Progress, import_files
from fundarb.adapters.sqlite.connection import open_store
from fundarb.adapters.sqlite.copy import copy_to
from fundarb.adapters.sqlite.locks import LockKind, hold
from fundarb.adapters.sqlite.market_reader import SqliteMarketReader
from fundarb.adapters.sqlite.market_writer import SqliteMarketWriter
from fundarb.adapters.sqlite.upgrade import Upgraded, upgrade
from fundarb.domain.instants import LATEST
from fundarb.domain.naming import resolve_pairs
from fundarb.ports.clock import Clock
from fundarb.ports.market import MarketReader, MarketWriter, Written

BOTH: tuple[LockKind, ...] = ("data", "trade")


@dataclass(frozen=True, slots=True)
class Market:
    """Both sides of the stored market data, over one connection."""

    reader: MarketReader
    writer: MarketWriter


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
    if not create:
        async with open_store(database, "read"):
            pass  # a missing or foreign file is refused before a lock file is left beside it
    with hold(database, BOTH):
        async with open_store(database, "write" if create else "append") as connection:
            yield Market(SqliteMarketReader(connection), SqliteMarketWriter(connection, clock().now_ms))


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
        return await export_files(reader, **files, symbols=symbols, progress=progress)


async def migrate(database: Path) -> Upgraded:
    """Back up an older database and bring it to the present schema."""
    return await upgrade(database)


async def back_up(database: Path, target: Path | None) -> Path:
    """A complete copy, while others go on using the database; where it went."""
    stamp = datetime.now(UTC).strftime("%Y%m%dT%H%M%SZ")
    chosen = target or database.with_name(f"{database.name}.backup-{stamp}")
    async with open_store(database, "read") as connection:
        await copy_to(connection, chosen)
    return chosen

"""Every implementation of MarketReader and MarketWriter, opened on an empty store; a new one joins by one line."""

from __future__ import annotations

from collections.abc import AsyncIterator, Callable
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from dataclasses import dataclass
from pathlib import Path

from fundarb.adapters.sqlite.connection import open_store
from fundarb.adapters.sqlite.market_reader import SqliteMarketReader
from fundarb.adapters.sqlite.market_writer import SqliteMarketWriter
from fundarb.ports.market import MarketReader, MarketWriter
from tests.fakes.market import MemoryMarket
from tests.fakes.market_reader import MemoryMarketReader
from tests.fakes.market_writer import MemoryMarketWriter


@dataclass(frozen=True, slots=True)
class Store:
    """Both sides of one store."""

    reader: MarketReader
    writer: MarketWriter


@asynccontextmanager
async def sqlite_market(directory: Path) -> AsyncIterator[Store]:
    """The real one."""
    async with open_store(directory / "fundarb.db", "write") as connection:
        yield Store(SqliteMarketReader(connection), SqliteMarketWriter(connection))


@asynccontextmanager
async def memory_market(directory: Path) -> AsyncIterator[Store]:
    """The fake."""
    market = MemoryMarket()
    yield Store(MemoryMarketReader(market), MemoryMarketWriter(market))


STORES: dict[str, Callable[[Path], AbstractAsyncContextManager[Store]]] = {
    "sqlite": sqlite_market,
    "memory": memory_market,
}

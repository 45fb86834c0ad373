"""A small real store for panel tests, readers that count, and panels compared member by member."""

from __future__ import annotations

from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from dataclasses import fields
from decimal import Decimal
from pathlib import Path

import aiosqlite
import numpy as np

from fundarb.adapters.sqlite.connection import open_store
from fundarb.adapters.sqlite.market_reader import SqliteMarketReader
from fundarb.adapters.sqlite.market_writer import SqliteMarketWriter
from fundarb.adapters.sqlite.panel_cache import cache_root, load_panel_cached
from fundarb.adapters.sqlite.panel_load import load_panel
from fundarb.domain.instants import HOUR
from fundarb.domain.instrument import LotRule, Pair
from fundarb.domain.market import Span
from fundarb.ports.market import CandleColumns, CandleDigits, OnConflict, RateDigits, SettlementColumns
from fundarb.signals.panel import Panel

T0 = 1_700_006_400_000
UNTIL = T0 + 48 * HOUR
LOTS = LotRule(Decimal("0.001"), Decimal("0.001"), Decimal(5))
BTC, ETH, NIL = "BTC/USDT:USDT", "ETH/USDT:USDT", "NIL/USDT:USDT"
BOTH = (BTC, ETH)
PAIRS = (
    Pair(BTC, "BTC/USDT", Decimal(1), LOTS, LOTS, T0, None, Decimal("0.005")),
    Pair(ETH, "ETH/USDT", Decimal(1), LOTS, LOTS, T0, T0 + 24 * HOUR),
    Pair(NIL, None, Decimal(1), LOTS, LOTS, T0),
)
WIDE = "0.00012345678901234567"


def rate(symbol: str, hour: int, digits: str = "0.0001") -> RateDigits:
    """A settlement `hour` hours after T0."""
    return RateDigits(symbol, T0 + hour * HOUR, digits)


def candle(symbol: str, market: str, hour: int, price: str = "100") -> CandleDigits:
    """A flat hourly candle `hour` hours after T0."""
    return CandleDigits(
        symbol, market, HOUR, T0 + hour * HOUR, price, price, price, price, None if market == "mark" else "3"
    )


async def put(path: Path, *rows: RateDigits | CandleDigits, on_conflict: OnConflict = OnConflict.REFUSE) -> None:
    """Write rows in one transaction."""
    async with open_store(path, "write") as connection:
        writer = SqliteMarketWriter(connection)
        async with writer.transaction():
            await writer.put_settlements([row for row in rows if isinstance(row, RateDigits)], on_conflict)
            await writer.put_candles([row for row in rows if isinstance(row, CandleDigits)], on_conflict)


async def put_pairs(path: Path, *pairs: Pair) -> None:
    """Write instruments."""
    async with open_store(path, "write") as connection:
        writer = SqliteMarketWriter(connection)
        async with writer.transaction():
            await writer.put_pairs(pairs, T0, OnConflict.REPLACE)


async def make(path: Path, pairs: tuple[Pair, ...] = PAIRS) -> Path:
    """A store of two pairs over two days, one number of it too long for a float."""
    await put_pairs(path, *pairs)
    rates = [rate(symbol, hour) for symbol in BOTH for hour in range(0, 40, 8)] + [rate(ETH, 40, WIDE)]
    candles = [candle(s, m, hour) for s in BOTH for m in ("spot", "perp", "mark") for hour in range(0, 48, 4)]
    await put(path, *rates, *candles)
    return path


class CountingReader(SqliteMarketReader):
    """Counts the streams it reads; `before_each` runs before every one of them."""

    def __init__(
        self, connection: aiosqlite.Connection, before_each: Callable[[int], Awaitable[None]] | None = None
    ) -> None:
        super().__init__(connection)
        self.streams_read = 0
        self._before_each = before_each

    async def settlement_columns(self, symbol: str, span: Span, as_of_ms: int) -> SettlementColumns:
        self.streams_read += 1
        if self._before_each:
            await self._before_each(self.streams_read)
        return await super().settlement_columns(symbol, span, as_of_ms)

    async def candle_columns(self, symbol: str, market: str, span: Span, as_of_ms: int) -> CandleColumns:
        self.streams_read += 1
        return await super().candle_columns(symbol, market, span, as_of_ms)


@asynccontextmanager
async def reading(path: Path) -> AsyncIterator[CountingReader]:
    """A reader of a store."""
    async with open_store(path, "read") as connection:
        yield CountingReader(connection)


async def cached(path: Path, until_ms: int = UNTIL) -> tuple[Panel, int]:
    """The panel through the cache, and how many streams had to be read for it."""
    async with reading(path) as reader:
        return await load_panel_cached(path, reader, BOTH, until_ms), reader.streams_read


async def plain(path: Path, until_ms: int = UNTIL) -> Panel:
    """The panel without a cache."""
    async with reading(path) as reader:
        return await load_panel(reader, BOTH, until_ms)


def assert_same(one: Panel, other: Panel) -> None:
    """Equal in every member of every part."""
    assert (one.pairs, one.until_ms, one.data_hash) == (other.pairs, other.until_ms, other.data_hash)
    for part in ("settlements", "perp", "spot", "mark", "matrices"):
        for member in fields(getattr(one, part)):
            found, expected = (getattr(getattr(panel, part), member.name) for panel in (one, other))
            if member.name == "wide":
                assert found == expected
            else:
                assert found.dtype == expected.dtype
                np.testing.assert_array_equal(found, expected, err_msg=f"{part}.{member.name}")


def folders(path: Path) -> list[Path]:
    """What the cache of a database holds."""
    return sorted(cache_root(path).iterdir())

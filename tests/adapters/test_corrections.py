"""A value that loses stays readable: what was replaced, and what was turned away."""

from __future__ import annotations

from dataclasses import replace
from decimal import Decimal
from pathlib import Path

import aiosqlite
import pytest

from fundarb.adapters.sqlite.connection import open_store
from fundarb.adapters.sqlite.market_reader import SqliteMarketReader
from fundarb.adapters.sqlite.market_writer import SqliteMarketWriter
from fundarb.domain.instants import HOUR
from fundarb.errors import DatabaseCorrupt
from fundarb.ports.market import OnConflict
from tests.contract.market_samples import ALWAYS, BTC, LATER, T0, candle, rate, rates

QUERY = "SELECT seen_ms, kind, at_ms, span_ms, before, offered, outcome FROM corrections ORDER BY id"


async def corrections(connection: aiosqlite.Connection) -> list[tuple[object, ...]]:
    return [tuple(row) for row in await connection.execute_fetchall(QUERY)]


async def fill(connection: aiosqlite.Connection) -> SqliteMarketWriter:
    """A pair with a rate and a mark candle."""
    writer = SqliteMarketWriter(connection, lambda: 77)
    async with writer.transaction():
        await writer.put_pairs([BTC], T0, OnConflict.REFUSE)
        await writer.put_settlements([rate(0, "1"), rate(8, "1")], OnConflict.REFUSE)
        await writer.put_candles([candle(0, "mark")], OnConflict.REFUSE)
    return writer


async def test_a_replaced_value_is_kept_with_the_time_it_was_replaced(tmp_path: Path) -> None:
    async with open_store(tmp_path / "a.db", "write") as connection:
        writer = await fill(connection)
        async with writer.transaction():
            await writer.put_settlements([rate(0, "2"), rate(8, "1")], OnConflict.REPLACE)
            await writer.put_candles([candle(0, "mark", close="1.75")], OnConflict.REPLACE)
        assert await corrections(connection) == [
            (77, "funding", T0, 0, "1", "2", "replaced"),
            (77, "mark", T0, HOUR, "1/2/0.5/1.5/", "1/2/0.5/1.75/", "replaced"),
        ]


async def test_a_value_that_is_turned_away_again_and_again_is_noted_once(tmp_path: Path) -> None:
    async with open_store(tmp_path / "a.db", "write") as connection:
        writer = await fill(connection)
        for offered in ("2", "2", "3", "2"):
            async with writer.transaction():
                await writer.put_settlements([rate(0, offered)], OnConflict.KEEP)
        found = await corrections(connection)
        assert [row[4:] for row in found] == [("1", "2", "kept"), ("1", "3", "kept")]


async def test_a_pair_that_is_turned_away_is_noted_field_by_field(tmp_path: Path) -> None:
    async with open_store(tmp_path / "a.db", "write") as connection:
        writer = await fill(connection)
        async with writer.transaction():
            await writer.put_pairs([replace(BTC, mmr=Decimal("0.01"))], 99, OnConflict.KEEP)
        assert await corrections(connection) == [(99, "mmr", 99, 0, "", "0.01", "kept")]


async def test_a_number_that_was_damaged_in_the_store_is_said_to_be(tmp_path: Path) -> None:
    async with open_store(tmp_path / "a.db", "write") as connection:
        await fill(connection)
        await connection.execute("UPDATE settlements SET rate = 'x'")
        await connection.execute("UPDATE candles SET low = ''")
        reader = SqliteMarketReader(connection)
        with pytest.raises(DatabaseCorrupt, match="no number"):
            await rates(reader)
        with pytest.raises(DatabaseCorrupt, match="no number"):
            await anext(reader.candles(BTC.symbol, "mark", ALWAYS, LATER))

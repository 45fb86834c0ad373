"""Columns against the rows they were stored as: order, bounds, NULLs and every digit."""

from __future__ import annotations

import asyncio
import random
import sqlite3
from collections.abc import Sequence
from contextlib import closing
from decimal import Decimal
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from fundarb.adapters.sqlite.columns import candle_columns, settlement_columns
from fundarb.adapters.sqlite.connection import open_store
from fundarb.adapters.sqlite.digits import NumberColumn, significant_digits, wide_numbers
from fundarb.domain.instants import HOUR
from fundarb.domain.market import Span
from fundarb.domain.money import canonical
from fundarb.errors import DatabaseCorrupt
from fundarb.signals.panel import CandleColumns, SettlementColumns, exact

EVER = Span(0, 2**60)
INSTRUMENT = "INSERT INTO instruments VALUES (?, ?, ?, '1', '1', '1', '1', '1', '1', '1', NULL, NULL, NULL, 0)"
CANDLE = (
    "INSERT INTO candles (instrument_id, market, open_at, span_ms, open, high, low, close, volume) "
    "VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)"
)
SETTLEMENT = "INSERT INTO settlements VALUES (?, ?, ?)"
Row = tuple[int | str | None, ...]


async def store(path: Path, candles: Sequence[Row] = (), settlements: Sequence[Row] = ()) -> Path:
    """A real store of two instruments with these rows, put in in random order."""
    async with open_store(path, "write") as connection:
        await connection.executemany(INSTRUMENT, [(1, "BTC/USDT:USDT", "BTC/USDT"), (2, "ETH/USDT:USDT", "ETH/USDT")])
        shuffled = random.Random(1)
        await connection.executemany(CANDLE, shuffled.sample(candles, len(candles)))
        await connection.executemany(SETTLEMENT, shuffled.sample(settlements, len(settlements)))
    return path


async def candles_of(
    path: Path, market: str = "perp", span: Span = EVER, as_of: int = 2**60, chunk: int = 7
) -> CandleColumns:
    """Instrument 1's candles of a market."""
    async with open_store(path, "read") as connection:
        return await candle_columns(connection, 1, market, span, as_of, chunk_rows=chunk)


async def settlements_of(path: Path, span: Span = EVER, as_of: int = 2**60, chunk: int = 7) -> SettlementColumns:
    """Instrument 1's settlements."""
    async with open_store(path, "read") as connection:
        return await settlement_columns(connection, 1, span, as_of, chunk_rows=chunk)


def candle(
    hour: int, span_h: int, price: str = "100", volume: str | None = "1", market: int = 1, instrument: int = 1
) -> Row:
    """A candle `hour` hours after the epoch, flat at `price`."""
    return (instrument, market, hour * HOUR, span_h * HOUR, price, price, price, price, volume)


@pytest.mark.parametrize("chunk", [1, 2, 3, 7, 1000])
async def test_candles_come_by_open_time_and_shorter_span_first_in_whatever_chunks(tmp_path: Path, chunk: int) -> None:
    keys = [(hour, span) for hour in range(0, 48, 2) for span in (1, 4, 24) if hour % span == 0 or span == 1]
    path = await store(tmp_path / "m.db", [candle(hour, span, f"{hour}.{span}") for hour, span in keys])
    columns = await candles_of(path, chunk=chunk)
    assert list(zip(columns.open_at // HOUR, columns.span_ms // HOUR, strict=True)) == sorted(keys)
    assert columns.close.tolist() == [float(f"{hour}.{span}") for hour, span in sorted(keys)]


@pytest.mark.parametrize("chunk", [1, 3, 1000])
async def test_settlements_come_by_time_in_whatever_chunks(tmp_path: Path, chunk: int) -> None:
    path = await store(tmp_path / "m.db", settlements=[(1, hour * HOUR, f"-0.000{hour:02}") for hour in range(1, 30)])
    columns = await settlements_of(path, chunk=chunk)
    assert (columns.settled_at // HOUR).tolist() == list(range(1, 30))
    assert columns.rate.tolist() == [float(f"-0.000{hour:02}") for hour in range(1, 30)]
    assert columns.wide == {}


async def test_only_the_instrument_and_market_asked_for_is_read(tmp_path: Path) -> None:
    rows = [
        candle(1, 1, f"{instrument}{market}", None, market, instrument) for instrument in (1, 2) for market in (0, 1, 2)
    ]
    path = await store(tmp_path / "m.db", rows, [(2, HOUR, "0.5")])
    assert [(await candles_of(path, market)).open.tolist() for market in ("spot", "perp", "mark")] == [[10], [11], [12]]
    assert len((await settlements_of(path)).rate) == 0


async def test_the_span_is_half_open_and_only_what_had_closed_is_known(tmp_path: Path) -> None:
    path = await store(
        tmp_path / "m.db",
        [candle(hour, span) for hour in range(6) for span in (1, 4)],
        [(1, hour * HOUR, "0.1") for hour in range(6)],
    )
    columns = await candles_of(path, span=Span(HOUR, 4 * HOUR), as_of=5 * HOUR)
    assert list(zip(columns.open_at // HOUR, columns.span_ms // HOUR, strict=True)) == [(1, 1), (1, 4), (2, 1), (3, 1)]
    rows = await settlements_of(path, Span(HOUR, 5 * HOUR), as_of=3 * HOUR)
    assert (rows.settled_at // HOUR).tolist() == [1, 2, 3]


async def test_every_number_lands_in_its_own_column(tmp_path: Path) -> None:
    path = await store(tmp_path / "m.db", [(1, 1, HOUR, HOUR, "2.5", "4.5", "1.5", "3.5", "9.5")])
    columns = await candles_of(path)
    assert [columns.open, columns.high, columns.low, columns.close, columns.volume] == [2.5, 4.5, 1.5, 3.5, 9.5]


async def test_a_missing_volume_is_nan_and_no_number_is_wide(tmp_path: Path) -> None:
    path = await store(tmp_path / "m.db", [candle(1, 1, volume=None), candle(2, 1, volume="12.5")])
    columns = await candles_of(path)
    np.testing.assert_array_equal(columns.volume, [np.nan, 12.5])
    assert columns.wide == {}


async def test_numbers_too_long_for_a_float_are_kept_by_row_across_chunks(tmp_path: Path) -> None:
    long = "123456.7890123456789"
    path = await store(tmp_path / "m.db", [candle(hour, 1, long if hour in (0, 9) else "5.25") for hour in range(12)])
    columns = await candles_of(path, chunk=4)
    expected = {0: Decimal(long), 9: Decimal(long)}
    assert columns.wide == dict.fromkeys(("open", "high", "low", "close"), expected)


async def test_a_word_among_the_numbers_is_a_corrupt_store(tmp_path: Path) -> None:
    path = await store(tmp_path / "m.db", [candle(1, 1, "12,5"), candle(2, 1)], [(1, HOUR, "0.1x"), (1, 2 * HOUR, "1")])
    with pytest.raises(DatabaseCorrupt, match="no number"):
        await candles_of(path)
    with pytest.raises(DatabaseCorrupt, match="no number"):
        await settlements_of(path)


signs = st.sampled_from([1, -1])
numbers = st.builds(
    lambda sign, digits, exponent: sign * Decimal(digits).scaleb(exponent),
    signs,
    st.integers(1, 25).flatmap(lambda digits: st.integers(10 ** (digits - 1), 10**digits - 1)) | st.just(0),
    st.integers(-30, 4),
)


@settings(deadline=None)
@given(st.lists(st.lists(numbers, min_size=1, max_size=20), min_size=1, max_size=4))
def test_every_digit_survives_the_way_through_columns(chunks: list[list[Decimal]]) -> None:
    column = NumberColumn()
    for chunk in chunks:
        column.add(",".join(map(canonical, chunk)))
    stored = [number for chunk in chunks for number in chunk]
    values = column.joined()
    assert [exact({"x": column.wide}, "x", values, row) for row in range(len(stored))] == stored
    assert values.tolist() == [float(number) for number in stored]
    assert all(significant_digits(canonical(stored[row])) > 15 for row in column.wide)


@settings(max_examples=15, deadline=None)
@given(st.lists(numbers, min_size=1, max_size=12))
def test_every_digit_survives_the_way_through_sqlite(
    tmp_path_factory: pytest.TempPathFactory, rates: list[Decimal]
) -> None:
    path = tmp_path_factory.mktemp("digits") / "m.db"
    rows: list[Row] = [(1, HOUR * row, canonical(rate)) for row, rate in enumerate(rates)]

    async def there_and_back() -> SettlementColumns:
        await store(path, settlements=rows)
        return await settlements_of(path, chunk=5)

    columns = asyncio.run(there_and_back())
    assert [exact(columns.wide, "rate", columns.rate, row) for row in range(len(rates))] == rates


@pytest.mark.parametrize(
    ("number", "digits"), [("0", 0), ("0.00012", 2), ("-0.5", 1), ("100.25", 5), ("1000000", 7), ("-12.000345", 8)]
)
def test_significant_digits_count_from_the_first_that_is_not_zero(number: str, digits: int) -> None:
    assert significant_digits(number) == digits


def test_only_numbers_of_more_than_fifteen_digits_are_wide() -> None:
    fifteen, sixteen, whole = "0.000123456789012345", "0.0001234567890123456", "9007199254740993"
    assert list(wide_numbers(f"{fifteen},{sixteen},1,{whole}")) == [(1, sixteen), (3, whole)]


def without_order(path: Path, table: str, key: str) -> None:
    """The same rows in a table that has no key to read them in order by."""
    with closing(sqlite3.connect(path)) as connection:
        connection.execute(f"ALTER TABLE {table} RENAME TO ordered")
        connection.execute(f"CREATE TABLE {table} AS SELECT * FROM ordered ORDER BY ({key} * 7919) % 1000003")
        connection.commit()


async def test_the_queries_sort_even_without_the_help_of_the_primary_key(tmp_path: Path) -> None:
    """The order of group_concat is that of its subquery: SQLite may not drop the ORDER BY in there."""
    rates: list[Row] = [(1, hour * HOUR, str(hour + 1)) for hour in range(50)]
    candles_path = await store(tmp_path / "c.db", [candle(hour, 1, str(hour + 1)) for hour in range(50)])
    rates_path = await store(tmp_path / "s.db", settlements=rates)
    without_order(candles_path, "candles", "open_at")
    without_order(rates_path, "settlements", "settled_at")
    assert (await candles_of(candles_path, chunk=1000)).open.tolist() == [hour + 1 for hour in range(50)]
    assert (await settlements_of(rates_path, chunk=1000)).rate.tolist() == [hour + 1 for hour in range(50)]

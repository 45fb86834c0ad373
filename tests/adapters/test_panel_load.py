"""Loading a panel: one state of the store, what belongs in it at its end, and what is refused."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from fundarb.adapters.sqlite.connection import open_store
from fundarb.adapters.sqlite.panel_cache import cache_root, load_panel_cached
from fundarb.domain.instants import HOUR
from fundarb.errors import DataError, UnknownPair
from fundarb.ports.market import OnConflict
from tests.adapters.panel_store import (
    BOTH,
    BTC,
    ETH,
    NIL,
    PAIRS,
    T0,
    UNTIL,
    CountingReader,
    assert_same,
    cached,
    make,
    plain,
    put,
    put_pairs,
    rate,
    reading,
)


@pytest.fixture
async def database(tmp_path: Path) -> Path:
    return await make(tmp_path / "m.db")


async def test_a_write_during_the_load_is_seen_and_the_load_repeated(database: Path) -> None:
    async def write_once(stream: int) -> None:
        if stream == 2:
            await put(database, rate(BTC, 40), rate(ETH, 24, "0.5"), on_conflict=OnConflict.REPLACE)

    async with open_store(database, "read") as connection:
        reader = CountingReader(connection, write_once)
        panel = await load_panel_cached(database, reader, BOTH, UNTIL)
        assert reader.streams_read == 16
    assert_same(panel, await plain(database))
    again, reads = await cached(database)
    assert reads == 0
    assert_same(again, panel)


async def test_a_panel_read_while_writes_never_stopped_is_not_kept(database: Path) -> None:
    async def write_always(stream: int) -> None:
        await put(database, rate(BTC, 24, f"0.{stream:06}1"), on_conflict=OnConflict.REPLACE)

    async with open_store(database, "read") as connection:
        reader = CountingReader(connection, write_always)
        panel = await load_panel_cached(database, reader, BOTH, UNTIL)
        assert reader.streams_read == 24
    assert len(panel.settlements.rate) == 11
    assert not cache_root(database).exists()


async def test_the_hash_of_the_data_knows_neither_store_nor_order_of_writing(database: Path, tmp_path: Path) -> None:
    other = await make(tmp_path / "elsewhere" / "other.db", PAIRS[::-1])
    assert (await cached(database))[0].data_hash == (await plain(other)).data_hash


async def test_a_pair_first_seen_after_the_end_keeps_the_settlements_it_has(database: Path) -> None:
    await put_pairs(database, replace(PAIRS[0], first_seen_ms=UNTIL + HOUR))
    panel = await plain(database)
    assert panel.settlements.offsets.tolist() == [0, 5, 11]
    assert not panel.matrices.listed[:, 0].any()


async def test_the_candle_opening_at_the_end_is_there_by_its_open_alone(database: Path) -> None:
    panel = await plain(database, T0 + 8 * HOUR)
    rows = panel.perp.rows(0)
    assert panel.perp.open_at[rows].tolist() == [T0, T0 + 4 * HOUR, T0 + 8 * HOUR]
    np.testing.assert_array_equal(panel.perp.close[rows], [100, 100, np.nan])


@pytest.mark.parametrize(
    ("symbols", "error", "words"),
    [((BTC, "XXX/USDT:USDT"), UnknownPair, "XXX/USDT:USDT"), ((BTC, NIL), DataError, "no spot market")],
)
async def test_what_is_no_pair_of_the_store_is_refused(
    database: Path, symbols: tuple[str, ...], error: type[DataError], words: str
) -> None:
    async with reading(database) as reader:
        with pytest.raises(error, match=words):
            await load_panel_cached(database, reader, symbols, UNTIL)

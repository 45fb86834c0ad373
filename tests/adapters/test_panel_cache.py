"""The panel cache: never stale, never damaged, never fatal, never large; and equal to the panel it stands for."""

from __future__ import annotations

import asyncio
import errno
import json
import os
import shutil
import subprocess
import sys
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from dataclasses import fields, replace
from decimal import Decimal
from pathlib import Path

import aiosqlite
import numpy as np
import pytest

from fundarb.adapters.sqlite import panel_cache
from fundarb.adapters.sqlite.connection import open_store
from fundarb.adapters.sqlite.market_reader import SqliteMarketReader
from fundarb.adapters.sqlite.market_writer import SqliteMarketWriter
from fundarb.adapters.sqlite.panel_cache import cache_root, load_panel_cached
from fundarb.adapters.sqlite.panel_load import load_panel
from fundarb.domain.instants import HOUR
from fundarb.domain.instrument import Kind, LotRule, Pair
from fundarb.domain.market import Span
from fundarb.errors import DataError, UnknownPair
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


@pytest.fixture
async def database(tmp_path: Path) -> Path:
    return await make(tmp_path / "m.db")


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


async def test_a_panel_from_the_cache_is_the_panel_and_reads_no_stream(database: Path) -> None:
    expected = await plain(database)
    assert expected.settlements.rate_exact(len(expected.settlements.rate) - 1) == Decimal(WIDE)
    first, reads_first = await cached(database)
    again, reads_again = await cached(database)
    assert_same(first, expected)
    assert_same(again, expected)
    assert (reads_first, reads_again) == (8, 0)
    assert not again.perp.open.flags.writeable
    assert type(again.perp.open) is np.ndarray


async def test_the_cache_is_for_its_owner_alone(database: Path) -> None:
    await cached(database)
    (folder,) = folders(database)
    assert cache_root(database) == database.with_name("m.db.panels")
    assert {path.stat().st_mode & 0o777 for path in (cache_root(database), folder)} == {0o700}
    assert {path.stat().st_mode & 0o777 for path in folder.iterdir()} == {0o600}


async def one_more_row(path: Path) -> None:
    await put(path, rate(BTC, 40))


async def a_replaced_value(path: Path) -> None:
    await put(path, candle(ETH, "spot", 8, "101"), on_conflict=OnConflict.REPLACE)


async def another_lot_rule(path: Path) -> None:
    await put_pairs(path, replace(PAIRS[0], perp_lots=replace(LOTS, step=Decimal("0.01"))))


async def pruned(path: Path) -> None:
    async with open_store(path, "write") as connection:
        writer = SqliteMarketWriter(connection)
        async with writer.transaction():
            await writer.prune((BTC,), (Kind.FUNDING,), T0 + 8 * HOUR, dry_run=False)


@pytest.mark.parametrize("change", [one_more_row, a_replaced_value, another_lot_rule, pruned])
async def test_a_panel_from_before_a_market_write_is_not_used(
    database: Path, change: Callable[[Path], Awaitable[None]]
) -> None:
    before, _ = await cached(database)
    await change(database)
    after, reads = await cached(database)
    assert reads == 8
    assert_same(after, await plain(database))
    assert after.data_hash != before.data_hash


async def test_writes_that_change_no_market_data_leave_the_cache_in_use(database: Path) -> None:
    await cached(database)
    await put(database, rate(BTC, 8))
    assert (await cached(database))[1] == 0


def put_back(older: Path, database: Path) -> None:
    """Replace the database by a copy, and what SQLite keeps beside it."""
    for path in database.parent.glob(f"{database.name}-*"):
        path.unlink()
    shutil.copyfile(older, database)


async def test_an_older_copy_put_back_with_another_history_finds_only_its_own(database: Path, tmp_path: Path) -> None:
    older = tmp_path / "older.db"
    shutil.copyfile(database, older)
    at_first, _ = await cached(database)
    await put(database, rate(BTC, 40, "0.0002"))
    one_history, _ = await cached(database)
    put_back(older, database)
    assert_same((await cached(database))[0], at_first)
    await put(database, rate(BTC, 40, "0.0003"))
    other_history, reads = await cached(database)
    assert reads == 8
    assert_same(other_history, await plain(database))
    assert len({panel.data_hash for panel in (at_first, one_history, other_history)}) == 3


async def test_an_edited_source_finds_no_panel_built_by_the_old_one(
    database: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    await cached(database)
    monkeypatch.setattr(panel_cache, "_builders", lambda: "other sources")
    assert (await cached(database))[1] == 8


async def test_other_pairs_and_another_end_are_other_panels(database: Path) -> None:
    await cached(database)
    earlier, reads = await cached(database, UNTIL - 20 * HOUR)
    assert reads == 8
    assert earlier.pairs[1].gone_ms == T0 + 24 * HOUR
    async with reading(database) as reader:
        alone = await load_panel_cached(database, reader, (ETH, ETH), UNTIL)
        assert [pair.symbol for pair in alone.pairs] == [ETH]
        assert reader.streams_read == 4
    assert len(folders(database)) == 3


def cut_short(folder: Path) -> None:
    with (folder / "perp.close.npy").open("r+b") as file:
        file.truncate(200)


def array_removed(folder: Path) -> None:
    (folder / "matrices.rate.npy").unlink()


def header_removed(folder: Path) -> None:
    (folder / "header.json").unlink()


def header_garbled(folder: Path) -> None:
    (folder / "header.json").write_bytes(b"\xff\x00{")


def header_of_another(folder: Path) -> None:
    checksum, text = (folder / "header.json").read_text().split("\n")
    other = json.loads(text) | {"data_hash": "0" * 64}
    (folder / "header.json").write_text(f"{checksum}\n{json.dumps(other)}")


def array_replaced_by_noise(folder: Path) -> None:
    path = folder / "perp.open.npy"
    path.write_bytes(b"\0" * path.stat().st_size)


def everything_replaced_by_a_file(folder: Path) -> None:
    shutil.rmtree(folder)
    folder.write_text("not a folder")


@pytest.mark.parametrize(
    "damage",
    [
        cut_short,
        array_removed,
        header_removed,
        header_garbled,
        header_of_another,
        array_replaced_by_noise,
        everything_replaced_by_a_file,
    ],
)
async def test_a_damaged_panel_is_built_again_and_put_in_its_place(
    database: Path, damage: Callable[[Path], None]
) -> None:
    await cached(database)
    expected = await plain(database)
    damage(folders(database)[0])
    rebuilt, reads = await cached(database)
    assert reads == 8
    assert_same(rebuilt, expected)
    assert (await cached(database))[1] == 0
    assert len(folders(database)) == 1


async def test_a_panel_moved_under_another_name_is_not_taken_for_that_one(database: Path) -> None:
    await cached(database)
    (old,) = folders(database)
    await put(database, rate(BTC, 40))
    after, _ = await cached(database)
    (new,) = set(folders(database)) - {old}
    shutil.rmtree(new)
    old.rename(new)
    again, reads = await cached(database)
    assert reads == 8
    assert_same(again, after)


async def test_where_the_cache_cannot_be_made_the_panel_comes_without(database: Path) -> None:
    cache_root(database).write_text("in the way")
    panel, reads = await cached(database)
    assert_same(panel, await plain(database))
    assert reads == 8
    assert cache_root(database).read_text() == "in the way"


async def test_a_disk_that_fills_up_leaves_nothing_behind(database: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    synced: list[int] = []

    def full(descriptor: int) -> None:
        synced.append(descriptor)
        if len(synced) == 5:
            raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))

    monkeypatch.setattr(os, "fsync", full)
    panel, _ = await cached(database)
    assert len(synced) == 5
    assert_same(panel, await plain(database))
    assert folders(database) == []


async def test_only_the_newest_few_panels_are_kept(database: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(panel_cache, "MOST_PANELS", 3)
    for hour in range(4):
        await cached(database, UNTIL + hour)
        await cached(database, UNTIL)  # in use all the time
    assert len(folders(database)) == 3
    assert [(await cached(database, UNTIL + hour))[1] for hour in (0, 2, 3)] == [0, 0, 0]


async def test_panels_are_kept_up_to_a_number_of_bytes(database: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    await cached(database)
    size = sum(path.stat().st_size for path in folders(database)[0].iterdir())
    monkeypatch.setattr(panel_cache, "MOST_BYTES", size * 2 + size // 2)
    for hour in range(1, 5):
        await cached(database, UNTIL + hour)
    assert len(folders(database)) == 2
    monkeypatch.setattr(panel_cache, "MOST_BYTES", 1)
    assert (await cached(database, UNTIL + 9))[1] == 8
    assert (await cached(database, UNTIL + 9))[1] == 0  # the newest stays, whatever its size


def leave_unfinished(database: Path, name: str, age_s: int) -> None:
    """A folder as a process leaves it that writes, or wrote, a panel."""
    folder = cache_root(database) / f".unfinished-{name}"
    folder.mkdir(parents=True)
    written = database.stat().st_mtime - age_s
    os.utime(folder, (written, written))


async def test_what_a_dead_process_left_is_removed_and_what_a_live_one_writes_stays(database: Path) -> None:
    leave_unfinished(database, "dead", age_s=7200)
    leave_unfinished(database, "live", age_s=60)
    await cached(database)
    assert [path.name for path in folders(database)][:-1] == [".unfinished-live"]


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


LOADER = """
import asyncio, sys
from pathlib import Path
from fundarb.adapters.sqlite.connection import open_store
from fundarb.adapters.sqlite.market_reader import SqliteMarketReader
from fundarb.adapters.sqlite.panel_cache import load_panel_cached

async def load(path, until):
    async with open_store(path, "read") as connection:
        return await load_panel_cached(path, SqliteMarketReader(connection), sys.argv[3:], until)

sys.stdout.write("ready\\n"); sys.stdout.flush()
for line in sys.stdin:
    panel = asyncio.run(load(Path(sys.argv[1]), int(sys.argv[2]) + int(line)))
    sys.stdout.write(f"{panel.data_hash} {float(panel.perp.close.sum())}\\n"); sys.stdout.flush()
"""


def test_processes_building_the_same_panel_at_once_all_get_it_and_leave_one(tmp_path: Path) -> None:
    path = asyncio.run(make(tmp_path / "m.db"))
    command = [sys.executable, "-c", LOADER, str(path), str(UNTIL), *BOTH]
    loaders = [subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) for _ in range(3)]
    try:
        assert [read_line(loader) for loader in loaders] == ["ready"] * 3
        for round_number in range(4):
            for loader in loaders:
                assert loader.stdin
                loader.stdin.write(f"{round_number}\n")
                loader.stdin.flush()
            assert len({read_line(loader) for loader in loaders}) == 1
    finally:
        for loader in loaders:
            loader.communicate(timeout=20)
    assert [loader.returncode for loader in loaders] == [0, 0, 0]
    assert len(folders(path)) == 4


def read_line(process: subprocess.Popen[str]) -> str:
    """The next line a process prints."""
    assert process.stdout
    return process.stdout.readline().strip()

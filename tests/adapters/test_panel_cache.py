"""The panel cache: never stale, never fatal, never large; and equal to the panel it stands for."""

from __future__ import annotations

import asyncio
import errno
import os
import shutil
import subprocess
import sys
from collections.abc import Awaitable, Callable
from dataclasses import replace
from decimal import Decimal
from pathlib import Path

import numpy as np
import pytest

from fundarb.adapters.sqlite import panel_cache
from fundarb.adapters.sqlite.connection import open_store
from fundarb.adapters.sqlite.market_writer import SqliteMarketWriter
from fundarb.adapters.sqlite.panel_cache import cache_root, load_panel_cached
from fundarb.domain.instants import HOUR
from fundarb.domain.instrument import Kind
from fundarb.ports.market import OnConflict
from tests.adapters.panel_store import (
    BOTH,
    BTC,
    ETH,
    LOTS,
    PAIRS,
    T0,
    UNTIL,
    WIDE,
    assert_same,
    cached,
    candle,
    folders,
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


async def test_a_database_named_by_a_link_has_one_cache_beside_the_file_itself(database: Path, tmp_path: Path) -> None:
    link = tmp_path / "elsewhere" / "linked.db"
    link.parent.mkdir()
    link.symlink_to(database)
    assert cache_root(link) == cache_root(link.resolve()) == cache_root(database)
    by_link, _ = await cached(link)
    by_name, reads = await cached(database)
    assert reads == 0
    assert_same(by_name, by_link)
    assert list(link.parent.iterdir()) == [link]
    link.unlink()
    link.symlink_to(Path("..", database.name))
    assert (await cached(link))[1] == 0


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

"""Streams are counted once a state of the store: what is remembered is never stale, and done without where it is broken."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest

from fundarb.adapters.sqlite import coverage_rows, gaps, instrument_rows, stream_cache, streams
from fundarb.adapters.sqlite.connection import open_store
from fundarb.adapters.sqlite.market_reader import SqliteMarketReader
from fundarb.adapters.sqlite.market_writer import SqliteMarketWriter
from fundarb.adapters.sqlite.panel_cache import cache_root
from fundarb.adapters.sqlite.stream_cache import FILE, RememberingReader
from fundarb.domain.instants import HOUR, LATEST
from fundarb.domain.instrument import Kind
from fundarb.domain.market import Coverage, Span, StreamSummary
from fundarb.signals import assembly
from fundarb.signals import gaps as holes
from tests.adapters.panel_store import BTC, T0, candle, make, put, rate

Streams = tuple[StreamSummary, ...]


@pytest.fixture
async def database(tmp_path: Path) -> Path:
    return await make(tmp_path / "m.db")


async def counted(database: Path, as_of_ms: int = LATEST) -> Streams:
    """What the store itself says."""
    async with open_store(database, "read") as connection:
        return await SqliteMarketReader(connection).streams(as_of_ms)


async def remembered(database: Path, as_of_ms: int = LATEST) -> Streams:
    async with open_store(database, "read") as connection:
        return await RememberingReader(connection, database).streams(as_of_ms)


async def recalled(database: Path, monkeypatch: pytest.MonkeyPatch) -> Streams:
    """What is remembered, where counting is impossible."""

    async def refuse(reader: SqliteMarketReader, as_of_ms: int) -> Streams:
        raise AssertionError("counted")

    with monkeypatch.context() as patched:
        patched.setattr(SqliteMarketReader, "streams", refuse)
        return await remembered(database)


async def test_a_second_look_counts_nothing_and_says_the_same(database: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    expected = await counted(database)
    assert len(expected) == 8
    assert await remembered(database) == expected
    assert await recalled(database, monkeypatch) == expected


async def test_an_earlier_moment_is_counted_for_itself(database: Path) -> None:
    await remembered(database)
    early = T0 + 9 * HOUR
    assert await remembered(database, early) == await counted(database, early) != await counted(database)


async def test_what_was_written_since_is_known(database: Path) -> None:
    before = await remembered(database)
    await put(database, rate(BTC, 40), candle(BTC, "perp", 60))
    assert await remembered(database) == await counted(database) != before


async def test_what_was_asked_for_since_is_known(database: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    await remembered(database)
    asked = Coverage(BTC, Kind.FUNDING, 0, Span(T0, T0 + 96 * HOUR), 5, T0 + 96 * HOUR, confirmed=True)
    async with open_store(database, "write") as connection:
        writer = SqliteMarketWriter(connection)
        async with writer.transaction():
            await writer.put_coverage([asked])
    with pytest.raises(AssertionError, match="counted"):
        await recalled(database, monkeypatch)
    assert await remembered(database) == await counted(database)


async def test_an_edited_rule_recalls_nothing(database: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    await remembered(database)
    monkeypatch.setattr(stream_cache, "_rules", lambda: "another")
    with pytest.raises(AssertionError, match="counted"):
        await recalled(database, monkeypatch)


def test_whatever_tells_a_hole_is_among_the_rules() -> None:
    """An edit of any of them counts anew."""
    told_by = (streams.judged_streams, gaps.candle_gaps, holes.settlement_holes, assembly.intervals)
    read_by = (coverage_rows.known, instrument_rows.known)
    assert {one.__module__ for one in (*told_by, *read_by)} == {one.__name__ for one in stream_cache.COUNTING}


@pytest.mark.parametrize("damage", [b"", b"no checksum", b"{}\n{}"])
async def test_a_damaged_file_is_done_without_and_mended(
    database: Path, damage: bytes, monkeypatch: pytest.MonkeyPatch
) -> None:
    expected = await remembered(database)
    (cache_root(database) / FILE).write_bytes(damage)
    assert await remembered(database) == expected
    assert await recalled(database, monkeypatch) == expected


async def test_every_byte_is_vouched_for(database: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    expected = await remembered(database)
    file = cache_root(database) / FILE
    file.write_bytes(file.read_bytes().replace(b'"spot"', b'"perp"', 1))
    with pytest.raises(AssertionError, match="counted"):
        await recalled(database, monkeypatch)
    assert await remembered(database) == expected


async def test_where_nothing_can_be_kept_it_is_counted(database: Path) -> None:
    cache_root(database).write_text("a file where the folder should be")
    assert await remembered(database) == await counted(database)
    assert cache_root(database).is_file()


async def test_what_cannot_be_put_in_its_place_is_not_left_beside_it(database: Path) -> None:
    (cache_root(database) / FILE).mkdir(parents=True)
    assert await remembered(database) == await counted(database)
    assert [path.name for path in cache_root(database).iterdir()] == [FILE]


async def test_what_was_counted_while_somebody_wrote_is_not_kept(
    database: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """It may show the new rows, and a backup put in the place of the store has the old state again."""
    count = SqliteMarketReader.streams

    async def interrupted(reader: SqliteMarketReader, as_of_ms: int) -> Streams:
        await put(database, rate(BTC, 40))
        return await count(reader, as_of_ms)

    with monkeypatch.context() as patched:
        patched.setattr(SqliteMarketReader, "streams", interrupted)
        await remembered(database)
    assert not (cache_root(database) / FILE).exists()


async def test_a_backup_put_in_the_place_of_the_store_is_known_again(database: Path, tmp_path: Path) -> None:
    before = await remembered(database)
    shutil.copy(database, tmp_path / "backup.db")
    await put(database, rate(BTC, 40))
    assert await remembered(database) != before
    shutil.copy(tmp_path / "backup.db", database)
    assert await remembered(database) == await counted(database) == before


async def test_nothing_but_the_file_is_left(database: Path) -> None:
    await remembered(database)
    assert [path.name for path in cache_root(database).iterdir()] == [FILE]
    assert (cache_root(database) / FILE).stat().st_mode & 0o077 == 0

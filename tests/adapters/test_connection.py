"""How a store is opened: readers change nothing, appenders never migrate, writers create what only the owner can read."""

from __future__ import annotations

import asyncio
import os
import sqlite3
import stat
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from fundarb.adapters.sqlite.connection import Mode, connection_is_readonly, open_store
from fundarb.adapters.sqlite.market_reader import SqliteMarketReader
from fundarb.adapters.sqlite.migrate import SCHEMA_VERSION
from fundarb.errors import DatabaseCorrupt, DatabaseMissing, SchemaMismatch, StorageError

ROOT = Path(__file__).parents[2]
OPEN_WITHOUT_RIGHTS = """
import asyncio, os, sys
from pathlib import Path
from fundarb.adapters.sqlite.connection import connection_is_readonly, open_store
from fundarb.adapters.sqlite.market_reader import SqliteMarketReader
from fundarb.errors import FundarbError

async def main(path, mode):
    async with open_store(path, mode) as connection:
        print(await connection_is_readonly(connection), len(await SqliteMarketReader(connection).revision()))

if os.geteuid() == 0:
    os.setuid(65534)  # nobody: rights are not asked of root
try:
    asyncio.run(main(Path(sys.argv[1]), sys.argv[2]))
except FundarbError as error:
    print(type(error).__name__, error)
"""


async def created(path: Path) -> Path:
    """A store at `path`, empty but for its schema."""
    async with open_store(path, "write"):
        return path


async def pragma(path: Path, mode: Mode, name: str, *, durable: bool = False) -> object:
    async with open_store(path, mode, durable=durable) as connection:
        [row] = await connection.execute_fetchall(f"PRAGMA {name}")
        return row[0]


def names(directory: Path) -> list[str]:
    return sorted(file.name for file in directory.iterdir())


@pytest.mark.parametrize("mode", ["read", "append"])
async def test_a_missing_database_is_refused_and_not_created(tmp_path: Path, mode: Mode) -> None:
    with pytest.raises(DatabaseMissing, match=r"no\.db.*data import"):
        await pragma(tmp_path / "no.db", mode, "user_version")
    assert names(tmp_path) == []


@pytest.mark.parametrize("mode", ["read", "append", "write"])
async def test_a_directory_is_refused(tmp_path: Path, mode: Mode) -> None:
    with pytest.raises(DatabaseCorrupt, match="a directory"):
        await pragma(tmp_path, mode, "user_version")


@pytest.mark.parametrize("mode", ["read", "append", "write"])
@pytest.mark.parametrize("content", [b"this is no database, " * 100, b"SQLite format 3\0" + b"\xff" * 4000])
async def test_a_corrupt_file_is_refused_and_left_alone(tmp_path: Path, mode: Mode, content: bytes) -> None:
    path = tmp_path / "bad.db"
    path.write_bytes(content)
    with pytest.raises(DatabaseCorrupt, match=r"bad\.db.*backup"):
        await pragma(path, mode, "user_version")
    assert path.read_bytes() == content


@pytest.mark.parametrize("mode", ["read", "append", "write"])
async def test_a_database_of_another_program_is_refused_and_left_alone(tmp_path: Path, mode: Mode) -> None:
    path = tmp_path / "other.db"
    with sqlite3.connect(path) as other:
        other.execute("CREATE TABLE candles (x)")
    other.close()
    before = path.read_bytes()
    with pytest.raises(DatabaseCorrupt, match="not one of fundarb's"):
        await pragma(path, mode, "user_version")
    assert path.read_bytes() == before


async def test_a_damaged_page_is_named_when_it_is_read(tmp_path: Path) -> None:
    path = await created(tmp_path / "a.db")
    whole = bytearray(path.read_bytes())
    whole[4096:] = b"\xff" * (len(whole) - 4096)
    path.write_bytes(whole)
    with pytest.raises(DatabaseCorrupt, match=r"a\.db"):
        async with open_store(path, "read") as connection:
            await SqliteMarketReader(connection).revision()


async def test_a_writer_creates_what_only_its_owner_can_read(tmp_path: Path) -> None:
    path = tmp_path / "new" / "fundarb.db"
    async with open_store(path, "write") as connection:
        await connection.execute("INSERT INTO meta VALUES ('a', 'b')")
        assert names(path.parent) == ["fundarb.db", "fundarb.db-shm", "fundarb.db-wal"]
        assert {stat.S_IMODE((path.parent / name).stat().st_mode) for name in names(path.parent)} == {0o600}
    assert stat.S_IMODE(path.parent.stat().st_mode) == 0o700


async def test_an_empty_file_is_no_store_to_a_reader_and_a_new_one_to_a_writer(tmp_path: Path) -> None:
    path = tmp_path / "empty.db"
    path.touch()
    with pytest.raises(DatabaseMissing, match=r"an empty file.*data import"):
        await pragma(path, "read", "user_version")
    assert path.read_bytes() == b""
    await created(path)
    assert await pragma(path, "read", "query_only") == 1


async def test_a_reader_can_change_nothing(tmp_path: Path) -> None:
    path = await created(tmp_path / "a.db")
    with pytest.raises(StorageError, match="read-only"):
        async with open_store(path, "read") as connection:
            await connection.execute("DELETE FROM meta")


async def test_an_appender_writes_without_being_able_to_create(tmp_path: Path) -> None:
    path = await created(tmp_path / "a.db")
    async with open_store(path, "append") as connection:
        await connection.execute("INSERT INTO meta VALUES ('a', 'b')")
        assert not await connection_is_readonly(connection)
    async with open_store(path, "read") as connection:
        assert await connection_is_readonly(connection)
        assert len(list(await connection.execute_fetchall("SELECT 1 FROM meta WHERE key = 'a'"))) == 1


@pytest.mark.parametrize(("durable", "level"), [(True, 2), (False, 1)])
async def test_only_a_durable_connection_waits_for_the_disk(tmp_path: Path, durable: bool, level: int) -> None:
    path = await created(tmp_path / "a.db")
    assert await pragma(path, "write", "synchronous", durable=durable) == level
    assert await pragma(path, "append", "synchronous", durable=durable) == level


async def test_every_connection_is_a_wal_one_that_waits_and_checks_references(tmp_path: Path) -> None:
    path = await created(tmp_path / "a.db")
    assert await pragma(path, "read", "journal_mode") == "wal"
    assert await pragma(path, "append", "busy_timeout") == 10_000
    assert await pragma(path, "write", "foreign_keys") == 1


@pytest.mark.parametrize("mode", ["read", "append", "write"])
async def test_a_path_below_a_file_is_refused(tmp_path: Path, mode: Mode) -> None:
    (tmp_path / "file").touch()
    with pytest.raises(DatabaseMissing, match="a file stands where a directory"):
        await pragma(tmp_path / "file" / "a.db", mode, "user_version")


@pytest.mark.parametrize("mode", ["read", "append", "write"])
async def test_a_pipe_is_refused_and_not_waited_for(tmp_path: Path, mode: Mode) -> None:
    os.mkfifo(tmp_path / "pipe")
    with pytest.raises(DatabaseCorrupt, match="a pipe, socket or device"):
        await pragma(tmp_path / "pipe", mode, "user_version")
    with pytest.raises(DatabaseCorrupt, match="a pipe, socket or device"):
        await pragma(Path(os.devnull), mode, "user_version")


@pytest.mark.parametrize("journal", ["DELETE", "WAL"])
@pytest.mark.parametrize("mode", ["read", "append", "write"])
async def test_a_newer_file_is_refused_and_left_byte_for_byte(tmp_path: Path, mode: Mode, journal: str) -> None:
    path = await created(tmp_path / "a.db")
    with sqlite3.connect(path) as newer:
        newer.execute(f"PRAGMA journal_mode = {journal}")
        newer.execute(f"PRAGMA user_version = {SCHEMA_VERSION + 1}")
    newer.close()
    before = path.read_bytes()
    with pytest.raises(SchemaMismatch, match="newer than this program's"):
        await pragma(path, mode, "user_version")
    assert path.read_bytes() == before
    assert mode != "write" or names(tmp_path) == ["a.db"]


async def test_a_store_is_one_by_whatever_link_it_is_opened(tmp_path: Path) -> None:
    (tmp_path / "far").mkdir()
    link = tmp_path / "link.db"
    link.symlink_to("far/a.db")
    async with open_store(link, "write") as connection:
        await connection.execute("INSERT INTO meta VALUES ('a', 'b')")
        assert names(tmp_path / "far") == ["a.db", "a.db-shm", "a.db-wal"]
    assert names(tmp_path) == ["far", "link.db"]
    async with open_store(tmp_path / "far" / "a.db", "read") as connection:
        assert len(list(await connection.execute_fetchall("SELECT 1 FROM meta WHERE key = 'a'"))) == 1


async def test_a_link_that_leads_in_a_circle_is_refused(tmp_path: Path) -> None:
    (tmp_path / "a.db").symlink_to("b.db")
    (tmp_path / "b.db").symlink_to("a.db")
    with pytest.raises(StorageError, match=r"a\.db|b\.db"):
        await created(tmp_path / "a.db")


@pytest.fixture
def shut() -> Iterator[Path]:
    """A directory that nobody may write to, once it is shut; pytest's own are closed to other users altogether."""
    with tempfile.TemporaryDirectory() as name:
        path = Path(name)
        path.chmod(0o755)
        yield path
        path.chmod(0o755)


def without_rights(path: Path, mode: str) -> str:
    """What a user is told who may not write to the directory."""
    path.parent.chmod(0o555)
    return asked(path, mode)


def asked(path: Path, mode: str) -> str:
    """What nobody in particular is told who opens this."""
    command = [sys.executable, "-c", OPEN_WITHOUT_RIGHTS, str(path), mode]
    return subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=True).stdout.strip()


@pytest.mark.parametrize("mode", ["read", "append"])
async def test_a_store_in_a_read_only_directory_can_be_read(shut: Path, mode: Mode) -> None:
    path = await created(shut / "a.db")
    path.chmod(0o444)
    assert without_rights(path, mode) == "True 32"
    assert names(shut) == ["a.db"]


async def test_a_read_only_store_with_a_write_ahead_log_is_read_to_its_end(shut: Path) -> None:
    path = await created(shut / "a.db")
    async with open_store(path, "write") as connection:
        await connection.execute("UPDATE meta SET value = 'short'")
        for name in names(shut):
            (shut / name).chmod(0o444)
        assert without_rights(path, "read") == "True 5"


async def test_a_writer_is_told_that_it_may_not_create(shut: Path) -> None:
    told = without_rights(shut / "new.db", "write")
    assert told.startswith("StorageError")
    assert "cannot be created: Permission denied; make the directory writable" in told


async def test_a_writer_is_told_that_it_may_not_write(shut: Path) -> None:
    path = await created(shut / "a.db")
    path.chmod(0o444)
    assert "make both writable" in without_rights(path, "write")


async def test_a_directory_that_may_not_be_entered_is_said_to_be(shut: Path) -> None:
    (shut / "inner").mkdir()
    path = await created(shut / "inner" / "a.db")
    path.parent.chmod(0o600)
    told = asked(path, "read")
    path.parent.chmod(0o700)
    assert told.startswith("StorageError")
    assert "cannot be looked at: Permission denied; check the owner and mode" in told


async def test_a_reader_is_told_that_it_may_not_read(shut: Path) -> None:
    path = await created(shut / "a.db")
    path.chmod(0o000)
    assert "must be readable" in without_rights(path, "read")


def test_told_to_stop_while_it_opens_the_store_is_closed_before_the_loop_ends(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Else its thread finds nobody to tell that it is open, and says so at length on the terminal."""
    connect, closed = sqlite3.connect, list[bool]()

    class Opened(sqlite3.Connection):
        def close(self) -> None:
            super().close()
            closed.append(True)

    def slowly(*words: Any, **named: Any) -> sqlite3.Connection:
        time.sleep(0.1)
        return connect(*words, **named, factory=Opened)

    async def stopped() -> None:
        async with open_store(tmp_path / "a.db", "write"):
            raise AssertionError("it was to be stopped before")

    async def stop() -> None:
        task = asyncio.create_task(stopped())
        await asyncio.sleep(0)
        task.cancel()
        with pytest.raises(asyncio.CancelledError):
            await task

    monkeypatch.setattr(sqlite3, "connect", slowly)
    asyncio.run(stop())
    assert closed == [True]

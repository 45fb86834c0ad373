"""Older files are brought up to date after a backup, newer ones refused, half of a migration never seen."""

from __future__ import annotations

import os
import sqlite3
import stat
from pathlib import Path

import pytest

from fundarb.adapters.sqlite.connection import open_store
from fundarb.adapters.sqlite.locks import hold
from fundarb.adapters.sqlite.migrate import MIGRATIONS, SCHEMA_VERSION, Migration, statements
from fundarb.adapters.sqlite.upgrade import upgrade
from fundarb.errors import DatabaseCorrupt, DatabaseMissing, LockHeld, SchemaMismatch
from tests.adapters.lock_child import holding

NEXT = Migration(SCHEMA_VERSION + 1, "next", "CREATE TABLE later (x);\nINSERT INTO later VALUES (1);\n")
BROKEN = Migration(NEXT.version, "broken", "CREATE TABLE later (x);\nINSERT INTO nowhere VALUES (1);\n")
LATER = (*MIGRATIONS, NEXT)


async def older(path: Path) -> Path:
    """A store of the present schema, with a row, to a program that knows one migration more."""
    async with open_store(path, "write") as connection:
        await connection.execute("INSERT INTO meta VALUES ('a', 'b')")
    return path


def backups(path: Path) -> list[Path]:
    return sorted(path.parent.glob(f"{path.name}.backup-v{SCHEMA_VERSION}-*"))


def version(path: Path) -> int:
    connection = sqlite3.connect(path)
    try:
        return int(connection.execute("PRAGMA user_version").fetchone()[0])
    finally:
        connection.close()


async def test_a_new_file_has_the_newest_schema_and_needs_no_backup(tmp_path: Path) -> None:
    path = await older(tmp_path / "a.db")
    assert version(path) == SCHEMA_VERSION == len(MIGRATIONS)
    assert backups(path) == []


@pytest.mark.parametrize("mode", ["read", "append"])
async def test_only_writers_migrate_an_older_file(tmp_path: Path, mode: str) -> None:
    path = await older(tmp_path / "a.db")
    with pytest.raises(SchemaMismatch, match=r"older than this program's.*data migrate"):
        async with open_store(path, mode, migrations=LATER):  # type: ignore[arg-type]  # one of the modes above
            pass
    assert version(path) == SCHEMA_VERSION


async def test_a_writer_backs_an_older_file_up_and_migrates_it(tmp_path: Path) -> None:
    path = await older(tmp_path / "a.db")
    async with open_store(path, "write", migrations=LATER) as connection:
        assert len(list(await connection.execute_fetchall("SELECT * FROM later"))) == 1
    [backup] = backups(path)
    assert stat.S_IMODE(backup.stat().st_mode) == 0o600
    assert version(backup) == SCHEMA_VERSION
    async with open_store(backup, "read") as connection:
        assert len(list(await connection.execute_fetchall("SELECT 1 FROM meta WHERE key = 'a'"))) == 1


@pytest.mark.parametrize("mode", ["read", "append", "write"])
async def test_a_newer_file_is_refused(tmp_path: Path, mode: str) -> None:
    path = tmp_path / "a.db"
    async with open_store(path, "write", migrations=LATER):
        pass
    with pytest.raises(SchemaMismatch, match=f"{NEXT.version} is newer than this program's {SCHEMA_VERSION}"):
        async with open_store(path, mode):  # type: ignore[arg-type]  # one of the modes above
            pass


async def test_a_migration_that_fails_leaves_the_file_as_it_was(tmp_path: Path) -> None:
    path = await older(tmp_path / "a.db")
    with pytest.raises(sqlite3.OperationalError, match="nowhere"):
        async with open_store(path, "write", migrations=(*MIGRATIONS, BROKEN)):
            pass
    assert version(path) == SCHEMA_VERSION
    async with open_store(path, "read") as connection:
        assert not list(await connection.execute_fetchall("SELECT 1 FROM sqlite_master WHERE name = 'later'"))


@pytest.mark.parametrize("kind", ["data", "trade"])
async def test_migration_needs_both_locks_and_without_them_changes_nothing(tmp_path: Path, kind: str) -> None:
    path = await older(tmp_path / "a.db")
    with holding(path, kind), pytest.raises(LockHeld, match=f"the {kind} lock"):
        async with open_store(path, "write", migrations=LATER):
            pass
    assert version(path) == SCHEMA_VERSION
    assert backups(path) == []


async def test_a_job_that_holds_the_locks_already_may_migrate(tmp_path: Path) -> None:
    path = await older(tmp_path / "a.db")
    with hold(path, ("data", "trade")):
        async with open_store(path, "write", migrations=LATER):
            pass
    assert version(path) == NEXT.version


async def test_migrating_removes_what_killed_migrations_left_and_nothing_else(tmp_path: Path) -> None:
    path = await older(tmp_path / "a.db")
    dead = [f"a.db.backup-v0-2026.partial-99{suffix}" for suffix in ("", "-wal", "-shm", "-journal")]
    alive = ["a.db.backup-2026.partial-99", "aXdb.backup-v0-2026.partial-99", "b.db.backup-v0-2026.partial-99"]
    for name in [*dead, *alive]:
        (tmp_path / name).touch()
    async with open_store(path, "write", migrations=LATER):
        pass
    [backup] = backups(path)
    assert sorted(os.listdir(tmp_path)) == sorted(["a.db", "a.db.data.lock", "a.db.trade.lock", backup.name, *alive])


async def test_an_empty_file_is_not_migrated(tmp_path: Path) -> None:
    path = tmp_path / "a.db"
    path.touch(0o644)
    with pytest.raises(DatabaseMissing, match=r"an empty file.*data import"):
        await upgrade(path)
    assert path.read_bytes() == b""
    assert stat.S_IMODE(path.stat().st_mode) == 0o644


async def test_a_pipe_is_not_migrated_nor_waited_for(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "pipe")
    with pytest.raises(DatabaseCorrupt, match="a pipe, socket or device"):
        await upgrade(tmp_path / "pipe")
    assert os.listdir(tmp_path) == ["pipe"]


def test_a_script_is_cut_at_its_statements() -> None:
    assert statements("-- a; b\nCREATE TABLE a (x); -- c;\nINSERT INTO a\nVALUES (';');\n") == [
        "-- a; b\nCREATE TABLE a (x); -- c;",
        "INSERT INTO a\nVALUES (';');",
    ]
    with pytest.raises(ValueError, match="middle of a statement"):
        statements("CREATE TABLE a (x)")

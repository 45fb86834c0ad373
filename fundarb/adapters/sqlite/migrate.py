"""The schema's history: numbered SQL files under `PRAGMA user_version`, each applied whole or not at all.

An older file is copied beside itself first, under both locks; a newer one is refused. Only writers come here."""

from __future__ import annotations

import re
import sqlite3
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from importlib import resources
from pathlib import Path

import aiosqlite

from fundarb.adapters.sqlite.copy import copy_to, remove_dead
from fundarb.adapters.sqlite.faults import corrupt
from fundarb.adapters.sqlite.locks import hold
from fundarb.errors import DatabaseMissing, SchemaMismatch

APPLICATION_ID = 0x66756E64
_NAME = re.compile(r"(\d{4})_(\w+)\.sql")


@dataclass(frozen=True, slots=True)
class Migration:
    """One step of the schema: its number, its name and its SQL."""

    version: int
    name: str
    sql: str


def packaged() -> tuple[Migration, ...]:
    """The migrations that came with this program, in order, numbered 1, 2, 3 …"""
    files = resources.files("fundarb.adapters.sqlite.migrations").iterdir()
    found = [
        Migration(int(match[1]), match[2], file.read_text(encoding="utf-8"))
        for file in files
        if (match := _NAME.fullmatch(file.name))
    ]
    found.sort(key=lambda step: step.version)
    if [step.version for step in found] != list(range(1, len(found) + 1)):
        raise RuntimeError(f"migrations are not numbered 1, 2, 3 …: {[step.version for step in found]}")
    return tuple(found)


MIGRATIONS = packaged()
SCHEMA_VERSION = MIGRATIONS[-1].version


async def stored_version(connection: aiosqlite.Connection, path: Path) -> int:
    """The schema version of a file; 0 for an empty one; refuses a database that is not fundarb's."""
    version = await _pragma(connection, "user_version")
    if await _pragma(connection, "application_id") == APPLICATION_ID:
        return version
    async with connection.execute("SELECT EXISTS (SELECT 1 FROM sqlite_master)") as cursor:
        row = await cursor.fetchone()
    if version or (row and row[0]):
        raise corrupt(path, "a SQLite database, but not one of fundarb's")
    return 0


def require_current(version: int, path: Path, migrations: Sequence[Migration] = MIGRATIONS) -> None:
    """Refuse a file whose schema is older or newer than the program's."""
    known = migrations[-1].version
    if version == 0:
        raise empty(path)
    if version < known:
        raise SchemaMismatch(
            f"{path}: schema {version} is older than this program's {known}; `fundarb data migrate` backs it up and "
            "brings it up to date"
        )
    if version > known:
        raise SchemaMismatch(
            f"{path}: schema {version} is newer than this program's {known}; install the fundarb that wrote it, or later"
        )


def empty(path: Path) -> DatabaseMissing:
    """The error for a file in which there is nothing yet."""
    return DatabaseMissing(
        f"{path}: an empty file, no database yet; `fundarb data import` makes one of it, or choose another --db"
    )


async def bring_up_to_date(
    connection: aiosqlite.Connection, path: Path, migrations: Sequence[Migration] = MIGRATIONS
) -> Path | None:
    """Apply what is missing; the path of the backup where an older file was migrated."""
    version = await stored_version(connection, path)
    if version == 0:
        await _apply(
            connection, path, migrations
        )  # concurrent creators queue at BEGIN IMMEDIATE; the second finds it done
        return None
    if version < migrations[-1].version:
        with hold(path, ("data", "trade")):
            remove_dead(path.parent, _backup_prefix(path))  # only migrations make these, and this one holds the locks
            backup = backup_path(path, version)
            await copy_to(connection, backup)
            await _apply(connection, path, migrations)
            return backup
    require_current(version, path, migrations)
    return None


def backup_path(path: Path, version: int) -> Path:
    """Where the copy of an older file goes; never the name of one that is there."""
    stamp = datetime.now(UTC).strftime("%Y%m%dT%H%M%S%fZ")
    return path.with_name(f"{_backup_prefix(path)}{version}-{stamp}")


def _backup_prefix(path: Path) -> str:
    return f"{path.name}.backup-v"


async def _apply(connection: aiosqlite.Connection, path: Path, migrations: Sequence[Migration]) -> None:
    for step in migrations:
        await connection.execute("BEGIN IMMEDIATE")
        try:
            if await stored_version(connection, path) < step.version:
                for statement in statements(step.sql):
                    await connection.execute(statement)
                await connection.execute(f"PRAGMA user_version = {step.version}")
            await connection.execute("COMMIT")
        except BaseException:
            await connection.rollback()
            raise


def statements(sql: str) -> list[str]:
    """The single statements of a script; executescript would commit behind our back."""
    found, pending = [], ""
    for line in sql.splitlines(keepends=True):
        pending += line
        if sqlite3.complete_statement(pending):
            found.append(pending.strip())
            pending = ""
    if pending.strip():
        raise ValueError(f"the script ends in the middle of a statement: {pending.strip()[:80]!r}")
    return found


async def _pragma(connection: aiosqlite.Connection, name: str) -> int:
    async with connection.execute(f"PRAGMA {name}") as cursor:
        row = await cursor.fetchone()
    assert row is not None
    return int(row[0])

"""Opening the store: readers never create or change a file, appenders never migrate, writers do both.

Autocommit connections with explicit `BEGIN IMMEDIATE`: a deferred transaction that reads first and writes later fails
at once when another process wrote in between, whatever the timeout."""

from __future__ import annotations

import asyncio
import os
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Literal

import aiosqlite

from fundarb.adapters.sqlite.faults import explained
from fundarb.adapters.sqlite.files import stands, unlinked
from fundarb.adapters.sqlite.migrate import MIGRATIONS, Migration, bring_up_to_date, require_current, stored_version
from fundarb.errors import DatabaseMissing, StorageError

Mode = Literal["read", "append", "write"]
BUSY_MS = 10_000


@asynccontextmanager
async def open_store(
    path: Path, mode: Mode, *, durable: bool = False, migrations: Sequence[Migration] = MIGRATIONS
) -> AsyncIterator[aiosqlite.Connection]:
    """A connection to the store; SQLite's errors inside the block leave it as FundarbErrors naming the file."""
    path = unlinked(path)
    _require_file(path, mode)
    with explained(path):
        async with connected(uri_of(path, mode)) as connection:
            await connection.execute(f"PRAGMA busy_timeout = {BUSY_MS}")
            version = await stored_version(connection, path)  # before anything is changed: the file may not be ours
            if mode != "write" or version > migrations[-1].version:
                require_current(version, path, migrations)
            else:
                await connection.execute("PRAGMA journal_mode = WAL")
                await bring_up_to_date(connection, path, migrations)
            await connection.execute(f"PRAGMA synchronous = {'FULL' if durable else 'NORMAL'}")
            await connection.execute("PRAGMA foreign_keys = ON")  # after the migrations, which may rebuild tables
            if mode == "read" or not _writable(path):
                await connection.execute("PRAGMA query_only = ON")
            yield connection


@asynccontextmanager
async def connected(uri: str) -> AsyncIterator[aiosqlite.Connection]:
    """A connection in autocommit, made and closed as a whole also by a task that is told to stop meanwhile: its thread
    would answer to a loop that has ended."""
    opening = asyncio.ensure_future(_connect(uri))
    try:
        connection = await asyncio.shield(opening)
    except asyncio.CancelledError:
        await (await opening).close()
        raise
    try:
        yield connection
    finally:
        await connection.close()


async def _connect(uri: str) -> aiosqlite.Connection:
    return await aiosqlite.connect(uri, uri=True, isolation_level=None)


async def connection_is_readonly(connection: aiosqlite.Connection) -> bool:
    """Whether this connection can change nothing: opened for reading, or for appending to a read-only file."""
    async with connection.execute("PRAGMA query_only") as cursor:
        row = await cursor.fetchone()
    return bool(row and row[0])


def _require_file(path: Path, mode: Mode) -> None:
    """A file where one is needed; writers make it."""
    if stands(path):
        return
    if mode == "write":
        _create(path)
    else:
        makes = "`fundarb fetch PAIRS --since DATE` or `fundarb data import` makes one"
        raise DatabaseMissing(f"{path}: no such database; {makes}, or choose another --db")


def uri_of(path: Path, mode: Mode) -> str:
    """Read-only where nothing may or can be written; `immutable` where not even SQLite's side files could be made."""
    uri = path.absolute().as_uri()
    if mode == "write" or (mode == "append" and _writable(path)):
        return f"{uri}?mode=rw"
    log = path.with_name(f"{path.name}-wal")
    if not os.access(path.parent, os.W_OK) and not log.exists():
        return f"{uri}?mode=ro&immutable=1"
    return f"{uri}?mode=ro"


def _writable(path: Path) -> bool:
    return os.access(path, os.W_OK) and os.access(path.absolute().parent, os.W_OK)


def _create(path: Path) -> None:
    """An empty file only its owner can read, where there is none; SQLite alone would make it readable to all."""
    try:
        path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
        os.close(os.open(path, os.O_CREAT | os.O_EXCL | os.O_WRONLY, 0o600))
    except FileExistsError:  # another process made it meanwhile, or it is a link to what is not there yet
        stands(path)
    except OSError as error:
        raise StorageError(
            f"{path}: cannot be created: {error.strerror}; make the directory writable or choose another --db"
        ) from None

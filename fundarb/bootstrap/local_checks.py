"""What `doctor` can see without any venue: versions, disk, the database and who holds its locks, the trader."""

from __future__ import annotations

import os
import platform
import shutil
import sqlite3
from collections.abc import AsyncIterator
from importlib.metadata import version
from pathlib import Path

from fundarb import __version__
from fundarb.adapters.sqlite.connection import open_store
from fundarb.adapters.sqlite.files import stands, unlinked
from fundarb.adapters.sqlite.health import damage, schema_of
from fundarb.adapters.sqlite.journal import SqliteJournal
from fundarb.adapters.sqlite.locks import holder
from fundarb.adapters.sqlite.migrate import SCHEMA_VERSION
from fundarb.engine.checks.disk import judge_disk
from fundarb.engine.checks.finding import Finding, broken, unasked
from fundarb.engine.checks.heartbeat import judge_trader
from fundarb.engine.checks.storage import (
    DATABASE,
    LOCKS,
    SCHEMA,
    judge_integrity,
    judge_locks,
    judge_schema,
)
from fundarb.engine.checks.versions import judge_versions
from fundarb.errors import FundarbError

HEARTBEAT = "trade"


def installed() -> Finding:
    """What fundarb runs on; read from what is installed, without importing it."""
    found = {"fundarb": __version__, "python": platform.python_version(), "ccxt": version("ccxt")}
    return judge_versions(found | {"sqlite": sqlite3.sqlite_version})


def room(database: Path) -> Finding:
    """The disk of the database; of the nearest directory that is there."""
    file = unlinked(database).absolute()
    directory = next(each for each in file.parents if each.is_dir())
    size = file.stat().st_size if file.is_file() else 0
    return judge_disk(directory, shutil.disk_usage(directory).free, size, writable=os.access(directory, os.W_OK))


async def stored(database: Path) -> AsyncIterator[Finding]:
    """The file, its schema and its locks; one that is not there yet is no failure: the first writer makes it."""
    try:
        if not stands(database):
            for check in (DATABASE, SCHEMA, LOCKS):
                yield unasked(check, f"{database} is not there yet", "`fundarb fetch` or `fundarb trade` makes it")
            return
        mode = unlinked(database).stat().st_mode
        yield judge_integrity(str(database), await damage(database), open_to_others=bool(mode & 0o077))
        yield judge_schema(await schema_of(database), SCHEMA_VERSION)
    except FundarbError as error:  # what cannot be opened is the finding
        yield broken(DATABASE, error)
        yield unasked(SCHEMA, "the database cannot be read")
    yield judge_locks({"data": holder(database, "data"), "trade": holder(database, "trade")})


async def beat_of(database: Path) -> int | None:
    """When a trader last said that it lives."""
    async with open_store(database, "read") as connection:
        return await SqliteJournal(connection).heartbeat(HEARTBEAT)


async def trader(database: Path, now_ms: int, poll_ms: int) -> Finding:
    """One that trades now, unless it is this process; another job may hold its lock for as long as it takes."""
    held = holder(database, "trade") if stands(database) else None
    if held is None or held.pid == os.getpid() or "trade" not in held.command.split()[1:]:
        return judge_trader(None, None, now_ms, poll_ms)
    return judge_trader(str(held), await beat_of(database), now_ms, poll_ms)

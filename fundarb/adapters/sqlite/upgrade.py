"""Migration as a job of its own: under both locks, telling what it did. It never makes a database."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from fundarb.adapters.sqlite.connection import BUSY_MS, connected
from fundarb.adapters.sqlite.faults import explained
from fundarb.adapters.sqlite.files import stands, unlinked
from fundarb.adapters.sqlite.locks import hold
from fundarb.adapters.sqlite.migrate import SCHEMA_VERSION, bring_up_to_date, empty, stored_version
from fundarb.errors import DatabaseMissing


@dataclass(frozen=True, slots=True)
class Upgraded:
    """Schema versions before and after, and the copy of the file as it was, where it was changed."""

    before: int
    after: int
    backup: Path | None


async def upgrade(path: Path) -> Upgraded:
    """Bring an existing file to this program's schema after a backup; one that is up to date is left alone."""
    path = unlinked(path)
    uri = _existing(path)
    with hold(path, ("data", "trade")), explained(path):
        async with connected(uri) as connection:
            await connection.execute(f"PRAGMA busy_timeout = {BUSY_MS}")
            before = await stored_version(connection, path)
            if before == 0:
                raise empty(path)
            backup = await bring_up_to_date(connection, path)
            return Upgraded(before, SCHEMA_VERSION, backup)


def _existing(path: Path) -> str:
    """How SQLite is told of a file that must be there."""
    if not stands(path):
        raise DatabaseMissing(f"{path}: no such database, nothing to migrate; name one with --db")
    return f"{path.absolute().as_uri()}?mode=rw"

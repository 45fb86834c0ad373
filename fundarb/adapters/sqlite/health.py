"""What state a database file is in; reading only, and of any schema."""

from __future__ import annotations

from pathlib import Path

from fundarb.adapters.sqlite.connection import BUSY_MS, connected, uri_of
from fundarb.adapters.sqlite.faults import explained
from fundarb.adapters.sqlite.files import unlinked
from fundarb.adapters.sqlite.migrate import stored_version

_MOST = 20


async def damage(path: Path) -> tuple[str, ...]:
    """What SQLite finds wrong when it looks at every page; nothing where the file is whole."""
    with explained(path):
        async with connected(uri_of(unlinked(path), "read")) as connection:
            await connection.execute(f"PRAGMA busy_timeout = {BUSY_MS}")
            rows = await connection.execute_fetchall(f"PRAGMA quick_check({_MOST})")
    found = tuple(" ".join(str(text).split()) for (text,) in rows)
    return () if found == ("ok",) else found


async def schema_of(path: Path) -> int:
    """The version of its schema; 0 for a file in which there is nothing."""
    with explained(path):
        async with connected(uri_of(unlinked(path), "read")) as connection:
            return await stored_version(connection, path)

"""What SQLite says, in fundarb's words: every sqlite3 error that a person can do something about becomes a FundarbError."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from fundarb.errors import DatabaseBusy, DatabaseCorrupt, FundarbError, StorageError

_CORRUPT = {sqlite3.SQLITE_CORRUPT, sqlite3.SQLITE_NOTADB}
_BUSY = {sqlite3.SQLITE_BUSY, sqlite3.SQLITE_LOCKED}
_STORAGE = {
    sqlite3.SQLITE_FULL: "the disk is full; free some space and run the command again",
    sqlite3.SQLITE_IOERR: "the disk refuses to read or write (full, over quota, or failing); check it and run again",
    sqlite3.SQLITE_READONLY: "the file or its directory is read-only; make both writable or choose another --db",
    sqlite3.SQLITE_PERM: "access is denied; check the owner and mode of the file and its directory",
    sqlite3.SQLITE_CANTOPEN: "it cannot be opened; the file and its directory must be readable, for writing writable",
    sqlite3.SQLITE_BUSY: "another process kept writing to it for too long; try again when that one is done",
    sqlite3.SQLITE_LOCKED: "another connection kept writing to it for too long; try again when that one is done",
}


def corrupt(path: Path, why: str) -> DatabaseCorrupt:
    """The error for a file that is there and is no database of ours."""
    return DatabaseCorrupt(f"{path}: {why}; restore a backup (`fundarb data backup` makes them) or choose another --db")


def explain(error: sqlite3.Error, path: Path) -> FundarbError | None:
    """The FundarbError that `error` stands for, or None where it is a fault of the program."""
    code = getattr(error, "sqlite_errorcode", None)
    if code is None:
        return None
    primary = code & 0xFF
    if primary in _CORRUPT:
        return corrupt(path, f"not a readable database ({error})")
    if primary in _STORAGE:
        kind = DatabaseBusy if primary in _BUSY else StorageError
        return kind(f"{path}: {error}: {_STORAGE[primary]}")
    return None


@contextmanager
def explained(path: Path) -> Iterator[None]:
    """Translate sqlite3 errors that leave the block."""
    try:
        yield
    except sqlite3.Error as error:
        explanation = explain(error, path)
        if explanation is None:
            raise
        raise explanation from error

"""A consistent copy of an open database, through SQLite's backup: the file alone would lack what is still in its WAL."""

from __future__ import annotations

import glob
import os
import sqlite3
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

import aiosqlite

from fundarb.adapters.sqlite.faults import explained
from fundarb.errors import StorageError

_PAGES = 4096  # 16 MB a step: other connections write in between
_BESIDE = ("-wal", "-shm", "-journal")


async def copy_to(connection: aiosqlite.Connection, target: Path) -> None:
    """Write a whole copy to `target` (0600), which appears only when complete; an existing file is refused."""
    with _partial(target) as partial, explained(target):
        await _copy(connection, partial)


def remove_dead(directory: Path, prefix: str) -> None:
    """Remove what copies named like this left when they were killed; only for who knows that none is being made."""
    for left in directory.glob(f"{glob.escape(prefix)}*.partial-*"):
        _remove(left)


@contextmanager
def _partial(target: Path) -> Iterator[Path]:
    """A file beside the target that becomes it at the end; `link`, because unlike rename it never overwrites."""
    partial = target.parent / f"{target.name}.partial-{os.getpid()}"
    try:
        if target.exists():
            raise FileExistsError
        target.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
        os.close(os.open(partial, os.O_CREAT | os.O_EXCL | os.O_WRONLY, 0o600))
        yield partial
        os.link(partial, target)
    except FileExistsError:
        raise StorageError(f"{target}: there is a file of that name already; choose another or remove it") from None
    except OSError as error:
        raise StorageError(f"{target}: cannot write the copy: {error.strerror}; check space and permissions") from None
    finally:
        for suffix in ("", *_BESIDE):
            _remove(partial.with_name(f"{partial.name}{suffix}"))


def _remove(path: Path) -> None:
    with suppress(OSError):  # a read-only file system refuses even this, and has been told of already
        path.unlink()


async def _copy(connection: aiosqlite.Connection, partial: Path) -> None:
    copy = sqlite3.connect(partial, check_same_thread=False)  # the backup runs in the source connection's thread
    stopped = False

    def go_on(*_: int) -> None:
        if stopped:
            raise InterruptedError

    try:
        await connection.backup(copy, pages=_PAGES, progress=go_on)
        copy.execute("PRAGMA journal_mode = DELETE")  # one file, nothing beside it
    finally:
        stopped = True
        await connection.execute("SELECT 1")  # comes after the backup in that thread, which may still write to the copy
        copy.close()

"""Copies of an open store: whole or not there, never over another file, nothing left behind however they end."""

from __future__ import annotations

import asyncio
import errno
import os
import stat
import subprocess
import sys
from pathlib import Path

import aiosqlite
import pytest

from fundarb.adapters.sqlite import copy
from fundarb.adapters.sqlite.connection import open_store
from fundarb.adapters.sqlite.copy import copy_to
from fundarb.errors import StorageError

ROOT = Path(__file__).parents[2]
COPY_TO_A_SMALL_DISK = """
import asyncio, resource, signal, sys
from pathlib import Path
from fundarb.adapters.sqlite.connection import open_store
from fundarb.adapters.sqlite.copy import copy_to
from fundarb.errors import StorageError

async def main(path, target):
    async with open_store(path, "read") as connection:
        await copy_to(connection, target)

signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
resource.setrlimit(resource.RLIMIT_FSIZE, (100_000, 100_000))
try:
    asyncio.run(main(Path(sys.argv[1]), Path(sys.argv[2])))
except StorageError as error:
    print(error)
"""


async def older(path: Path, kilobytes: int = 0) -> Path:
    """A store with a row, and another of this size."""
    async with open_store(path, "write") as connection:
        await connection.execute("INSERT INTO meta VALUES ('a', 'b'), ('c', ?)", ("x" * 1024 * kilobytes,))
    return path


async def test_a_copy_holds_what_is_still_in_the_write_ahead_log(tmp_path: Path) -> None:
    path, target = tmp_path / "a.db", tmp_path / "copies" / "b.db"
    async with open_store(path, "write") as connection:
        await connection.execute("INSERT INTO meta VALUES ('a', 'b')")
        async with open_store(path, "read") as other:
            await copy_to(other, target)
    assert [file.name for file in target.parent.iterdir()] == ["b.db"]
    assert stat.S_IMODE(target.stat().st_mode) == 0o600
    async with open_store(target, "read") as connection:
        assert len(list(await connection.execute_fetchall("SELECT 1 FROM meta WHERE key = 'a'"))) == 1


async def test_a_copy_never_overwrites(tmp_path: Path) -> None:
    path, target = await older(tmp_path / "a.db"), tmp_path / "b.db"
    target.write_text("mine")
    with pytest.raises(StorageError, match=r"b\.db.*already"):
        async with open_store(path, "read") as connection:
            await copy_to(connection, target)
    assert target.read_text() == "mine"
    assert not [name for name in os.listdir(tmp_path) if "partial" in name]


async def test_a_copy_never_overwrites_what_appears_meanwhile(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path, target = await older(tmp_path / "a.db"), tmp_path / "b.db"
    whole = copy._copy

    async def while_another_writes(connection: aiosqlite.Connection, partial: Path) -> None:
        await whole(connection, partial)
        target.write_text("mine")

    monkeypatch.setattr(copy, "_copy", while_another_writes)
    with pytest.raises(StorageError, match=r"b\.db.*already"):
        async with open_store(path, "read") as connection:
            await copy_to(connection, target)
    assert target.read_text() == "mine"
    assert [name for name in os.listdir(tmp_path) if name.startswith("b.db")] == ["b.db"]


@pytest.mark.parametrize("target", [".", "/", ""])
async def test_a_copy_needs_a_name(tmp_path: Path, target: str) -> None:
    async with open_store(await older(tmp_path / "a.db"), "read") as connection:
        with pytest.raises(StorageError, match="already"):
            await copy_to(connection, Path(target))


async def test_where_a_target_is_there_already_nothing_is_copied(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def never(connection: aiosqlite.Connection, partial: Path) -> None:
        pytest.fail("copied for nothing")

    monkeypatch.setattr(copy, "_copy", never)
    (tmp_path / "b.db").touch()
    async with open_store(await older(tmp_path / "a.db"), "read") as connection:
        with pytest.raises(StorageError, match="already"):
            await copy_to(connection, tmp_path / "b.db")


def copied_to_a_small_disk(path: Path, target: Path) -> str:
    """What a process is told that may not write so much."""
    command = [sys.executable, "-c", COPY_TO_A_SMALL_DISK, str(path), str(target)]
    return subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=True).stdout


async def test_a_copy_that_fails_on_a_full_disk_leaves_nothing(tmp_path: Path) -> None:
    path, target = await older(tmp_path / "a.db", 500), tmp_path / "copies" / "b.db"
    told = copied_to_a_small_disk(path, target)
    assert told.startswith(f"{target}: ")
    assert "disk" in told
    assert os.listdir(target.parent) == []


async def test_a_copy_that_is_broken_off_leaves_nothing_and_stops(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(copy, "_PAGES", 1)
    path, target = await older(tmp_path / "a.db", 20_000), tmp_path / "copies" / "b.db"
    async with open_store(path, "read") as connection:
        task = asyncio.create_task(copy_to(connection, target))
        partial = target.parent / f"b.db.partial-{os.getpid()}"
        while not (partial.exists() and partial.stat().st_size):  # noqa: ASYNC110  (a file has no event)
            await asyncio.sleep(0.001)
        assert not task.done()
        task.cancel()
        with pytest.raises(asyncio.CancelledError):
            await task
        assert os.listdir(target.parent) == []
        await connection.execute("SELECT 1")
        assert os.listdir(target.parent) == []


@pytest.mark.parametrize("left", ["-wal", "-shm", "-journal"])
async def test_what_sqlite_left_beside_a_copy_that_failed_goes_too(
    tmp_path: Path, left: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def fails(connection: aiosqlite.Connection, partial: Path) -> None:
        partial.with_name(f"{partial.name}{left}").touch()
        raise OSError(errno.ENOSPC, "No space left on device")

    monkeypatch.setattr(copy, "_copy", fails)
    async with open_store(await older(tmp_path / "a.db"), "read") as connection:
        with pytest.raises(StorageError, match="No space left"):
            await copy_to(connection, tmp_path / "copies" / "b.db")
    assert os.listdir(tmp_path / "copies") == []


async def test_a_read_only_file_system_is_told_of_once_and_clearly(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    refusals: list[object] = []

    def refuse(*args: object, **more: object) -> None:
        refusals.append(args)
        raise OSError(errno.EROFS, "Read-only file system")

    async with open_store(await older(tmp_path / "a.db"), "read") as connection:
        with monkeypatch.context() as patched:
            patched.setattr(Path, "mkdir", refuse)
            patched.setattr(Path, "unlink", refuse)
            with pytest.raises(StorageError, match=r"b\.db: cannot write the copy: Read-only file system"):
                await copy_to(connection, tmp_path / "b.db")
    assert len(refusals) > 1

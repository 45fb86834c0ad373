"""Locks that order jobs: flock on files beside the database, never waiting for a job, naming the first holder.

flock and not a row, because the kernel frees it however the holder ends; a sidecar and not the database, because closing
a second descriptor of the database would drop SQLite's own locks. Within one process a lock may be held again.
Who asks for the holder shares the lock for an instant; a taker outlasts that."""

from __future__ import annotations

import fcntl
import json
import os
import re
import sys
import time
from collections.abc import Iterator, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from itertools import pairwise
from pathlib import Path
from typing import Literal

from fundarb.adapters.sqlite.files import unlinked
from fundarb.errors import LockHeld, StorageError

LockKind = Literal["data", "trade"]
_TRIES, _APART_S = 11, 0.005  # a twentieth of a second: many times what asking takes
_FLAG = re.compile(r"-[vq]+|--(verbose|quiet|no-color)")  # options without a value
_WORD = re.compile(r"[a-z]+(-[a-z]+)*")
_JOBS = {"data": "fetch, import, prune or migrate", "trade": "trade, import, prune or migrate"}


@dataclass(slots=True)
class _Held:
    descriptor: int
    depth: int


_HELD: dict[tuple[int, str], _Held] = {}  # keyed by process, so that a forked child does not think it holds anything


@dataclass(frozen=True, slots=True)
class Holder:
    """Who holds a lock, as written into its file."""

    pid: int
    command: str
    since: str

    def __str__(self) -> str:
        return f"process {self.pid} (`{self.command}`) since {self.since}"


def lock_path(database: Path, kind: LockKind) -> Path:
    """The sidecar of one kind of lock, beside the file itself: by whatever link a database is named, its locks are one."""
    file = unlinked(database)
    return file.with_name(f"{file.name}.{kind}.lock")


@contextmanager
def hold(database: Path, kinds: Sequence[LockKind]) -> Iterator[None]:
    """Hold these locks of a database for the block; LockHeld, at once, where another process has one."""
    with ExitStack() as stack:
        for kind in sorted(set(kinds)):
            stack.enter_context(_hold_one(database, kind))
        yield


def holder(database: Path, kind: LockKind) -> Holder | None:
    """The process that holds the lock now, or None; whoever takes it meanwhile gets it."""
    try:
        descriptor = os.open(lock_path(database, kind), os.O_RDONLY | os.O_CLOEXEC)
    except FileNotFoundError:
        return None
    try:
        return None if _flock(descriptor, fcntl.LOCK_SH) else _read_holder(descriptor)
    finally:
        os.close(descriptor)


@contextmanager
def _hold_one(database: Path, kind: LockKind) -> Iterator[None]:
    path = lock_path(database, kind)
    key = (os.getpid(), os.path.realpath(path))
    held = _HELD.get(key)
    if held is None:
        held = _HELD[key] = _Held(_take(database, path, kind), 0)
    held.depth += 1
    try:
        yield
    finally:
        held.depth -= 1
        if held.depth == 0:
            del _HELD[key]
            os.ftruncate(held.descriptor, 0)
            os.close(held.descriptor)


def _take(database: Path, path: Path, kind: LockKind) -> int:
    """The descriptor of the lock file, locked and signed."""
    try:
        path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
        descriptor = os.open(path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
    except OSError as error:
        raise StorageError(
            f"{path}: cannot make the lock file: {error.strerror}; make its directory writable or choose another --db"
        ) from None
    if not _taken(descriptor):
        first = _read_holder(descriptor)
        os.close(descriptor)
        raise LockHeld(
            f"{database}: the {kind} lock is held by {first or 'another process'}; only one of {_JOBS[kind]} "
            "runs at a time: wait for it, or stop it"
        )
    try:
        _sign(descriptor)
    except OSError as error:
        os.close(descriptor)
        raise StorageError(f"{path}: cannot be written to: {error.strerror}; free some space, then try again") from None
    return descriptor


def _taken(descriptor: int) -> bool:
    """Whether the lock could be had, tried again for as long as somebody may be asking who holds it."""
    for _ in range(_TRIES - 1):
        if _flock(descriptor, fcntl.LOCK_EX):
            return True
        time.sleep(_APART_S)
    return _flock(descriptor, fcntl.LOCK_EX)


def _flock(descriptor: int, mode: int) -> bool:
    try:
        fcntl.flock(descriptor, mode | fcntl.LOCK_NB)
    except BlockingIOError:
        return False
    return True


def _sign(descriptor: int) -> None:
    command = " ".join(_words(sys.argv))
    since = datetime.now(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")  # the machine's clock: it is about processes, not markets
    text = json.dumps({"pid": os.getpid(), "command": command, "since": since})
    os.ftruncate(descriptor, 0)
    os.pwrite(descriptor, text.encode(), 0)


def _words(argv: Sequence[str]) -> list[str]:
    """The program and the words of its command. Options and what follows one stay out: a value may be a secret."""
    words = [Path(argv[0]).name]
    for before, word in pairwise(argv):
        may_be_value = before.startswith("-") and "=" not in before and not _FLAG.fullmatch(before)
        if _WORD.fullmatch(word) and not may_be_value:
            words.append(word)
    return words


def _read_holder(descriptor: int) -> Holder | None:
    """None where the holder has not signed yet."""
    try:
        return Holder(**json.loads(os.pread(descriptor, 65536, 0)))
    except (ValueError, TypeError):
        return None

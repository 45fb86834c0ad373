"""Which files are a database's own, so that nothing that was asked for is ever written over them."""

from __future__ import annotations

import os
from pathlib import Path

from fundarb.errors import UsageError

_LOCKS = (".data.lock", ".trade.lock")
_OWN = ("", "-wal", "-shm", "-journal", *_LOCKS, ".runtime.yaml", ".scene.json", ".panels", ".trials")
_BACKUP = ".backup-"


def require_apart(option: str, path: Path, database: Path) -> None:
    """Refuse a file that is the database or one of those beside it, by whatever link either is named."""
    if not os.path.isdir(database) and _is_own(path, database):  # a directory is no database, which is told later
        raise UsageError(f"{option} {path}: belongs to the database {database}; name a file of another name")


def real(path: Path) -> Path:
    """Where a path leads, links followed, whether or not something is there."""
    return Path(os.path.realpath(path))


def _is_own(path: Path, database: Path) -> bool:
    if _same(path, database):
        return True
    target, base = real(path), str(real(database))
    own = {real(Path(base + suffix)) for suffix in _OWN}
    return bool(own & {target, *target.parents}) or str(target).startswith(base + _BACKUP)


def _same(one: Path, other: Path) -> bool:
    """Whether both names stand for one file, hard links included."""
    try:
        return os.path.samefile(one, other)
    except OSError:
        return False

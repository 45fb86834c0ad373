"""The file beside a database in which a running trader shows what it sees; whole at any moment, readable by its owner.

A file and not the journal: it changes at every look, nobody needs it afterwards, and no commit has to wait for it."""

from __future__ import annotations

import json
import os
import stat
from contextlib import suppress
from pathlib import Path

_LARGEST = 16 * 1024 * 1024


def scene_file(database: Path) -> Path:
    """Where it stands: beside the file itself, by whatever link the database is named."""
    file = Path(os.path.realpath(database)) if os.path.islink(database) else database
    return file.parent / f"{file.name}.scene.json"


def show(database: Path, text: str) -> None:
    """Put it in the place of the one before, signed by this process."""
    target = scene_file(database)
    partial = target.with_name(f".{target.name}.partial")
    partial.unlink(missing_ok=True)  # never into a file that somebody else may have put there
    descriptor = os.open(partial, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_CLOEXEC | os.O_NOFOLLOW, 0o600)
    with os.fdopen(descriptor, "w", encoding="utf-8") as file:
        file.write(f"{json.dumps({'pid': os.getpid()})}\n{text}")
    partial.replace(target)


def hide(database: Path) -> None:
    """Nothing is to be seen any more."""
    with suppress(OSError):
        scene_file(database).unlink()


def shown_by(database: Path, pid: int) -> str | None:
    """What this very process shows; None where it shows nothing, or another left something behind."""
    try:
        descriptor = os.open(scene_file(database), os.O_RDONLY | os.O_CLOEXEC | os.O_NOFOLLOW | os.O_NONBLOCK)
        with os.fdopen(descriptor, encoding="utf-8") as file:
            if not _is_owners(os.fstat(descriptor), database):
                return None
            signature, text = file.readline(200), file.read(_LARGEST)
        return text if json.loads(signature)["pid"] == pid else None
    except (OSError, ValueError, KeyError, TypeError):
        return None


def _is_owners(found: os.stat_result, database: Path) -> bool:
    """A file, and of whoever owns the database: where others may write beside it, their scene is none of ours."""
    own = found.st_uid == os.geteuid() or found.st_uid == database.stat().st_uid
    return own and stat.S_ISREG(found.st_mode)

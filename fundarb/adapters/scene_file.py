"""The file beside a database in which a running trader shows what it sees; whole at any moment, readable by its owner.

A file and not the journal: it changes at every look, nobody needs it afterwards, and no commit has to wait for it."""

from __future__ import annotations

import json
import os
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
    descriptor = os.open(partial, os.O_WRONLY | os.O_CREAT | os.O_TRUNC | os.O_CLOEXEC | os.O_NOFOLLOW, 0o600)
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
        with scene_file(database).open(encoding="utf-8") as file:
            signature, text = file.readline(200), file.read(_LARGEST)
        return text if json.loads(signature)["pid"] == pid else None
    except (OSError, ValueError, KeyError, TypeError):
        return None

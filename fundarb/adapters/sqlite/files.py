"""What stands where a database is wanted. Only a regular file may be one: opening a pipe would wait for ever."""

from __future__ import annotations

import os
import stat
from pathlib import Path

from fundarb.adapters.sqlite.faults import corrupt
from fundarb.errors import DatabaseMissing, StorageError


def stands(path: Path) -> bool:
    """Whether a regular file is there; refuses whatever else is, and a path that no file can ever have."""
    try:
        mode = path.stat().st_mode
    except FileNotFoundError:
        return False
    except NotADirectoryError:
        raise DatabaseMissing(f"{path}: a file stands where a directory is needed; choose another --db") from None
    except OSError as error:
        raise StorageError(
            f"{path}: cannot be looked at: {error.strerror}; check the owner and mode of its directories"
        ) from None
    if stat.S_ISDIR(mode):
        raise corrupt(path, "a directory, not a database")
    if not stat.S_ISREG(mode):
        raise corrupt(path, "a pipe, socket or device, not a database")
    return True


def unlinked(path: Path) -> Path:
    """The file itself where `path` is a symbolic link to it: what stands beside a database stands beside that."""
    return Path(os.path.realpath(path)) if os.path.islink(path) else path

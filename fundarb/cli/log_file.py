"""The file that `--log-file` names: every line is in it at once, it is put aside when it is full, and nothing it does to
us stops a run. Other processes may write to it too, and may put it aside."""

from __future__ import annotations

import fcntl
import logging
import os
import stat
from collections.abc import Callable
from pathlib import Path

FULL = 10_000_000  # bytes
KEPT = 4  # files put aside: FILE.1 is the newest


class LogFile(logging.Handler):
    """Appends to a file only its owner can read; `complain` hears, once, why a line could not be written."""

    def __init__(self, path: Path, complain: Callable[[str], None], full: int = FULL) -> None:
        super().__init__(logging.INFO)
        self._path, self._complain, self._full, self._told = path, complain, full, False
        self._descriptor = _opened(path)

    def emit(self, record: logging.LogRecord) -> None:
        """Append the line whole."""
        line = (self.format(record) + "\n").encode("utf-8", "backslashreplace")
        try:
            self._make_room(len(line))
            os.write(self._descriptor, line)
        except OSError as error:
            if not self._told:
                self._told = True
                self._complain(f"--log-file {self._path}: {error.strerror}; the log is not complete")

    def close(self) -> None:
        """Close the file, once: logging asks again at exit, when the number may be another file's."""
        if self._descriptor >= 0:
            os.close(self._descriptor)
            self._descriptor = -1
        super().close()

    def _make_room(self, coming: int) -> None:
        """Go on in a new file where ours is full, or is not the one of that name any more."""
        ours = os.fstat(self._descriptor)
        if not stat.S_ISREG(ours.st_mode):
            return
        if ours.st_size and ours.st_size + coming > self._full:
            self._put_aside()
        elif self._is_named():
            return
        os.close(self._descriptor)
        self._descriptor = -1
        self._descriptor = _opened(self._path)

    def _put_aside(self) -> None:
        """Rename it, unless another process just did; the oldest is gone."""
        fcntl.flock(self._descriptor, fcntl.LOCK_EX)
        if not self._is_named():
            return
        names = [self._path, *(self._path.with_name(f"{self._path.name}.{number}") for number in range(1, KEPT + 1))]
        for older, newer in zip(reversed(names), list(reversed(names))[1:], strict=False):
            if newer.exists():
                newer.replace(older)

    def _is_named(self) -> bool:
        """Whether the file of that name is the one we write to."""
        try:
            return os.path.samestat(os.stat(self._path), os.fstat(self._descriptor))
        except FileNotFoundError:
            return False


def _opened(path: Path) -> int:
    return os.open(path, os.O_WRONLY | os.O_APPEND | os.O_CREAT | os.O_CLOEXEC, 0o600)

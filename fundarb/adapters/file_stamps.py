"""Notices that files were written: once they look alike at two looks in a row, so that none is read half written."""

from __future__ import annotations

import os
from collections.abc import Sequence
from pathlib import Path

Stamp = tuple[tuple[int, int, int] | None, ...]


class FileStamps:
    """Some files, be they there or not; what they look like at first is known."""

    def __init__(self, files: Sequence[Path]) -> None:
        self._files = tuple(files)
        self._known = self._seen = self._look()
        self._there = {file for file, stamp in zip(self._files, self._known, strict=True) if stamp is not None}

    def changed(self) -> bool:
        """Whether they differ from what is known, and did so just as much at the look before; then that is known."""
        now, before = self._look(), self._seen
        self._seen = now
        if now == self._known or now != before:
            return False
        self._known = now
        self._there |= {file for file, stamp in zip(self._files, now, strict=True) if stamp is not None}
        return True

    @property
    def gone(self) -> tuple[Path, ...]:
        """Those that were known to be there and, when last known, were not any more."""
        stamps = zip(self._files, self._known, strict=True)
        return tuple(file for file, stamp in stamps if stamp is None and file in self._there)

    def _look(self) -> Stamp:
        return tuple(_stamp(file) for file in self._files)


def _stamp(file: Path) -> tuple[int, int, int] | None:
    """What changes with every write; None where there is no file, or none that may be looked at."""
    try:
        found = os.stat(file)
    except OSError:
        return None
    return found.st_mtime_ns, found.st_size, found.st_ino

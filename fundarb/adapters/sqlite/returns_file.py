"""Daily returns of trials: one file of float32 rows a scope beside the database, written at places, read as mapped memory.

The database says which rows count; what stands in the file beyond them, or differs from its checksum, is nobody's."""

from __future__ import annotations

import os
import zlib
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from fundarb.errors import StorageError

Rows = NDArray[np.float32]
BYTES = 4


class ReturnsFile:
    """Rows of `days` numbers."""

    def __init__(self, folder: Path, scope_id: str, days: int) -> None:
        self._path, self._days = folder / f"{scope_id}.f4", days

    def write(self, place: int, rows: Rows) -> None:
        """Put rows at a place and after it."""
        try:
            self._path.parent.mkdir(mode=0o700, exist_ok=True)
            descriptor = os.open(self._path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
            try:
                _write_all(descriptor, rows.astype("<f4").tobytes(), place * self._days * BYTES)
            finally:
                os.close(descriptor)
        except OSError as error:
            raise StorageError(f"{self._path}: {error.strerror}; free some space or choose another --db") from error

    def read(self, places: NDArray[np.int64]) -> Rows:
        """The rows at these places; NaN throughout for those beyond the end of the file."""
        found: Rows = np.full((len(places), self._days), np.nan, dtype=np.float32)
        there = self._length()
        inside = places < there
        if there and inside.any():
            mapped = np.memmap(self._path, dtype="<f4", mode="r", shape=(there, self._days))
            found[inside] = mapped[places[inside]]
        return found

    def _length(self) -> int:
        """How many whole rows there are."""
        try:
            return self._path.stat().st_size // (self._days * BYTES) if self._days else 0
        except OSError:
            return 0


def checksums(rows: Rows) -> list[int]:
    """One a row."""
    return [zlib.crc32(row.tobytes()) for row in np.ascontiguousarray(rows, dtype="<f4")]


def _write_all(descriptor: int, content: bytes, offset: int) -> None:
    view = memoryview(content)
    while view:
        written = os.pwrite(descriptor, view, offset)
        view, offset = view[written:], offset + written

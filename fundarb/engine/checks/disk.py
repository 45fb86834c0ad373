"""Room on the disk: for the journal, which must never be refused a line, and for a copy of the database beside it."""

from __future__ import annotations

from pathlib import Path

from fundarb.engine.checks.finding import Finding, well, wrong
from fundarb.errors import StorageError

CHECK = "disk"
SPARE = 256 * 2**20
_MB = 2**20


def judge_disk(directory: Path, free: int, database_size: int, *, writable: bool) -> Finding:
    """Bytes free beside the database."""
    if not writable:
        return wrong(
            CHECK, f"{directory} cannot be written to", "make it writable or choose another --db", StorageError
        )
    needed = SPARE + database_size
    said = f"{free // _MB} MB free in {directory}, at least {needed // _MB} are wanted"
    if free < needed:
        return wrong(CHECK, said, "free some space, or move the database to a larger disk", StorageError)
    return well(CHECK, said)

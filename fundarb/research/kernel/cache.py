"""Where compiled code is kept: a directory named after the sources it was made of, so that an edit is never missed.

These are the kernel's own files, those of the money rules it shares, and those whose constants are compiled in."""

from __future__ import annotations

import hashlib
import os
import shutil
import tempfile
from collections.abc import Iterable
from pathlib import Path

from fundarb.accounting import fees, funding, grid, lots, margin, pricing
from fundarb.domain import instants
from fundarb.signals import carry
from fundarb.statistics import performance

PREFIX = "kernel-"
KEPT = 3  # directories of other sources: two checkouts side by side do not undo each other
_MODULES = (fees, funding, grid, lots, margin, pricing, instants, carry, performance)


def sources() -> list[Path]:
    """All files of which something is compiled."""
    return [*(Path(str(module.__file__)) for module in _MODULES), *sorted(Path(__file__).parent.glob("*.py"))]


def digest_of(files: Iterable[Path]) -> str:
    """A name for these contents."""
    return hashlib.sha256(b"".join(hashlib.sha256(file.read_bytes()).digest() for file in files)).hexdigest()[:16]


def cache_directory() -> Path:
    """The directory of these very sources in the user's cache; a private one under the temporary directory where the
    cache cannot be written to. Of other sources only the last used remain."""
    own = Path(os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache") / "fundarb"
    chosen = own / f"{PREFIX}{digest_of(sources())}"
    try:
        chosen.mkdir(parents=True, exist_ok=True, mode=0o700)
        os.utime(chosen)
        tempfile.TemporaryFile(dir=chosen).close()
    except OSError:
        return Path(tempfile.mkdtemp(prefix="fundarb-kernel-"))
    _remove_unused(own, chosen)
    return chosen


def _remove_unused(own: Path, chosen: Path) -> None:
    others = [(other.stat().st_mtime, other) for other in own.glob(f"{PREFIX}*") if other != chosen]
    for _, other in sorted(others, reverse=True)[KEPT:]:
        shutil.rmtree(other, ignore_errors=True)

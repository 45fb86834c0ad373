"""What a figure may depend on beside its data: the program's own sources and the libraries that compute for it.

Versions alone do not tell two checkouts apart, and a library one digit newer may round otherwise."""

from __future__ import annotations

import hashlib
import platform
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path

import fundarb

LIBRARIES = ("numpy", "numba", "scipy", "pydantic")
LENGTH = 12


def fingerprint() -> dict[str, str | None]:
    """By name; None for a library that is not there."""
    found: dict[str, str | None] = {"fundarb": fundarb.__version__, "code": code_digest()}
    return found | {"python": platform.python_version()} | {name: _version(name) for name in LIBRARIES}


def code_digest() -> str:
    """A name for all sources of the package, wherever it lies."""
    root, whole = Path(fundarb.__file__).parent, hashlib.sha256()
    for file in sorted(root.rglob("*.py")):
        whole.update(f"{file.relative_to(root).as_posix()}\n".encode())
        whole.update(hashlib.sha256(file.read_bytes()).digest())
    return whole.hexdigest()[:LENGTH]


def _version(name: str) -> str | None:
    try:
        return version(name)
    except PackageNotFoundError:
        return None

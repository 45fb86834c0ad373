"""The three files of the import layout as options of `data import` and `data export`, and what must hold of them."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Any

import typer

from fundarb.cli.database_files import real, require_apart
from fundarb.errors import InputFileMissing, UsageError


def instruments_option(use: str) -> Any:
    """`--instruments FILE`."""
    return typer.Option("--instruments", metavar="FILE", help=f"The pairs and their lot rules {use}.")


def funding_option(use: str) -> Any:
    """`--funding FILE`."""
    return typer.Option("--funding", metavar="FILE", help=f"The settled funding rates {use}.")


def candles_option(use: str) -> Any:
    """`--candles FILE`."""
    return typer.Option("--candles", metavar="FILE", help=f"The candles of spot, perp and mark {use}.")


@dataclass(frozen=True, slots=True)
class Files:
    """The files that were named."""

    instruments: Path | None
    funding: Path | None
    candles: Path | None

    def by_kind(self) -> dict[str, Path]:
        """Those named, by the name of their option."""
        paths = {"instruments": self.instruments, "funding": self.funding, "candles": self.candles}
        return {kind: path for kind, path in paths.items() if path is not None}

    def require_readable(self, verb: str, database: Path) -> None:
        """At least one, each a file that is there, and none of the database's own."""
        self._require_one(verb)
        for kind, path in self.by_kind().items():
            if not path.exists():
                raise InputFileMissing(f"--{kind} {path}: no such file")
            if path.is_dir():
                raise InputFileMissing(f"--{kind} {path}: a directory, not a file; name the CSV file in it")
            if not path.is_file():
                raise InputFileMissing(f"--{kind} {path}: a pipe or device, not a file; save it to a file first")
            require_apart(f"--{kind}", path, database)

    def require_writable(self, verb: str, database: Path) -> None:
        """At least one, no two the same, none of the database's own, each a file or free in a directory that is there."""
        self._require_one(verb)
        paths = self.by_kind()
        for kind, path in paths.items():
            require_target(f"--{kind}", path)
            require_apart(f"--{kind}", path, database)
        if len({_identity(path) for path in paths.values()}) < len(paths):
            raise UsageError("two options name the same file; each kind needs a file of its own")

    def _require_one(self, verb: str) -> None:
        if not self.by_kind():
            raise UsageError(f"nothing to {verb}; name at least one of --instruments, --funding, --candles FILE")


def require_target(option: str, path: Path) -> None:
    """A file, or a free name in a directory that is there; links are followed."""
    target = real(path)
    if str(path) == "-":
        raise UsageError(f"{option} -: standard output is not supported; name a file")
    if target.is_symlink():
        raise UsageError(f"{option} {path}: a link that leads nowhere but to itself; name a file")
    if target.is_dir():
        raise UsageError(f"{option} {path}: a directory, not a file; name a file in it")
    if path.exists() and not path.is_file():
        raise UsageError(f"{option} {path}: a pipe or device, not a file; name a file")
    if not target.parent.is_dir():
        raise UsageError(f"{option} {path}: there is no directory {_parent(path, target)}; make it first")


def _parent(path: Path, target: Path) -> Path:
    """The directory that is missing, as it was typed unless a link led elsewhere."""
    return target.parent if path.is_symlink() else path.parent


def _identity(path: Path) -> tuple[int, int] | Path:
    """The same for two names of one file, hard links included."""
    target = real(path)
    if not target.exists():
        return target
    status = target.stat()
    return status.st_dev, status.st_ino

"""The three files of the import layout as options of `data import` and `data export`, and what must hold of them."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Any

import typer

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

    def require_readable(self, verb: str) -> None:
        """At least one, each a file that is there."""
        self._require_one(verb)
        for kind, path in self.by_kind().items():
            if not path.exists():
                raise InputFileMissing(f"--{kind} {path}: no such file")
            if path.is_dir():
                raise InputFileMissing(f"--{kind} {path}: a directory, not a file; name the CSV file in it")
            if not path.is_file():
                raise InputFileMissing(f"--{kind} {path}: a pipe or device, not a file; save it to a file first")

    def require_writable(self, verb: str) -> None:
        """At least one, no two the same, none of them a directory, each in a directory that is there."""
        self._require_one(verb)
        paths = self.by_kind()
        if len({path.absolute() for path in paths.values()}) < len(paths):
            raise UsageError("two options name the same file; each kind needs a file of its own")
        for kind, path in paths.items():
            if path.is_dir():
                raise UsageError(f"--{kind} {path}: a directory, not a file; name a file in it")
            if not path.absolute().parent.is_dir():
                raise UsageError(f"--{kind} {path}: there is no directory {path.parent}; make it first")

    def _require_one(self, verb: str) -> None:
        if not self.by_kind():
            raise UsageError(f"nothing to {verb}; name at least one of --instruments, --funding, --candles FILE")

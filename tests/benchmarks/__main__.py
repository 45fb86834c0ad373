"""Runs every `bench_*.py` of this directory, or those named, and prints their figures as one plain table."""

from __future__ import annotations

import importlib
import os
import platform
import sqlite3
import sys
from collections.abc import Sequence
from pathlib import Path

import numpy as np

PREFIX = "bench_"


def available() -> list[str]:
    """The benchmarks there are, by name."""
    return sorted(path.stem.removeprefix(PREFIX) for path in Path(__file__).parent.glob(f"{PREFIX}*.py"))


def machine() -> str:
    """What the figures were measured on."""
    versions = f"Python {platform.python_version()}, numpy {np.__version__}, SQLite {sqlite3.sqlite_version}"
    return f"{os.cpu_count()} cores, {platform.machine()}, {versions}"


def main(names: Sequence[str]) -> int:
    """Run the benchmarks and print; 2 for a name there is none of."""
    unknown = sorted(set(names) - set(available()))
    if unknown:
        sys.stderr.write(f"no such benchmark: {', '.join(unknown)}; there are: {', '.join(available())}\n")
        return 2
    sys.stdout.write(f"{machine()}\n")
    for name in names or available():
        figures = importlib.import_module(f"tests.benchmarks.{PREFIX}{name}").run()
        sys.stdout.write(f"\n{name}\n")
        for label, figure in figures:
            sys.stdout.write(f"  {label:<64} {figure}\n")
        sys.stdout.flush()
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))

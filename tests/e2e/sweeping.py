"""Sweeps as processes: grids to write, running ones to meet in the middle, what the ledger holds."""

from __future__ import annotations

import json
import os
import sqlite3
import subprocess
import sys
import time
from pathlib import Path
from typing import Any

from tests.cli.processes import environment

GRID = """
parameters:
  strategy.simple.entry: [0.0001, 0.00012, 0.00015, 0.0002]
  strategy.simple.exit: [0.00005, 0.00008, 0.00011]
  sizing.size_usd: [500, 1000]
"""
SETS, SKIPPED = 22, 2
LONG = """
parameters:
  strategy.simple.entry: {min: 0.0001, max: 0.0004, num: 25}
  strategy.simple.exit: {min: 0.00001, max: 0.00009, num: 16}
"""
LONG_SETS = 400
DATABASE = Path("data/fundarb.db")


def write_grid(here: Path, text: str = GRID, name: str = "grid.yaml") -> None:
    """A grid file in the working directory."""
    (here / name).write_text(text)


def started(here: Path, *words: str) -> subprocess.Popen[str]:
    """A sweep of the grid there, in the exact lane, which takes its time."""
    argv = [sys.executable, "-m", "fundarb", "sweep", "--exact", "--workers", "2", "--format", "json", *words]
    pipe = subprocess.PIPE
    return subprocess.Popen(argv, cwd=here, env=environment(), stdout=pipe, stderr=pipe, text=True)


def met(here: Path, process: subprocess.Popen[str], trials: int) -> int:
    """Wait until so many trials are stored, or the sweep has ended; how many are."""
    deadline = time.monotonic() + 120
    while (found := stored_trials(here)) < trials and process.poll() is None:
        assert time.monotonic() < deadline, "the sweep never came so far"
        time.sleep(0.005)
    return found


def stored_trials(here: Path) -> int:
    """How many trials the ledger holds."""
    connection = sqlite3.connect(f"file:{here / DATABASE}?mode=ro", uri=True, timeout=30)
    try:
        (count,) = connection.execute("SELECT count(*) FROM trials").fetchone()
    finally:
        connection.close()
    return int(count)


def answer(text: str) -> dict[str, Any]:
    """The JSON of a sweep without what the clock says."""
    found = json.loads(text)
    assert isinstance(found, dict)
    return {name: value for name, value in found.items() if name != "seconds"}


def workers_of(process: subprocess.Popen[str]) -> list[int]:
    """The processes it has started."""
    with open(f"/proc/{process.pid}/task/{process.pid}/children") as listed:
        return [int(word) for word in listed.read().split()]


def gone(pids: list[int]) -> bool:
    """Whether these processes end; a zombie that nobody has buried yet has ended."""
    deadline = time.monotonic() + 60
    while any(map(_runs, pids)):
        if time.monotonic() > deadline:
            return False
        time.sleep(0.01)
    return True


def _runs(pid: int) -> bool:
    try:
        state = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0]
    except OSError:
        return False
    return state != "Z" and os.path.exists(f"/proc/{pid}")

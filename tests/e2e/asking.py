"""The sample run with thresholds its quiet rates reach, as processes."""

from __future__ import annotations

import csv
import io
import json
import subprocess
from pathlib import Path
from typing import Any

from tests.cli.processes import call, fundarb

LOW = ("--set", "strategy.simple.entry=0.0001", "--set", "strategy.simple.exit=0.00005")


def ask(line: str, cwd: Path, *more: str, code: int = 0) -> subprocess.CompletedProcess[str]:
    """Run a command line that must end with this code."""
    done = fundarb(*line.split(), *more, cwd=cwd)
    assert done.returncode == code, done.stderr
    return done


def ask_cold(line: str, cwd: Path, *more: str) -> subprocess.CompletedProcess[str]:
    """As `ask`, of a process of its own from the start: with another order of sets, say, than the last one had."""
    done = call("fundarb", *line.split(), *more, cwd=cwd)
    assert done.returncode == 0, done.stderr
    return done


def document(line: str, cwd: Path, *more: str) -> dict[str, Any]:
    """The JSON object a command prints."""
    found = json.loads(ask(f"{line} --format json", cwd, *more).stdout)
    assert isinstance(found, dict)
    return found


def table(line: str, cwd: Path, *more: str) -> list[dict[str, str]]:
    """The CSV a command prints."""
    return list(csv.DictReader(io.StringIO(ask(f"{line} --format csv", cwd, *more).stdout)))

"""`python -m fundarb.cli.tour`: what there is, on made-up data in a temporary directory that is gone afterwards.

Every step prints the very command it runs, and runs it as a process of its own.
"""

from __future__ import annotations

import shlex
import subprocess
import sys
import tempfile
from dataclasses import dataclass
from pathlib import Path

from fundarb.cli import render
from fundarb.cli.sample import write_sample
from fundarb.errors import DataError


@dataclass(frozen=True, slots=True)
class Step:
    """One command of the tour, why it is run, and the exit code that is right for it."""

    words: str
    command: str
    code: int = 0


STEPS = (
    Step("Configuration files to start from:", "fundarb init"),
    Step(
        "Bring market data in, all or nothing:",
        "fundarb data import --instruments sample/instruments.csv --funding sample/funding.csv --candles sample/candles.csv",
    ),
    Step("What is stored now:", "fundarb data list"),
    Step(
        "What is missing inside it (the sample has holes on purpose, so the exit code is 3):",
        "fundarb data gaps",
        DataError.exit_code,
    ),
    Step(
        "The same facts out again, in canonical digits:",
        "fundarb data export --instruments out/instruments.csv --funding out/funding.csv --candles out/candles.csv",
    ),
    Step("The first lines of one of the files:", "head -n 4 out/funding.csv"),
)


def main() -> int:
    """Walk through the steps; 0 if every one of them ended as it should."""
    with tempfile.TemporaryDirectory(prefix="fundarb-demo-") as name:
        directory = Path(name)
        (directory / "sample").mkdir()
        (directory / "out").mkdir()
        write_sample(directory / "sample")
        render.write_line(f"A tour on made-up data, in {directory} (removed at the end).")
        unexpected = [step.command for step in STEPS if not _take(step, directory)]
    render.write_line(f"\nDone; {directory} is removed, nothing is left behind.")
    for command in unexpected:
        render.write_line(f"This did not end as it should: {command}")
    return 1 if unexpected else 0


def _take(step: Step, directory: Path) -> bool:
    """Run one step in the directory; whether it ended with its exit code."""
    render.write_line(f"\n{step.words}\n$ {step.command}")
    words = shlex.split(step.command)
    argv = [sys.executable, "-m", *words] if words[0] == "fundarb" else words
    return subprocess.run(argv, cwd=directory, check=False).returncode == step.code  # noqa: S603 - our own commands


if __name__ == "__main__":
    sys.exit(main())

"""How long `fundarb --help` takes beside `import typer` alone, with bytecode compiled. Aim: at most 1.5 times."""

from __future__ import annotations

import compileall
import os
import subprocess
import sys
from collections.abc import Callable, Sequence
from pathlib import Path

import fundarb
from tests.benchmarks.timing import Figure, median_ms, ratio, take_turns

ROUNDS = 25


def run() -> list[Figure]:
    """The medians and their ratio."""
    compileall.compile_dir(str(Path(fundarb.__file__).parent), quiet=2)
    command = [str(Path(sys.executable).with_name("fundarb"))]
    seconds = take_turns(
        {
            "python": _started([sys.executable, "-c", "pass"]),
            "typer": _started([sys.executable, "-c", "import typer"]),
            "help": _started([*command, "--help"]),
            "version": _started([*command, "--version"]),
        },
        ROUNDS,
    )
    return [
        ("python -c pass", median_ms(seconds["python"])),
        ("python -c 'import typer'", median_ms(seconds["typer"])),
        ("fundarb --help", median_ms(seconds["help"])),
        ("fundarb --version", median_ms(seconds["version"])),
        ("fundarb --help over import typer (aim <= 1.5)", f"{ratio(seconds, 'help', 'typer'):.2f}x"),
    ]


def _started(command: Sequence[str]) -> Callable[[], object]:
    """A process started and waited for; it must succeed."""
    environment = {name: value for name, value in os.environ.items() if name != "PYTHONDONTWRITEBYTECODE"}
    return lambda: subprocess.run(command, env=environment, stdout=subprocess.DEVNULL, check=True)

"""Real processes for tests: the program, or the frame around watched commands."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
_CLEAN = ("NO_COLOR", "COLUMNS", "FORCE_COLOR", "FUNDARB_API_KEY", "FUNDARB_API_SECRET")


def environment(**extra: str) -> dict[str, str]:
    """This process's environment without what would change an answer."""
    kept = {name: value for name, value in os.environ.items() if name not in _CLEAN and "FUNDARB__" not in name.upper()}
    return {**kept, "PYTHONPATH": str(ROOT), "PYTHONWARNINGS": "error", **extra}


def call(module: str, *args: str | Path, cwd: Path | None = None, **extra: str) -> subprocess.CompletedProcess[str]:
    """Run `python -m module` to its end."""
    argv = [sys.executable, "-m", module, *map(str, args)]
    return subprocess.run(
        argv, cwd=cwd, env=environment(**extra), capture_output=True, text=True, timeout=300, check=False
    )


def fundarb(*args: str | Path, cwd: Path | None = None, **extra: str) -> subprocess.CompletedProcess[str]:
    """Run the command line to its end."""
    return call("fundarb", *args, cwd=cwd, **extra)


def frame(*args: str | Path, cwd: Path | None = None, **extra: str) -> subprocess.CompletedProcess[str]:
    """Run the frame around the watched commands."""
    return call("tests.cli.frame", *args, cwd=cwd, **extra)

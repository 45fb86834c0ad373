"""What only a band or an explanation needs is not imported by every command that opens the store."""

from __future__ import annotations

import subprocess
import sys

import pytest

from tests.cli.processes import environment

PLOTS = ("scipy", "plotext", "rich")
THINKING = (*PLOTS, "fundarb.research", "fundarb.engine", "fundarb.strategy.table", "fundarb.config")


@pytest.mark.parametrize(
    ("module", "unneeded"),
    [
        ("clocks", (*THINKING, "numpy", "aiosqlite")),
        ("stores", THINKING),
        ("data", THINKING),
        ("research", PLOTS),
        ("outlook", PLOTS),
    ],
)
def test_a_part_of_the_wiring_imports_no_more_than_its_job_needs(module: str, unneeded: tuple[str, ...]) -> None:
    probe = f"import sys, fundarb.bootstrap.{module}; print(*set({unneeded}) & set(sys.modules))"
    argv = [sys.executable, "-c", probe]
    done = subprocess.run(argv, env=environment(), capture_output=True, text=True, timeout=60, check=True)
    assert done.stdout == "\n"

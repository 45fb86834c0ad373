"""The long campaign of kill -9 against `sweep`; the short one runs with every test."""

from __future__ import annotations

import sys
from pathlib import Path

from tests.cli.processes import fundarb
from tests.e2e.sweep_kills import campaign
from tests.sample_data import write_sample

ROUNDS = 20


def test_a_killed_sweep_goes_on_where_it_was(tmp_path: Path) -> None:
    filled = tmp_path / "filled"
    filled.mkdir()
    words = [word for kind, path in write_sample(filled).items() for word in (f"--{kind}", path)]
    assert fundarb("data", "import", *words, cwd=filled).returncode == 0
    hits = campaign(filled, tmp_path, ROUNDS, seed=20)
    for phase, count in sorted(hits.items()):
        sys.stdout.write(f"{count:3d} killed while {phase}\n")
    assert hits.total() == ROUNDS
    assert hits["searching"]
    assert hits["training"]

"""`make demo` is a tour that works, prints what it runs, and leaves nothing behind."""

from __future__ import annotations

from pathlib import Path

from fundarb.cli.tour import STEPS
from tests.cli.processes import call


def test_the_tour_shows_every_command_it_runs_and_ends_well(tmp_path: Path) -> None:
    done = call("fundarb.cli.tour", cwd=tmp_path, TMPDIR=str(tmp_path))
    assert done.returncode == 0, done.stdout + done.stderr
    for step in STEPS:
        assert f"$ {step.command}\n" in done.stdout
    assert "1000PEPE/USDT:USDT,funding,2024-01-04T08:00:00Z,2024-01-04T12:00:00Z,1," in done.stdout
    assert "symbol,timestamp_ms,rate\n1000PEPE/USDT:USDT,1704067200000,0." in done.stdout
    assert done.stderr == ""
    assert list(tmp_path.iterdir()) == []

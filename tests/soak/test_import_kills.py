"""The long campaign of kill -9 against imports; the short one runs with every test."""

from __future__ import annotations

import sys
from pathlib import Path

from tests.adapters.import_kills import campaign, files

ROUNDS = 50


async def test_a_killed_import_leaves_nothing_or_all(tmp_path: Path) -> None:
    hits = await campaign(files(tmp_path), ROUNDS, seed=50)
    for phase, count in sorted(hits.items()):
        sys.stdout.write(f"{count:3d} killed while {phase}\n")
    assert hits.total() == ROUNDS
    assert {phase.partition(":")[0] for phase in hits} >= {"opening", "reading", "writing", "committing"}

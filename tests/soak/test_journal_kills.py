"""The long campaign of kills against the journal, counted by the write they hit."""

from __future__ import annotations

import sys
from pathlib import Path

from tests.adapters.journal_kills import campaign
from tests.adapters.journal_script import ACTIONS

ROUNDS = 60


async def test_acknowledged_writes_survive_every_kill(tmp_path: Path) -> None:
    hits = await campaign(tmp_path / "fundarb.db", ROUNDS, seed=2024)
    sys.stdout.writelines(f"{count:4} {phase}\n" for phase, count in sorted(hits.items()))
    assert hits.total() == ROUNDS
    assert {phase.partition(":")[0] for phase in hits} == set(ACTIONS)

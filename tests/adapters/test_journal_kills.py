"""What the journal acknowledged survives a kill -9; the write that was hit is there whole or not at all."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.adapters.journal_kills import campaign

ROUNDS = 5


@pytest.mark.slow
async def test_acknowledged_writes_survive_a_kill(tmp_path: Path) -> None:
    hits = await campaign(tmp_path / "fundarb.db", ROUNDS, seed=11)
    assert hits.total() == ROUNDS

"""The long campaign of kill -9 against `fetch`; the short one runs with every test."""

from __future__ import annotations

import sys
from pathlib import Path

from tests.e2e.fetch_kills import campaign

ROUNDS = 50


async def test_a_killed_run_goes_on_where_it_was(tmp_path: Path) -> None:
    hits = await campaign(tmp_path, ROUNDS, seed=50)
    for phase, count in sorted(hits.items()):
        sys.stdout.write(f"{count:3d} killed while {phase}\n")
    assert hits.total() == ROUNDS
    assert set(hits) >= {"opening", "registering", "fetching"}

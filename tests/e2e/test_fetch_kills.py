"""The short campaign of kill -9 against `fetch`; the long one is in `make soak`."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.e2e.fetch_kills import campaign

ROUNDS = 4


@pytest.mark.slow
async def test_a_killed_run_goes_on_where_it_was(tmp_path: Path) -> None:
    hits = await campaign(tmp_path, ROUNDS, seed=5)
    assert hits.total() == ROUNDS
    assert hits["fetching"] >= 2

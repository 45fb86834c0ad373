"""The short campaign of kill -9 against `sweep`; the long one is under tests/soak."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.e2e.sweep_kills import campaign

ROUNDS = 2


@pytest.mark.slow
def test_a_killed_sweep_goes_on_where_it_was_in_search_or_walk_forward(filled: Path, tmp_path: Path) -> None:
    assert campaign(filled, tmp_path, ROUNDS, seed=7).total() == ROUNDS

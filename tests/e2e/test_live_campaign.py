"""A night of live trading with faults, happenings and a stop, twice at once: the seed decides, and the wall nothing."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.e2e.live_campaign import lived_twice
from tests.e2e.trading import named

SEED, DAYS = 14, 0.3


@pytest.mark.slow
def test_what_a_night_under_faults_leaves_is_the_same_whatever_else_runs(tmp_path: Path) -> None:
    first, second = lived_twice(tmp_path, SEED, DAYS)
    assert first.summary() == second.summary()
    assert first.struck.total() > 0
    assert named(first.told, "opened") != []

"""Ten thousand seeded episodes of live trading under faults; the seeds are the campaign, so a rerun is the same."""

from __future__ import annotations

import pytest

from tests.engine.live.test_simulation import lived

FIRST, EPISODES, BLOCK = 500, 10_000, 1_000


@pytest.mark.parametrize("first", range(FIRST, FIRST + EPISODES, BLOCK))
def test_a_thousand_episodes_leave_both_sides_in_agreement(first: int) -> None:
    wrong = {seed: found for seed in range(first, first + BLOCK) if (found := lived(seed)[1])}
    assert wrong == {}, f"seeds {first} to {first + BLOCK - 1}"

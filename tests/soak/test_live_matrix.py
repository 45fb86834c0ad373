"""Every cell of the matrix of faults of live trading, point by point, each cell in a world of its own."""

from __future__ import annotations

import os
import sys
from pathlib import Path

import pytest

from tests.e2e.live_faults import CELLS, run
from tests.e2e.live_points import POINTS

SEED = int(os.environ.get("FUNDARB_SOAK_SEED", "1"))


@pytest.mark.parametrize("point", POINTS, ids=lambda point: point.name)
def test_every_fault_at_a_point_leaves_both_sides_the_same(point: object, tmp_path: Path) -> None:
    cells = [cell for cell in CELLS if cell.point is point]
    outcomes = list(run(cells, tmp_path, SEED))
    sys.stdout.write("".join(outcome.row(SEED) for outcome in outcomes))
    assert [outcome.row(SEED) for outcome in outcomes if outcome.wrong] == []
    assert len(outcomes) == len(cells) > 10

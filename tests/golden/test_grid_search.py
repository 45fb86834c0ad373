"""The grid search against `scipy.optimize.brute` on the same grid: the same values at the same places, none off it."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from contextlib import closing
from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from scipy.optimize import brute

from fundarb.adapters.unsaved_trials import UnsavedTrials
from fundarb.config.grid_file import read_grid
from fundarb.domain.result import METRICS
from fundarb.research.rules import Setup
from fundarb.research.search.candidates import Candidates
from fundarb.research.search.crews import ThreadCrew
from fundarb.research.search.feed import Feed
from fundarb.research.search.identity import scope_of
from fundarb.research.search.lanes import COUNTS, TOTALS, Outcomes
from fundarb.research.search.methods import every_set
from fundarb.research.search.ranking import rank
from fundarb.research.search.runner import Notebook, Runner
from tests.research.search.stages import DAYS, maker, small_stage

METRIC = "max_drawdown"  # less is better, as brute has it
GRID = """
parameters:
  strategy.simple.entry: {min: 0.0001, max: 0.0009, step: 0.0001}
  strategy.simple.min_consecutive: {min: 1, max: 7, step: 1}
fixed:
  strategy.simple.exit: 0
"""
SLICES = (slice(0.0001, 0.001, 0.0001), slice(1, 8, 1))


def bowl(point: Sequence[float] | NDArray[np.float64]) -> float:
    """Lowest between the places of the grid."""
    return float((point[0] - 0.00037) ** 2 * 1e8 + (point[1] - 3.4) ** 2)


class BowlLane:
    """A lane whose every metric is the bowl."""

    def run(self, setups: Sequence[Setup]) -> Outcomes:
        """How far each set is from its bottom."""
        own = [setup.strategy.simple for setup in setups]
        depth = np.array([[bowl((float(one.entry), one.min_consecutive))] for one in own])
        counts = np.zeros((len(own), len(COUNTS)), dtype=np.int64)
        return Outcomes(
            np.tile(depth, len(METRICS)), np.zeros((len(own), len(TOTALS))), counts, np.zeros((len(own), DAYS))
        )


def test_x04_the_grid_search_is_brute_without_its_finish_off_the_grid(tmp_path: Path) -> None:
    path = tmp_path / "grid.yaml"
    path.write_text(GRID)
    space, stage = read_grid(path).space, small_stage(DAYS, 2)
    make, names = maker(stage, space)
    with closing(UnsavedTrials()) as trials:
        crew = ThreadCrew(BowlLane(), 2)
        book = Notebook(trials, scope_of(stage), names, {}, "exact", lambda: 0)
        feed = Feed(space, every_set(space), make, space.size)
        found = asyncio.run(Runner(space, feed, crew, book, METRIC, lambda *_: None, resume=False).run())
        crew.close()
    best = Candidates(space, found.numbers)[int(rank(found, space, METRIC).rows[0])]

    lowest, depth, _, depths = brute(bowl, SLICES, full_output=True, finish=None)
    assert f"{lowest[0]:.10g} {lowest[1]:.10g}" == "0.0004 3"
    assert best.params == {"strategy.simple.entry": "0.0004", "strategy.simple.min_consecutive": "3"}
    np.testing.assert_allclose(found.metrics[:, 0].reshape(depths.shape), depths, rtol=1e-9)
    np.testing.assert_allclose(found.metrics.min(), depth)
    finished = brute(bowl, SLICES)
    assert f"{finished[0]:.10g} {finished[1]:.10g}" == "0.0003700013409 3.400023961"

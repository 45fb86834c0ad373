"""A small stage with trades on it, sets that vary a strategy, and lanes to run them in."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import numpy as np

from fundarb.bootstrap.sets import SetMaker, Sets
from fundarb.bootstrap.setup import setup_of
from fundarb.config import resolve
from fundarb.domain.instants import DAY, HOUR
from fundarb.domain.result import METRICS
from fundarb.research.rules import Setup
from fundarb.research.search.identity import TrialNames, scope_of
from fundarb.research.search.lanes import COUNTS, TOTALS, Outcomes
from fundarb.research.search.space import Axis, Space
from fundarb.research.stage import Stage, set_stage
from tests.benchmarks.carry_year import START_MS, carry_panel

LOOSE = ("strategy.simple.entry=0.0002", "strategy.simple.exit=0.00005", "costs.slippage_bps=1")
AXES = (
    Axis("strategy.simple.entry", ("0.00012", "0.0002", "0.0003")),
    Axis("strategy.simple.exit", ("0.00002", "0.0001", "0.00015")),
    Axis("sizing.size_usd", ("500", "1000")),
)
SPACE = Space(AXES)
DAYS = 40


def small_stage(days: int = DAYS, pairs: int = 4) -> Stage:
    """So many days of a few pairs."""
    panel = carry_panel(pairs)
    return set_stage(panel, base_setup(), START_MS + 10 * DAY, START_MS + (10 + days) * DAY + HOUR, {}, "test")


def base_setup(*sets: str) -> Setup:
    """The parameters everything is varied from."""
    return setup_of(resolve((), {}, (*LOOSE, *sets), {}, Path("none.db")).settings)


def maker(stage: Stage, space: Space = SPACE) -> tuple[SetMaker, TrialNames]:
    """Makes the sets of a space, and names them."""
    sets = Sets(space, resolve((), {}, LOOSE, {}, Path("none.db")).settings, (), ())
    names = TrialNames(scope_of(stage).scope_id, sets.base(), space.axes)
    return sets.maker(names), names


class FigureLane:
    """A lane whose figures are made from the parameters alone, in no time; NaN for every seventh size."""

    def run(self, setups: Sequence[Setup]) -> Outcomes:
        """Figures that tell sets apart."""
        keys = np.array([[_figure(setup)] for setup in setups])
        return Outcomes(
            np.where(keys % 7 == 0, np.nan, np.sin(keys + np.arange(len(METRICS)))),
            keys * np.arange(1, len(TOTALS) + 1),
            (keys * np.arange(1, len(COUNTS) + 1)).astype(np.int64),
            np.cos(keys + np.arange(DAYS)) / 100,
        )


def _figure(setup: Setup) -> float:
    return float(setup.sizing.size_usd)

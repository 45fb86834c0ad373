"""Sets on a stretch are what a backtest of that stretch says, beginning with the capital that is left."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from decimal import Decimal

import numpy as np
import pytest

from fundarb.domain.instants import DAY
from fundarb.domain.market import Span
from fundarb.errors import FundarbError
from fundarb.research.backtest import run_mode
from fundarb.research.rules import Setup
from fundarb.research.search.candidates import Candidates
from fundarb.research.search.crews import ThreadCrew
from fundarb.research.search.exact_lane import ExactLane
from fundarb.research.search.lanes import TOTALS, Outcomes
from fundarb.research.search.spans import SpanRuns, with_capital
from fundarb.research.stage import Stage, set_stage
from tests.benchmarks.carry_year import START_MS
from tests.research.search.stages import SPACE, FigureLane, base_setup, maker, small_stage

SPAN = Span(START_MS + 20 * DAY, START_MS + 35 * DAY)
VALID = np.array([0, 1, 6, 7, 12, 17])


@pytest.fixture(scope="module")
def stage() -> Stage:
    return small_stage()


def runs(stage: Stage, workers: int, told: list[tuple[int, int]]) -> SpanRuns:
    make, _ = maker(stage)

    def stage_of(span: Span) -> Stage:
        return set_stage(stage.panel, base_setup(), span.start_ms, span.end_ms, {}, "test")

    def hear(_: Span, done: int, total: int) -> None:
        told.append((done, total))

    return SpanRuns(stage_of, lambda own: ThreadCrew(ExactLane(own), workers), make, hear)


def test_each_candidate_is_a_backtest_of_the_stretch(stage: Stage) -> None:
    told: list[tuple[int, int]] = []
    found = runs(stage, 2, told)(SPAN, Candidates(SPACE, VALID), Decimal(777))
    again = runs(stage, 1, [])(SPAN, Candidates(SPACE, VALID), Decimal(777))
    assert np.array_equal(found.totals, again.totals)
    assert found.daily.shape == (len(VALID), 15)
    assert told[-1] == (len(VALID), len(VALID))
    make, _ = maker(stage)
    for row, number in enumerate(VALID.tolist()):
        setup = make(SPACE.place(number))
        assert setup is not None
        own = set_stage(stage.panel, setup, SPAN.start_ms, SPAN.end_ms, {}, "test")
        run = asyncio.run(run_mode(own, with_capital(setup, Decimal(777)), "simple"))
        assert run.params["capital"] == "777"
        assert found.totals[row, TOTALS.index("net")] == float(run.totals.split.net)


class Stopping(FigureLane):
    """Tells whoever waits to stop, in the middle of the first chunk."""

    def __init__(self) -> None:
        self.runs: SpanRuns | None = None
        self.chunks = 0

    def run(self, setups: Sequence[Setup]) -> Outcomes:
        self.chunks += 1
        assert self.runs is not None
        self.runs.abandoned.set()
        return super().run(setups)


def test_told_to_stop_it_takes_no_further_chunk(stage: Stage) -> None:
    make, _ = maker(stage)
    lane = Stopping()
    lane.runs = SpanRuns(lambda _: stage, lambda _: ThreadCrew(lane, 1), make, lambda *_: None)
    with pytest.raises(FundarbError, match="was stopped"):
        lane.runs(SPAN, Candidates(SPACE, VALID), Decimal(1000))
    assert lane.chunks <= 2

"""Sets on a stretch are what a backtest of that stretch says; trained ones are recorded as trials of its own range."""

from __future__ import annotations

import asyncio
from contextlib import closing
from decimal import Decimal

import numpy as np
import pytest

from fundarb.adapters.unsaved_trials import UnsavedTrials
from fundarb.domain.instants import DAY
from fundarb.domain.market import Span
from fundarb.domain.result import METRICS
from fundarb.ports.trials import Trials
from fundarb.research.backtest import run_mode
from fundarb.research.search.candidates import Candidates
from fundarb.research.search.crews import ThreadCrew
from fundarb.research.search.exact_lane import ExactLane
from fundarb.research.search.feed import Feed
from fundarb.research.search.identity import scope_of
from fundarb.research.search.lanes import TOTALS
from fundarb.research.search.runner import Found, Notebook, Runner
from fundarb.research.search.spans import Trading, Training, with_capital
from fundarb.research.stage import Stage, set_stage
from tests.benchmarks.carry_year import START_MS
from tests.research.search.stages import SPACE, base_setup, maker, small_stage

SPAN = Span(START_MS + 20 * DAY, START_MS + 35 * DAY)
VALID = np.array([0, 1, 6, 7, 12, 17])
METRIC = "sharpe_daily"


@pytest.fixture(scope="module")
def stage() -> Stage:
    return small_stage()


def part(stage: Stage, span: Span) -> Stage:
    return set_stage(stage.panel, base_setup(), span.start_ms, span.end_ms, {}, "test")


def training(stage: Stage, trials: Trials, workers: int, seen: list[Found]) -> Training:
    """All valid sets on a stretch, going on where a ledger says so."""

    async def search(own: Stage, feed: Feed) -> Found:
        _, names = maker(own)
        book = Notebook(trials, scope_of(own), names, {"capital": "10000"}, "exact", lambda: 7)
        crew = ThreadCrew(ExactLane(own), workers)
        try:
            seen.append(await Runner(SPACE, feed, crew, book, METRIC, lambda *_: None, resume=True).run())
        finally:
            crew.close()
        return seen[-1]

    return Training(lambda span: part(stage, span), SPACE, VALID, maker(stage)[0], search)


async def test_every_set_is_trained_on_the_stretch_and_recorded_with_its_range(stage: Stage) -> None:
    seen = list[Found]()
    with closing(UnsavedTrials()) as trials:
        first = await training(stage, trials, 2, seen)(SPAN)
        again = await training(stage, trials, 1, seen)(SPAN)
        ledger = await trials.overlapping([stage.panel.pairs[0].symbol], SPAN.start_ms, SPAN.end_ms, METRIC)
        before = await trials.overlapping([stage.panel.pairs[0].symbol], 0, SPAN.start_ms, METRIC)
    assert np.array_equal(first, again, equal_nan=True)
    assert [found.recalled for found in seen] == [0, len(VALID)]
    assert ledger.days.tolist() == [15] * len(VALID)
    assert len(before.values) == 0
    make, _ = maker(stage)
    for row, number in enumerate(VALID.tolist()):
        setup = make(SPACE.place(number))
        assert setup is not None
        run = await run_mode(part(stage, SPAN), setup, "simple")
        expected = [np.nan if run.metrics[name] is None else run.metrics[name] for name in METRICS]
        assert np.array_equal(first[row], np.array(expected, dtype=float), equal_nan=True)


def test_the_chosen_one_trades_with_what_is_left(stage: Stage) -> None:
    make, _ = maker(stage)
    trade = Trading(lambda span: part(stage, span), make)
    for candidate in Candidates(SPACE, VALID[:2]):
        found = asyncio.run(trade(SPAN, candidate, Decimal(777)))
        setup = make(candidate.place)
        assert setup is not None
        run = asyncio.run(run_mode(part(stage, SPAN), with_capital(setup, Decimal(777)), "simple"))
        assert run.params["capital"] == "777"
        assert found.daily.shape == (1, 15)
        assert found.totals[0, TOTALS.index("net")] == float(run.totals.split.net)

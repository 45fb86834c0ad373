"""The search itself: figures in the order of the method whoever is quick, every finished chunk recorded, none run twice."""

from __future__ import annotations

import asyncio
import random
import threading
import time
from collections.abc import Iterator, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import closing

import numpy as np
import pytest

from fundarb.adapters.unsaved_trials import UnsavedTrials
from fundarb.errors import FundarbError
from fundarb.ports.trials import TrialRows, Trials, TrialScope
from fundarb.research.rules import Setup
from fundarb.research.search.candidates import Candidates
from fundarb.research.search.crews import Crew, Ran, ThreadCrew
from fundarb.research.search.feed import Feed
from fundarb.research.search.identity import scope_of
from fundarb.research.search.lanes import Lane, Outcomes
from fundarb.research.search.methods import Guided, every_set
from fundarb.research.search.ranking import rank, ranked
from fundarb.research.search.runner import Found, Notebook, Runner
from fundarb.research.search.space import Axis, Space
from fundarb.research.stage import Stage
from tests.research.search.stages import DAYS, FigureLane, maker, small_stage

SIZES = Space((Axis("sizing.size_usd", tuple(map(str, range(1, 301)))), Axis("sizing.rho", ("0", "0.5"))))
METRIC = "sharpe_daily"


@pytest.fixture(scope="module")
def stage() -> Stage:
    return small_stage(DAYS, 2)


@pytest.fixture
def trials() -> Iterator[UnsavedTrials]:
    """An empty ledger."""
    with closing(UnsavedTrials()) as opened:
        yield opened


class Unsteady:
    """A crew of threads that take their time, each chunk its own."""

    def __init__(self, lane: Lane, workers: int, seed: int = 0) -> None:
        self.ran: list[float] = []
        self._lane, self._random = lane, random.Random(seed)
        self._pool, self.width = ThreadPoolExecutor(workers), workers

    def submit(self, setups: Sequence[Setup]) -> Future[Ran]:
        pause = self._random.random() / 200
        self.ran += [float(setup.sizing.size_usd) for setup in setups]
        return self._pool.submit(self._run, setups, pause)

    def _run(self, setups: Sequence[Setup], pause: float) -> Ran:
        time.sleep(pause)
        return Ran(self._lane.run(setups), pause * 50)

    def close(self, *, abandon: bool = False) -> None:
        self._pool.shutdown(cancel_futures=abandon)


async def search(
    stage: Stage,
    crew: Crew,
    trials: Trials | None = None,
    *,
    resume: bool = False,
    guided: bool = False,
    told: list[int] | None = None,
) -> Found:
    if trials is None:
        with closing(UnsavedTrials()) as opened:
            return await search(stage, crew, opened, resume=resume, guided=guided, told=told)
    make, names = maker(stage, SIZES)
    proposals = Guided(SIZES, 3, 60, "g.yaml") if guided else every_set(SIZES)
    feed = Feed(SIZES, proposals, make, 60 if guided else 10_000)
    book = Notebook(trials, scope_of(stage), names, {"capital": "10000"}, "test", lambda: 7)
    done = [] if told is None else told
    runner = Runner(SIZES, feed, crew, book, METRIC, lambda count, _: done.append(count), resume=resume)
    try:
        return await runner.run()
    finally:
        crew.close(abandon=True)


def equal(one: Found, other: Found) -> bool:
    return (
        np.array_equal(one.numbers, other.numbers)
        and np.array_equal(one.metrics, other.metrics, equal_nan=True)
        and np.array_equal(one.totals, other.totals)
        and np.array_equal(one.counts, other.counts)
    )


@pytest.mark.parametrize("guided", [False, True])
async def test_what_is_found_depends_neither_on_workers_nor_on_their_speed(stage: Stage, guided: bool) -> None:
    found = [await search(stage, Unsteady(FigureLane(), workers, workers), guided=guided) for workers in (1, 2, 4)]
    assert equal(found[0], found[1])
    assert equal(found[0], found[2])
    assert len(found[0].numbers) == (60 if guided else SIZES.size)
    if not guided:
        assert found[0].numbers.tolist() == list(range(SIZES.size))


async def test_a_second_search_recalls_everything_and_runs_nothing(stage: Stage, trials: UnsavedTrials) -> None:
    told = list[int]()
    first = await search(stage, Unsteady(FigureLane(), 2), trials)
    crew = Unsteady(FigureLane(), 2)
    second = await search(stage, crew, trials, resume=True, told=told)
    assert equal(first, second)
    assert (crew.ran, second.recalled, told[-1]) == ([], SIZES.size, SIZES.size)


async def test_every_trial_is_counted_once_however_often_it_runs(stage: Stage, trials: UnsavedTrials) -> None:
    scope = scope_of(stage)
    for _ in range(2):
        await search(stage, ThreadCrew(FigureLane(), 2), trials)
    ledger = await trials.overlapping(scope.pairs, scope.from_ms, scope.to_ms, METRIC)
    assert len(ledger.values) == SIZES.size
    assert set(ledger.days.tolist()) == {scope.days}


class SlowLane(FigureLane):
    """Says when the first chunk is being worked on."""

    def __init__(self) -> None:
        self.begun = threading.Event()

    def run(self, setups: Sequence[Setup]) -> Outcomes:
        time.sleep(0.002 * len(setups))
        self.begun.set()
        return super().run(setups)


async def test_a_stopped_search_keeps_what_was_finished_and_goes_on_from_there(
    stage: Stage, trials: UnsavedTrials
) -> None:
    told = list[int]()
    whole = await search(stage, ThreadCrew(FigureLane(), 1))
    task = asyncio.ensure_future(search(stage, ThreadCrew(SlowLane(), 2), trials, told=told))
    while len(told) < 5:  # noqa: ASYNC110  (chunks have no event)
        await asyncio.sleep(0.001)
    task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await task
    kept = (await trials.overlapping(scope_of(stage).pairs, 0, 2**62, METRIC)).values
    assert told[-1] <= len(kept) < SIZES.size
    crew = Unsteady(FigureLane(), 2)
    rest = await search(stage, crew, trials, resume=True)
    assert equal(rest, whole)
    assert rest.recalled == len(kept)
    assert len(crew.ran) == SIZES.size - len(kept)


class Refusing(UnsavedTrials):
    """A ledger whose disk is full from the third chunk on."""

    recorded = 0

    async def record(self, scope: TrialScope, base: object, rows: TrialRows, at_ms: int) -> None:
        self.recorded += 1
        if self.recorded > 2:
            raise FundarbError("the disk is full")


async def test_what_cannot_be_recorded_ends_the_search(stage: Stage) -> None:
    with closing(Refusing()) as trials, pytest.raises(FundarbError, match="the disk is full"):
        await search(stage, ThreadCrew(FigureLane(), 2), trials)


async def test_results_are_ranked_by_the_metric_and_those_without_one_come_last(stage: Stage) -> None:
    found = await search(stage, ThreadCrew(FigureLane(), 1))
    ranking = rank(found, SIZES, METRIC)
    values = found.metrics[ranking.rows, 2]
    known = values[~np.isnan(values)]
    assert (np.diff(known) <= 0).all()
    assert np.isnan(values[len(known) :]).all()
    assert 0 < len(known) < len(values)
    shown = ranked(found, ranking, Candidates(SIZES, found.numbers), len(values), {})
    assert [one.rank for one in shown] == list(range(1, len(values) + 1))
    assert shown[-1].trial.metrics[METRIC] is None
    assert shown[-1].neighbourhood is None
    assert not shown[0].confirmed


async def test_less_drawdown_is_better(stage: Stage) -> None:
    found = await search(stage, ThreadCrew(FigureLane(), 1))
    column = found.metrics[rank(found, SIZES, "max_drawdown").rows, 6]
    assert column[0] == np.nanmin(column)

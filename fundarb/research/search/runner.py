"""The search itself: chunks of about half a second go to a crew, each is recorded as soon as it is finished.

What is found depends on nobody's speed: sets come in the order of the method, and so do their figures."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Mapping, Sequence
from concurrent.futures import BrokenExecutor
from dataclasses import dataclass, field

import numpy as np

from fundarb.domain.result import METRICS
from fundarb.ports.trials import Recalled, TrialRows, Trials, TrialScope
from fundarb.research.neighbourhood import objective
from fundarb.research.search.crews import Crew, Ran, next_size, worker_lost
from fundarb.research.search.feed import Feed, Ready
from fundarb.research.search.identity import TrialNames
from fundarb.research.search.lanes import COUNTS, TOTALS
from fundarb.research.search.space import Space
from fundarb.signals.panel import Floats, Stamps

NO_FLOATS: Floats = np.empty((0, 0))
Told = Callable[[int, float | None], None]
"""(sets done, the best score so far)"""


@dataclass(frozen=True, slots=True, eq=False)
class Found:
    """Every trial in the order of the method: its number and figures; `recalled` of them were stored before."""

    numbers: Stamps
    metrics: Floats
    totals: Floats
    counts: Stamps
    skipped: int
    recalled: int


@dataclass(frozen=True, slots=True)
class Notebook:
    """Where trials are recorded: the ledger, what they share, and what they are called."""

    trials: Trials
    scope: TrialScope
    names: TrialNames
    base: Mapping[str, str | None]
    lane: str
    now_ms: Callable[[], int]

    def ids(self, chunk: Sequence[Ready]) -> tuple[str, ...]:
        """The identities of these sets."""
        return tuple(self.names.trial_id(ready.setup.flat) for ready in chunk)


@dataclass(slots=True, eq=False)
class _Chunk:
    """Sets handed out together; what the ledger knew of them needs no running."""

    order: int
    sets: Sequence[Ready]  # none once it is done: a hundred thousand setups would not fit
    numbers: list[int] = field(default_factory=list)
    metrics: Floats = field(default_factory=lambda: NO_FLOATS)
    totals: Floats = field(default_factory=lambda: NO_FLOATS)
    counts: Stamps = field(default_factory=lambda: np.empty((0, 0), dtype=np.int64))
    missing: list[int] = field(default_factory=list)

    def __post_init__(self) -> None:
        count = len(self.sets)
        self.numbers = [ready.number for ready in self.sets]
        self.metrics = np.full((count, len(METRICS)), np.nan)
        self.totals = np.full((count, len(TOTALS)), np.nan)
        self.counts = np.zeros((count, len(COUNTS)), dtype=np.int64)
        self.missing = list(range(count))

    def fill(self, rows: Sequence[int], metrics: Floats, totals: Floats, counts: Stamps) -> None:
        """Take figures of some of the sets."""
        self.metrics[rows], self.totals[rows], self.counts[rows] = metrics, totals, counts


class Runner:
    """Runs a feed dry."""

    def __init__(
        self, space: Space, feed: Feed, crew: Crew, notebook: Notebook, metric: str, told: Told, *, resume: bool
    ) -> None:
        self._space, self._feed, self._crew, self._notebook = space, feed, crew, notebook
        self._metric, self._told, self._resume = metric, told, resume
        self._flying: dict[asyncio.Future[Ran], _Chunk] = {}
        self._done: dict[int, _Chunk] = {}
        self._size, self._started, self._finished, self._recalled = 1, 0, 0, 0
        self._best: float | None = None

    async def run(self) -> Found:
        """Every trial there is; cancelled, it records what was finished by then."""
        try:
            while await self._start() or self._flying:
                await self._land()
        except asyncio.CancelledError:
            for future in [one for one in self._flying if one.done() and not one.cancelled() and not one.exception()]:
                await self._finish(future)
            raise
        finally:
            for future in self._flying:
                future.cancel()
        return self._found()

    async def _start(self) -> bool:
        """Hand out chunks until the crew has one in hand for each; whether there was any."""
        some = False
        while len(self._flying) < 2 * self._crew.width:
            sets = self._feed.take(self._size)
            if not sets:
                break
            some = True
            chunk = _Chunk(self._started, sets)
            self._started += 1
            if self._resume:
                await self._recall(chunk)
            if chunk.missing:
                setups = [sets[row].setup for row in chunk.missing]
                self._flying[asyncio.wrap_future(self._crew.submit(setups))] = chunk
            else:
                self._keep(chunk)
        return some

    async def _recall(self, chunk: _Chunk) -> None:
        found: Recalled = await self._notebook.trials.recall(self._notebook.scope, self._notebook.ids(chunk.sets))
        rows = np.flatnonzero(found.known).tolist()
        chunk.fill(rows, found.metrics[rows], found.totals[rows], found.counts[rows])
        chunk.missing = np.flatnonzero(~found.known).tolist()
        self._recalled += len(rows)

    async def _land(self) -> None:
        """Wait for a chunk and take all that are finished."""
        if not self._flying:
            return
        done, _ = await asyncio.wait(self._flying, return_when=asyncio.FIRST_COMPLETED)
        for future in done:
            await self._finish(future)

    async def _finish(self, future: asyncio.Future[Ran]) -> None:
        chunk = self._flying[future]
        try:
            ran = future.result()
        except BrokenExecutor as error:
            raise worker_lost() from error
        found = ran.outcomes
        chunk.fill(chunk.missing, found.metrics, found.totals, found.counts)
        await _whole(self._record(chunk, ran))
        del self._flying[future]
        self._keep(chunk)
        self._size = next_size(self._size, len(chunk.missing), ran.seconds)

    async def _record(self, chunk: _Chunk, ran: Ran) -> None:
        book, ready = self._notebook, [chunk.sets[row] for row in chunk.missing]
        rows = TrialRows(
            ids=book.ids(ready),
            params=tuple(self._space.params(self._space.place(one.number)) for one in ready),
            lane=book.lane,
            metrics=ran.outcomes.metrics,
            totals=ran.outcomes.totals,
            counts=ran.outcomes.counts,
            daily=ran.outcomes.daily,
        )
        await book.trials.record(book.scope, book.base, rows, book.now_ms())

    def _keep(self, chunk: _Chunk) -> None:
        """Note what a finished chunk found."""
        self._done[chunk.order] = chunk
        scores = objective(chunk.metrics, self._metric).tolist()
        for number, score in zip(chunk.numbers, scores, strict=True):
            self._feed.answer(number, score)
            if score == score and (self._best is None or score > self._best):
                self._best = score
        self._finished += len(chunk.numbers)
        chunk.sets = ()
        self._told(self._finished, self._best)

    def _found(self) -> Found:
        chunks = [self._done[order] for order in sorted(self._done)] or [_Chunk(0, ())]
        return Found(
            numbers=np.array([number for chunk in chunks for number in chunk.numbers], dtype=np.int64),
            metrics=np.concatenate([chunk.metrics for chunk in chunks]),
            totals=np.concatenate([chunk.totals for chunk in chunks]),
            counts=np.concatenate([chunk.counts for chunk in chunks]),
            skipped=self._feed.skipped,
            recalled=self._recalled,
        )


async def _whole(work: Awaitable[None]) -> None:
    """Let it come to its end, also when whoever waits is told to stop meanwhile."""
    task = asyncio.ensure_future(work)
    try:
        await asyncio.shield(task)
    except asyncio.CancelledError:
        await task
        raise

"""Several requests in flight: jobs are taken one after another by a few workers. A job that fails at the venue stops only
its stream; so many failures in a row that the venue must be down stop them all."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Iterator
from dataclasses import dataclass, field

from fundarb.engine.collect.tally import Tally
from fundarb.errors import VenueError


@dataclass(frozen=True, slots=True)
class Job:
    """A page, or a walk, of one stream."""

    tally: Tally
    work: Callable[[], Awaitable[None]]


@dataclass(slots=True)
class Workers:
    """Runs jobs, `count` at a time; `patience` failures without a success between them mean that the venue is down."""

    count: int
    patience: int
    stopped: VenueError | None = None
    _in_a_row: int = field(default=0)

    async def run(self, jobs: Iterator[Job]) -> None:
        """Until no job is left, or the venue is down; any error that is not the venue's ends it at once."""
        tasks = [asyncio.create_task(self._work(jobs)) for _ in range(self.count)]
        try:
            await asyncio.gather(*tasks)
        finally:
            for task in tasks:
                task.cancel()
            await asyncio.gather(*tasks, return_exceptions=True)

    async def _work(self, jobs: Iterator[Job]) -> None:
        for job in jobs:
            if self.stopped is not None:
                job.tally.failure = job.tally.failure or self.stopped
            elif job.tally.failure is None:
                await self._do(job)

    async def _do(self, job: Job) -> None:
        try:
            await job.work()
        except VenueError as error:
            job.tally.failure = error
            self._in_a_row += 1
            if self._in_a_row >= self.patience:
                self.stopped = error
        else:
            self._in_a_row = 0

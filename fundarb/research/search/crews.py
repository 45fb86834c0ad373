"""Who runs chunks of sets, behind one port of `concurrent.futures`: threads, processes, or a cluster.

A lane that lets go of the interpreter (the fast one) runs in threads; the exact one needs processes of its own."""

from __future__ import annotations

import time
from collections.abc import Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from typing import NamedTuple, Protocol

from fundarb.errors import FundarbError
from fundarb.research.rules import Setup
from fundarb.research.search.lanes import Lane, Outcomes

AIM_S = 0.5
MOST_IN_CHUNK = 2048


class Ran(NamedTuple):
    """A chunk that was run, and how long it took."""

    outcomes: Outcomes
    seconds: float


class Crew(Protocol):
    """Takes chunks; what becomes of one depends on nobody's number or speed."""

    @property
    def width(self) -> int:
        """How many chunks are worked on at once."""
        ...

    def submit(self, setups: Sequence[Setup]) -> Future[Ran]:
        """Hand over a chunk."""
        ...

    def close(self, *, abandon: bool = False) -> None:
        """Let everybody go; with `abandon` without waiting for what is being worked on, where that can be done."""
        ...


def run_timed(lane: Lane, setups: Sequence[Setup]) -> Ran:
    """One chunk in a lane."""
    began = time.perf_counter()
    return Ran(lane.run(setups), time.perf_counter() - began)


def worker_lost() -> FundarbError:
    """The error for a worker that ended in mid-run."""
    return FundarbError(
        "a worker process ended in the middle of its work (killed, or out of memory?); what was finished is stored: "
        "the same command with --resume goes on, with fewer --workers if memory is short"
    )


def next_size(size: int, ran: int, seconds: float) -> int:
    """Sets in the next chunk: as many as take as long as aimed at; at most twice as many as before, since the first are the
    slowest."""
    fitting = ran * AIM_S / max(seconds, 1e-6)
    return max(1, min(MOST_IN_CHUNK, 2 * size, int(fitting)))


class ThreadCrew:
    """Threads on one lane."""

    def __init__(self, lane: Lane, workers: int) -> None:
        self._lane, self._workers = lane, workers
        self._pool = ThreadPoolExecutor(workers, "sweep")

    @property
    def width(self) -> int:
        """How many threads there are."""
        return self._workers

    def submit(self, setups: Sequence[Setup]) -> Future[Ran]:
        """Hand over a chunk."""
        return self._pool.submit(run_timed, self._lane, setups)

    def close(self, *, abandon: bool = False) -> None:
        """Let everybody go; a thread cannot be stopped in the middle of its chunk, which is short."""
        self._pool.shutdown(wait=True, cancel_futures=abandon)

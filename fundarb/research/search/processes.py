"""A crew of processes in the exact lane. Each has the stage from its birth: on Linux by fork, so that it is shared and
never copied.

Whoever made them holds the only writing end of a pipe they all wait on: when it is closed they end at once, also where
their maker was killed and could not tell them."""

from __future__ import annotations

import multiprocessing
import os
import signal
import sys
import threading
from collections.abc import Sequence
from concurrent.futures import BrokenExecutor, Future, ProcessPoolExecutor
from multiprocessing.connection import Connection

from fundarb.research.rules import Setup
from fundarb.research.search.crews import Ran, run_timed, worker_lost
from fundarb.research.search.exact_lane import ExactLane
from fundarb.research.stage import Stage

START = "fork" if sys.platform == "linux" else "spawn"
_lane: list[ExactLane] = []  # this process's own, once it is a worker


class ProcessCrew:
    """Processes in the exact lane of one stage."""

    def __init__(self, stage: Stage, workers: int) -> None:
        context = multiprocessing.get_context(START)
        waiting, self._leash = context.Pipe(duplex=False)
        self._waiting, self._workers = waiting, workers
        self._pool = ProcessPoolExecutor(workers, context, _begin, (stage, waiting, self._leash))

    @property
    def width(self) -> int:
        """How many processes there are."""
        return self._workers

    def submit(self, setups: Sequence[Setup]) -> Future[Ran]:
        """Hand over a chunk."""
        try:
            return self._pool.submit(_run, tuple(setups))
        except BrokenExecutor as error:
            raise worker_lost() from error

    def close(self, *, abandon: bool = False) -> None:
        """Let everybody go; with `abandon` whatever they are at."""
        if abandon:
            self._leash.close()
        self._pool.shutdown(wait=True, cancel_futures=True)
        self._leash.close()
        self._waiting.close()


def _begin(stage: Stage, waiting: Connection, leash: Connection) -> None:
    """A worker's first act: leave signals to the maker, end with it, and stand ready."""
    signal.set_wakeup_fd(-1)
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    signal.signal(signal.SIGTERM, signal.SIG_DFL)
    leash.close()
    threading.Thread(target=_end_with, args=(waiting,), daemon=True).start()
    _lane[:] = [ExactLane(stage)]


def _end_with(waiting: Connection) -> None:
    """Wait until the other end is closed, which is all that ever happens there."""
    try:
        waiting.recv_bytes()
    except (EOFError, OSError):
        os._exit(0)


def _run(setups: Sequence[Setup]) -> Ran:
    return run_timed(_lane[0], setups)

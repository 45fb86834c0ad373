"""Sets on stretches of one panel, for walk-forward: each stretch a stage of its own, with the capital that is left."""

from __future__ import annotations

import threading
from collections.abc import Callable, Sequence
from concurrent.futures import FIRST_COMPLETED, BrokenExecutor, Future, wait
from dataclasses import replace
from decimal import Decimal

import numpy as np

from fundarb.domain.market import Span
from fundarb.domain.money import canonical
from fundarb.errors import FundarbError
from fundarb.research.rules import Setup
from fundarb.research.search.candidates import Candidate, MakeSetup
from fundarb.research.search.crews import Crew, Ran, next_size, worker_lost
from fundarb.research.search.lanes import Outcomes
from fundarb.research.stage import Stage


class SpanRuns:
    """Runs candidates over a span; `told` hears how many of how many are done."""

    def __init__(
        self,
        stage_of: Callable[[Span], Stage],
        crew_of: Callable[[Stage], Crew],
        make: MakeSetup,
        told: Callable[[Span, int, int], None],
    ) -> None:
        self._stage_of, self._crew_of, self._make, self._told = stage_of, crew_of, make, told
        self.abandoned = threading.Event()

    def __call__(self, span: Span, candidates: Sequence[Candidate], capital: Decimal) -> Outcomes:
        """One outcome a candidate, in their order."""
        crew = self._crew_of(self._stage_of(span))
        whole = False
        try:
            found = self._all(span, crew, candidates, capital)
            whole = True
        except BrokenExecutor as error:
            raise worker_lost() from error
        finally:
            crew.close(abandon=not whole)
        return found

    def _all(self, span: Span, crew: Crew, candidates: Sequence[Candidate], capital: Decimal) -> Outcomes:
        done: dict[int, Outcomes] = {}
        flying: dict[Future[Ran], int] = {}  # by the first of the chunk
        taken = finished = 0
        size = 1
        while flying or taken < len(candidates):
            while len(flying) < 2 * crew.width and taken < len(candidates):
                chunk = [self._setup(one, capital) for one in candidates[taken : taken + size]]
                flying[crew.submit(chunk)] = taken
                taken += len(chunk)
            landed, _ = wait(flying, timeout=0.2, return_when=FIRST_COMPLETED)
            if self.abandoned.is_set():
                raise FundarbError("the walk-forward was stopped")
            for future in landed:
                ran = future.result()
                done[flying.pop(future)] = ran.outcomes
                size = next_size(size, len(ran.outcomes.metrics), ran.seconds)
                finished += len(ran.outcomes.metrics)
                self._told(span, finished, len(candidates))
        return _joined([done[first] for first in sorted(done)])

    def _setup(self, candidate: Candidate, capital: Decimal) -> Setup:
        setup = self._make(candidate.place)
        assert setup is not None, "a set that has run was not refused"
        return with_capital(setup, capital)


def with_capital(setup: Setup, capital: Decimal) -> Setup:
    """The same parameters beginning with other capital."""
    return replace(setup, capital=capital, flat={**setup.flat, "capital": canonical(capital)})


def _joined(parts: Sequence[Outcomes]) -> Outcomes:
    return Outcomes(
        np.concatenate([one.metrics for one in parts]),
        np.concatenate([one.totals for one in parts]),
        np.concatenate([one.counts for one in parts]),
        np.concatenate([one.daily for one in parts]),
    )

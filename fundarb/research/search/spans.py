"""Walk-forward's sets on stretches of one panel: all of them on a training stretch, recorded there as trials of its own
range, so that what a kill leaves undone is all that a later one does; the chosen one, exactly, on a test stretch."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from dataclasses import replace
from decimal import Decimal

from fundarb.domain.market import Span
from fundarb.domain.money import canonical
from fundarb.research.rules import Setup
from fundarb.research.search.candidates import Candidate, MakeSetup
from fundarb.research.search.exact_lane import ExactLane
from fundarb.research.search.feed import Feed
from fundarb.research.search.lanes import Outcomes
from fundarb.research.search.methods import Listed
from fundarb.research.search.runner import Found
from fundarb.research.search.space import Space
from fundarb.research.stage import Stage
from fundarb.signals.panel import Floats, Stamps

StageOf = Callable[[Span], Stage]
Search = Callable[[Stage, Feed], Awaitable[Found]]
"""Runs a feed dry on a stage and records it"""


class Training:
    """All sets of a search, by their numbers, on a training stretch."""

    def __init__(self, stage_of: StageOf, space: Space, numbers: Stamps, make: MakeSetup, search: Search) -> None:
        self._stage_of, self._space, self._numbers, self._make, self._search = stage_of, space, numbers, make, search

    async def __call__(self, span: Span) -> Floats:
        """Their METRICS, a row each in the order of the numbers."""
        stage = await asyncio.to_thread(self._stage_of, span)
        feed = Feed(self._space, Listed(iter(self._numbers.tolist())), self._make, len(self._numbers))
        return (await self._search(stage, feed)).metrics


class Trading:
    """One set on a test stretch."""

    def __init__(self, stage_of: StageOf, make: MakeSetup) -> None:
        self._stage_of, self._make = stage_of, make

    async def __call__(self, span: Span, chosen: Candidate, capital: Decimal) -> Outcomes:
        """A single row."""
        setup = self._make(chosen.place)
        assert setup is not None, "a set that has run was not refused"
        return await asyncio.to_thread(self._run, span, with_capital(setup, capital))

    def _run(self, span: Span, setup: Setup) -> Outcomes:
        return ExactLane(self._stage_of(span)).run([setup])


def with_capital(setup: Setup, capital: Decimal) -> Setup:
    """The same parameters beginning with other capital."""
    return replace(setup, capital=capital, flat={**setup.flat, "capital": canonical(capital)})

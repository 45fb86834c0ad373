"""A feed of sets run on one stage by whoever is at hand, every trial recorded under that stage's pairs, range and data."""

from __future__ import annotations

from collections.abc import Callable

from fundarb.bootstrap.clocks import clock
from fundarb.bootstrap.ground import Asked, Ground
from fundarb.bootstrap.research import Research
from fundarb.research.search.feed import Feed
from fundarb.research.search.identity import scope_of
from fundarb.research.search.runner import Found, Notebook, Runner
from fundarb.research.stage import Stage

Told = Callable[[int, float | None], None]


async def search(research: Research, ground: Ground, asked: Asked, stage: Stage, feed: Feed, told: Told) -> Found:
    """Every trial of the feed; whoever is told to stop keeps what was finished, and recalls it where asked to resume."""
    scope = scope_of(stage)
    book = Notebook(research.trials, scope, ground.names_on(scope), ground.shared, ground.lane, clock().now_ms)
    crew, whole = asked.hands.crew(stage, ground.lane), False
    try:
        runner = Runner(ground.sets.space, feed, crew, book, asked.metric, told, resume=asked.resume)
        found = await runner.run()
        whole = True
    finally:
        crew.close(abandon=not whole)
    return found

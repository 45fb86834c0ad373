"""What a sweep stands on: the sets of its grid, the stage they run on, and the benchmarks beside them."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field

from fundarb import __version__
from fundarb.bootstrap.clocks import clock
from fundarb.bootstrap.crews import Hands
from fundarb.bootstrap.research import Research, defaults_of
from fundarb.bootstrap.sets import SetMaker, Sets, sets_of, with_fixed
from fundarb.bootstrap.setup import setup_of
from fundarb.config import Resolved
from fundarb.config.grid import Grid
from fundarb.config.pairs import unknown_pairs
from fundarb.domain.instants import LATEST
from fundarb.domain.market import Span
from fundarb.domain.result import RunResult
from fundarb.ports.trials import TrialScope
from fundarb.research.comparison import compare
from fundarb.research.folds import Windows
from fundarb.research.neighbourhood import LESS_IS_BETTER
from fundarb.research.question import Question, find_scope, later_settlements
from fundarb.research.search.candidates import Candidates
from fundarb.research.search.identity import TrialNames, scope_of
from fundarb.research.stage import Stage, set_stage
from fundarb.signals.panel import Stamps


@dataclass(frozen=True, slots=True)
class Asked:
    """What a sweep is asked beside its grid."""

    question: Question
    metric: str
    top: int
    hands: Hands
    windows: Windows | None = None
    resume: bool = False


@dataclass(frozen=True, slots=True)
class Telling:
    """Who is told: sentences, and how far it is as (what, done, of how many, unit, remark)."""

    note: Callable[[str], None]
    progress: Callable[[str, int, int | None, str, str | None], None]


@dataclass(frozen=True, slots=True, eq=False)
class Ground:
    """Everything that is the same for all trials."""

    sets: Sets
    stage: Stage
    stage_of: Callable[[Span], Stage] = field(repr=False)
    scope: TrialScope
    names: TrialNames
    make: SetMaker
    benchmarks: tuple[RunResult, ...]
    metric: str
    lane: str

    @property
    def span(self) -> Span:
        """The range."""
        return Span(self.stage.timeline.from_ms, self.stage.timeline.to_ms)

    @property
    def first_ms(self) -> int:
        """The first settlement stored, which may be before the range."""
        return int(self.stage.panel.settlements.settled_at.min())

    @property
    def less_is_better(self) -> bool:
        """Whether the metric is better where it is lower."""
        return self.metric in LESS_IS_BETTER

    @property
    def shared(self) -> Mapping[str, str | None]:
        """The parameters that are the same in all trials."""
        varied = {axis.path for axis in self.sets.space.axes}
        return {path: text for path, text in self.sets.base().items() if path not in varied}

    def candidates(self, numbers: Stamps) -> Candidates:
        """Sets by their numbers."""
        return Candidates(self.sets.space, numbers)


async def lay_ground(
    research: Research, resolved: Resolved, grid: Grid, asked: Asked, note: Callable[[str], None]
) -> Ground:
    """Say which pairs and which range are meant, and run the benchmarks."""
    for path in _overruled(resolved, grid):
        note(f"--set {path} has no effect: {grid.where} says what it is in every trial")
    stored = await research.reader.pairs(LATEST)
    sets = sets_of(with_fixed(resolved, grid), grid, stored)
    setup = setup_of(sets.settings)
    scope = await find_scope(research.reader, asked.question, defaults_of(sets.settings), clock().now_ms())
    note(scope.words)
    for words in [scope.beyond] if scope.beyond else []:
        note(words)
    for name in unknown_pairs(sets.settings, stored):
        note(f"no stored pair is called {name}: what the configuration says of it has no effect")
    later = await later_settlements(research.reader, scope)
    universe, by_turnover_ms = scope.universe, scope.by_turnover_ms
    found = await compare(
        research.panel,
        setup,
        universe.symbols,
        universe.excluded,
        scope.span,
        (),
        chosen_by_turnover_ms=by_turnover_ms,
        strict=asked.question.strict,
        later=later,
    )
    for word in found.notes:
        note(word)
    panel = await research.panel(universe.symbols, scope.span.end_ms)

    def stage_of(span: Span) -> Stage:
        return set_stage(
            panel, setup, span.start_ms, span.end_ms, universe.excluded, __version__, by_turnover_ms, later
        )

    stage = stage_of(scope.span)
    shared = scope_of(stage)
    names = TrialNames(shared.scope_id, sets.base(), sets.space.axes)
    lane, why = asked.hands.lane(sets)
    if why is not None:
        note(f"searched in the exact lane, which is slow: {why}")
    return Ground(sets, stage, stage_of, shared, names, sets.maker(names), found.benchmarks, asked.metric, lane)


def _overruled(resolved: Resolved, grid: Grid) -> list[str]:
    """What was set on the command line and is said by the grid, too."""
    said = [*grid.fixed, *(axis.path for axis in grid.space.axes)]
    return [path for path in said if resolved.origins.get(path) == "--set"]

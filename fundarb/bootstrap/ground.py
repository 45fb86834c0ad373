"""What a sweep stands on: the sets of its grid, the stage they run on, and the benchmarks beside them."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field

from fundarb import __version__
from fundarb.bootstrap.crews import Hands
from fundarb.bootstrap.research import Research, defaults_of
from fundarb.bootstrap.sets import SetMaker, Sets, sets_of, with_fixed
from fundarb.bootstrap.setup import setup_of
from fundarb.bootstrap.venue import clock_ms
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
from fundarb.research.question import Question, Scope, find_scope, later_settlements
from fundarb.research.rules import Setup
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

    def names_on(self, scope: TrialScope) -> TrialNames:
        """What the sets are called as trials of a scope."""
        return TrialNames(scope.scope_id, self.sets.base(), self.sets.space.axes)

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
    now_ms = await clock_ms(sets.settings, note)
    scope = await find_scope(research.reader, asked.question, defaults_of(sets.settings), now_ms)
    unknown = unknown_pairs(sets.settings, stored)
    unheard = [f"no stored pair is called {name}: what the configuration says of it has no effect" for name in unknown]
    lane, why = asked.hands.lane(sets)
    slow = [] if why is None else [f"searched in the exact lane, which is slow: {why}"]
    for words in (scope.words, scope.beyond, *unheard, *slow):
        if words is not None:
            note(words)
    stage_of, benchmarks = await _lay_stages(research, setup_of(sets.settings), scope, asked, note)
    stage = stage_of(scope.span)
    shared = scope_of(stage)
    names = TrialNames(shared.scope_id, sets.base(), sets.space.axes)
    return Ground(sets, stage, stage_of, shared, names, sets.maker(names), benchmarks, asked.metric, lane)


async def _lay_stages(
    research: Research, setup: Setup, scope: Scope, asked: Asked, note: Callable[[str], None]
) -> tuple[Callable[[Span], Stage], tuple[RunResult, ...]]:
    """Stages on the range and on parts of it, and the benchmarks' runs; what to doubt is said."""
    later, universe, chosen_ms = await later_settlements(research.reader, scope), scope.universe, scope.by_turnover_ms
    found = await compare(
        research.panel,
        setup,
        universe.symbols,
        universe.excluded,
        scope.span,
        (),
        chosen_by_turnover_ms=chosen_ms,
        strict=asked.question.strict,
        later=later,
    )
    for words in found.notes:
        note(words)
    panel = await research.panel(universe.symbols, scope.span.end_ms)

    def stage_of(span: Span) -> Stage:
        return set_stage(panel, setup, span.start_ms, span.end_ms, universe.excluded, __version__, chosen_ms, later)

    return stage_of, found.benchmarks


def _overruled(resolved: Resolved, grid: Grid) -> list[str]:
    """What was set on the command line and is said by the grid, too."""
    said = [*grid.fixed, *(axis.path for axis in grid.space.axes)]
    return [path for path in said if resolved.origins.get(path) == "--set"]

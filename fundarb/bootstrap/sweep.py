"""A sweep on a store: the sets of a grid run and recorded, ranked, confirmed in the exact lane, and judged as a search."""

from __future__ import annotations

import json
from dataclasses import dataclass

import numpy as np

from fundarb.bootstrap.clocks import clock
from fundarb.bootstrap.ground import Asked, Ground, Telling, lay_ground
from fundarb.bootstrap.judging import confirm, judge_search, walk
from fundarb.bootstrap.research import Research
from fundarb.bootstrap.searching import search
from fundarb.config import Resolved
from fundarb.config.grid import MOST_SETS, Grid
from fundarb.domain.result import RunResult
from fundarb.errors import ConfigError, Problem
from fundarb.reporting.parameter_maps import Axis
from fundarb.reporting.sweep_pictures import PICTURES, SweepPictures, pictures_document, sweep_pictures
from fundarb.research.folds import lay_folds
from fundarb.research.search.answer import SweepAnswer, sweep_document
from fundarb.research.search.feed import Feed
from fundarb.research.search.identity import digest
from fundarb.research.search.methods import Guided, Proposals, every_set, random_sets
from fundarb.research.search.ranking import Ranking, rank, ranked
from fundarb.research.search.runner import Found


@dataclass(frozen=True, slots=True, eq=False)
class Swept:
    """What a sweep answers, the exact runs of its leaders and benchmarks, and what its pictures need."""

    answer: SweepAnswer
    leaders: tuple[RunResult, ...]
    benchmarks: tuple[RunResult, ...]
    pictures: SweepPictures


async def run_sweep(research: Research, resolved: Resolved, grid: Grid, asked: Asked, telling: Telling) -> Swept:
    """Search, and tell what it is worth."""
    ground = await lay_ground(research, resolved, grid, asked, telling.note)
    folds = () if asked.windows is None else lay_folds(ground.span, asked.windows, ground.scope.pairs, ground.first_ms)
    found = await _search(research, ground, grid, asked, telling)
    ranking = rank(found, ground.sets.space, asked.metric)
    confirmed = await confirm(ground, found, ranking, asked, grid.seed, telling)
    walked = await walk(research, ground, found, folds, asked, grid.seed, telling)
    honest, verdict = await judge_search(research, ground, found, confirmed, walked, grid.seed)
    candidates = ground.candidates(found.numbers)
    answer = SweepAnswer(
        sweep_id=_sweep_id(ground, grid, asked),
        span=ground.span,
        metric=asked.metric,
        lane=ground.lane,
        paths=tuple(axis.path for axis in ground.sets.space.axes),
        count=len(found.numbers),
        skipped=found.skipped,
        recalled=found.recalled,
        results=ranked(found, ranking, candidates, asked.top, dict(confirmed.leaders)),
        largest_difference=confirmed.largest,
        walk=walked,
        honesty=honest,
        verdict=verdict,
        found=found,
        candidates=candidates,
    )
    pictures = _pictures(ground, answer, ranking)
    return Swept(answer, tuple(run for _, run in confirmed.leaders), ground.benchmarks, pictures)


async def save_sweep(research: Research, swept: Swept, seconds: float) -> bool:
    """Keep the answer, and the leaders' runs as a group of its name; False where the database is read-only."""
    if research.read_only:
        return False
    answer, stored_ms = swept.answer, clock().now_ms()
    kept = {**sweep_document(answer, seconds), PICTURES: pictures_document(swept.pictures)}
    document = json.dumps(kept, ensure_ascii=False, allow_nan=False)
    await research.trials.save_sweep(answer.sweep_id, stored_ms, document)
    roles = [("run", run) for run in swept.leaders] + [("benchmark", run) for run in swept.benchmarks]
    await research.runs.save(answer.sweep_id, stored_ms, roles)
    return True


def _pictures(ground: Ground, answer: SweepAnswer, ranking: Ranking) -> SweepPictures:
    """Of all trials."""
    return sweep_pictures(
        [Axis(axis.path, axis.values) for axis in ground.sets.space.axes],
        np.array([one.place for one in answer.candidates], dtype=np.int64),
        np.array(answer.scores, dtype=np.float64),
        ranking.averaged,
        answer.walk,
        less_is_better=ground.less_is_better,
    )


async def _search(research: Research, ground: Ground, grid: Grid, asked: Asked, telling: Telling) -> Found:
    """Every trial of the grid."""
    space = ground.sets.space
    limit = grid.trials or MOST_SETS
    feed, total = Feed(space, _proposals(grid, ground), ground.make, limit), min(limit, space.size)

    def told(done: int, best: float | None) -> None:
        remark = "" if best is None else f"best {asked.metric} {abs(best) if ground.less_is_better else best:.4g}"
        telling.progress("sweep", done, total, "sets", remark)

    found = await search(research, ground, asked, ground.stage, feed, told)
    if not len(found.numbers):
        words = f"no set is left: all {found.skipped} are refused by the constraints or by configuration"
        raise ConfigError(
            [Problem(grid.where, "parameters", f"{words}; `fundarb config check --set PATH=VALUE` says why")]
        )
    return found


def _proposals(grid: Grid, ground: Ground) -> Proposals:
    space, trials = ground.sets.space, grid.trials or MOST_SETS
    if grid.method == "random":
        return random_sets(space, grid.seed, trials)
    if grid.method == "tpe":
        return Guided(space, grid.seed, trials, grid.where)
    return every_set(space)


def _sweep_id(ground: Ground, grid: Grid, asked: Asked) -> str:
    """The same question on the same data has the same name; ranked or judged otherwise it is another."""
    axes = [[axis.path, list(axis.values)] for axis in ground.sets.space.axes]
    judged_by = [asked.metric, asked.top, str(asked.windows), asked.windows is not None and asked.windows.anchored]
    constraints = list(map(str, ground.sets.constraints))
    asked_for = [grid.method, grid.trials, grid.seed, judged_by, axes, constraints]
    return digest([ground.scope.scope_id, ground.sets.base(), asked_for])[:12]

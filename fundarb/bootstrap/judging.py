"""What the winner of a sweep is worth: confirmed in the exact lane, walked forward, tested against luck."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence

from fundarb.bootstrap.ground import Asked, Ground, Telling
from fundarb.bootstrap.research import Research
from fundarb.bootstrap.searching import search
from fundarb.domain.folds import Fold, FoldResult, WalkForward
from fundarb.domain.honesty import Honesty
from fundarb.domain.instants import iso
from fundarb.domain.result import METRICS, RunResult
from fundarb.reporting.verdict import Verdict, judge
from fundarb.research.honesty import Search, honesty, sampled_rows
from fundarb.research.rules import Setup
from fundarb.research.search.confirming import Confirmed, require_agreement, rows_to_confirm
from fundarb.research.search.dearer import at_doubled_costs
from fundarb.research.search.exact_lane import ExactLane, daily_returns
from fundarb.research.search.feed import Feed
from fundarb.research.search.ranking import Ranking
from fundarb.research.search.runner import Found
from fundarb.research.search.spans import Trading, Training
from fundarb.research.stage import Stage
from fundarb.research.walk_forward import walk_forward

MOST_LEADERS = 10  # confirmed in the exact lane, of those that are shown
RANKED_BY_LEDGER = "sharpe_daily"
DAY_HOURS = 24


async def confirm(
    ground: Ground, found: Found, ranking: Ranking, asked: Asked, seed: int, telling: Telling
) -> Confirmed:
    """Leaders and a sample run again in the exact lane; refused where the lanes disagree."""
    leaders = ranking.rows[: min(asked.top, MOST_LEADERS)].tolist()
    rows, lane = [*leaders, *rows_to_confirm(leaders, len(found.numbers), seed)], ExactLane(ground.stage)
    runs: list[tuple[int, RunResult]] = []
    for row in rows:
        runs.append((row, (await asyncio.to_thread(lane.results, [_setup(ground, found, row)]))[0]))
        telling.progress("confirming in the exact lane", len(runs), len(rows), "sets", None)

    def named(row: int) -> str:
        params = ground.sets.space.params(ground.sets.space.place(int(found.numbers[row])))
        return f"set {found.numbers[row]} ({', '.join(f'{path}={text}' for path, text in params.items())})"

    return Confirmed(tuple(runs[: len(leaders)]), tuple(runs[len(leaders) :]), require_agreement(found, runs, named))


async def walk(
    research: Research, ground: Ground, found: Found, folds: Sequence[Fold], asked: Asked, seed: int, telling: Telling
) -> WalkForward | None:
    """Every fold in order: all sets on its training stretch, the chosen one, exactly, on its test stretch."""
    if not folds or asked.windows is None:
        return None

    async def train_on(stage: Stage, feed: Feed) -> Found:
        what = f"walk-forward from {iso(stage.timeline.from_ms)[:10]}"

        def told(done: int, _: float | None) -> None:
            telling.progress(what, done, len(found.numbers), "sets", None)

        return await search(research, ground, asked, stage, feed, told)

    def finished(fold: FoldResult) -> None:
        telling.progress("walk-forward", fold.fold.number, len(folds), "folds", None)

    return await walk_forward(
        folds,
        ground.candidates(found.numbers),
        Training(ground.stage_of, ground.sets.space, found.numbers, ground.make, train_on),
        Trading(ground.stage_of, ground.make),
        metric=asked.metric,
        capital=ground.sets.settings.capital,
        anchored=asked.windows.anchored,
        seed=seed,
        done=finished,
    )


async def judge_search(
    research: Research, ground: Ground, found: Found, confirmed: Confirmed, walked: WalkForward | None, seed: int
) -> tuple[Honesty, Verdict]:
    """Every statistic there is, and the verdict."""
    winner_row, winner = confirmed.leaders[0]
    sampled = sampled_rows(len(found.numbers), seed)
    ids = [
        ground.names.trial_id(ground.names.flat(ground.sets.space.place(n))) for n in found.numbers[sampled].tolist()
    ]
    scope = ground.scope
    search = Search(
        winner=daily_returns(winner),
        sample=(await research.trials.returns(scope, ids)).T,
        benchmarks={run.mode: daily_returns(run) for run in ground.benchmarks},
        own=found.metrics[:, METRICS.index(RANKED_BY_LEDGER)],
        ledger=await research.trials.overlapping(scope.pairs, scope.from_ms, scope.to_ms, RANKED_BY_LEDGER),
        held_days=(winner.metrics["avg_hold_hours"] or 0.0) / DAY_HOURS,
        seed=seed,
    )
    honest = await asyncio.to_thread(honesty, search)
    dear = at_doubled_costs(_setup(ground, found, winner_row))
    doubled = (await asyncio.to_thread(ExactLane(ground.stage).results, [dear]))[0]
    return honest, judge(honest, walked, float(doubled.totals.split.net))


def _setup(ground: Ground, found: Found, row: int) -> Setup:
    setup = ground.make(ground.sets.space.place(int(found.numbers[row])))
    assert setup is not None, "a set that has run was not refused"
    return setup

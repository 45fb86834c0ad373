"""Walk-forward: choose on a training stretch, trade the one after with the capital that is left, and count only those.

Nothing is cut from the panel, so a signal's lookback reaches before a stretch. A test stretch is a run of its own, from
the equity the one before ended with; at its end every position is closed as at the end of any backtest, so that crossing
an edge costs a round trip, which the figures bear."""

from __future__ import annotations

import asyncio
import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import Protocol, TypeVar

from fundarb.domain.folds import Fold, FoldResult, WalkForward
from fundarb.domain.instants import DAY
from fundarb.domain.market import Span
from fundarb.domain.money import of_float
from fundarb.domain.result import METRICS
from fundarb.research.drift import drift_of
from fundarb.research.neighbourhood import LESS_IS_BETTER, Candidate, average_over_neighbours, best, objective
from fundarb.research.out_of_sample import concatenate
from fundarb.research.search.lanes import COUNTS, TOTALS, Outcomes
from fundarb.signals.panel import Floats

C = TypeVar("C", bound=Candidate)
C_contra = TypeVar("C_contra", bound=Candidate, contravariant=True)


class Train(Protocol):
    """Runs all candidates over a training stretch, with the capital that every trial begins with."""

    async def __call__(self, span: Span) -> Floats:
        """Their METRICS, a row each in their order."""
        ...


class Trade(Protocol[C_contra]):
    """Runs the chosen one over a test stretch, with what capital is left."""

    async def __call__(self, span: Span, chosen: C_contra, capital: Decimal) -> Outcomes:
        """A single row."""
        ...


@dataclass(frozen=True, slots=True)
class _Choice:
    """The row chosen on a training stretch, and its scores there, more being better."""

    row: int
    score: float
    averaged: float


async def walk_forward(
    folds: Sequence[Fold],
    candidates: Sequence[C],
    train: Train,
    trade: Trade[C],
    *,
    metric: str,
    capital: Decimal,
    anchored: bool = False,
    seed: int = 0,
    done: Callable[[FoldResult], None] = lambda _: None,
) -> WalkForward:
    """Every fold in order: all candidates run in `train`, the chosen one in `trade`; `done` hears of each fold."""
    results: list[FoldResult] = []
    left = capital
    for fold in folds:
        scores = await train(fold.train) if left > 0 else None
        choice = None if scores is None else await asyncio.to_thread(_choose, candidates, scores, metric)
        if choice is None:
            results.append(_idle(fold, left))
        else:
            found = await trade(fold.test, candidates[choice.row], left)
            results.append(_judged(fold, candidates[choice.row], choice, found, metric, left))
        left = results[-1].equity
        done(results[-1])
    paths = tuple(candidates[0].params) if candidates else ()
    drift = drift_of(paths, [one.place for one in results])
    return WalkForward(metric, anchored, tuple(results), drift, concatenate(results, seed))


def _choose(candidates: Sequence[Candidate], metrics: Floats, metric: str) -> _Choice | None:
    """The best neighbourhood of the training stretch; None where no candidate has a score."""
    scores = objective(metrics, metric)
    averaged = average_over_neighbours(candidates, scores)
    row = best(averaged, scores)
    return None if row is None else _Choice(row, float(scores[row]), float(averaged[row]))


def _judged(
    fold: Fold, chosen: Candidate, choice: _Choice, found: Outcomes, metric: str, capital: Decimal
) -> FoldResult:
    """What the chosen candidate came to on the test stretch."""
    sign = -1.0 if metric in LESS_IS_BETTER else 1.0
    figures = dict(zip(METRICS, map(_defined, found.metrics[0].tolist()), strict=True))
    return FoldResult(
        fold,
        chosen.params,
        chosen.place,
        in_sample=sign * choice.score,
        neighbourhood=sign * choice.averaged,
        out_of_sample=figures[metric],
        trades=int(found.counts[0, COUNTS.index("trades")]),
        avg_hold_hours=figures["avg_hold_hours"],
        capital=capital,
        equity=capital + of_float(float(found.totals[0, TOTALS.index("net")])),
        daily=tuple(found.daily[0].tolist()),
    )


def _idle(fold: Fold, capital: Decimal) -> FoldResult:
    """Nothing was chosen, or nothing is left to trade with."""
    days = (fold.test.end_ms - fold.test.start_ms) // DAY
    return FoldResult(fold, None, None, None, None, None, 0, None, capital, capital, (0.0,) * days)


def _defined(value: float) -> float | None:
    return None if math.isnan(value) else value

"""Trials in their order: by the metric, those without one last; beside each the average over its neighbourhood."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from fundarb.domain.result import METRICS, RunResult
from fundarb.domain.trial import COUNTS, TOTALS, Trial
from fundarb.reporting.sweep_table import RankedTrial
from fundarb.research.neighbourhood import LESS_IS_BETTER, average_over_neighbours, objective
from fundarb.research.search.candidates import Candidate, Candidates
from fundarb.research.search.runner import Found
from fundarb.research.search.space import Space
from fundarb.signals.panel import Floats, Stamps


@dataclass(frozen=True, slots=True, eq=False)
class Ranking:
    """Rows of what was found, best first, and the averaged metric of every row."""

    rows: Stamps
    averaged: Floats


def rank(found: Found, space: Space, metric: str) -> Ranking:
    """Order by the metric; equals in the order of the method."""
    scores = objective(found.metrics, metric)
    order = np.lexsort((np.arange(len(scores)), -np.nan_to_num(scores, nan=-np.inf)))
    averaged = average_over_neighbours(Candidates(space, found.numbers), scores)
    return Ranking(order.astype(np.int64), -averaged if metric in LESS_IS_BETTER else averaged)


def trial_of(found: Found, candidate: Candidate, row: int) -> Trial:
    """A row of what was found as a trial."""
    return Trial(
        number=candidate.number,
        params=candidate.params,
        place=candidate.place,
        metrics=dict(zip(METRICS, map(defined, found.metrics[row].tolist()), strict=True)),
        net=float(found.totals[row, TOTALS.index("net")]),
        counts=dict(zip(COUNTS, found.counts[row].tolist(), strict=True)),
    )


def exact_trial(candidate: Candidate, run: RunResult) -> Trial:
    """A trial as the exact lane tells it."""
    return Trial(
        number=candidate.number,
        params=candidate.params,
        place=candidate.place,
        metrics=run.metrics,
        net=float(run.totals.split.net),
        counts={name: getattr(run.counts, name) for name in COUNTS},
    )


def ranked(
    found: Found, ranking: Ranking, candidates: Sequence[Candidate], top: int, exact: Mapping[int, RunResult]
) -> tuple[RankedTrial, ...]:
    """The best, those in `exact` with exact figures."""
    results = []
    for place, row in enumerate(ranking.rows[:top].tolist(), 1):
        run, candidate = exact.get(row), candidates[row]
        trial = trial_of(found, candidate, row) if run is None else exact_trial(candidate, run)
        results.append(RankedTrial(place, trial, defined(float(ranking.averaged[row])), run is not None))
    return tuple(results)


def defined(value: float) -> float | None:
    """None for NaN."""
    return None if math.isnan(value) else value

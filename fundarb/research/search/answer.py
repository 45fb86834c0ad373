"""What a search answers: its results in order, what the lanes differed by, and what all of it is worth."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from fundarb.domain.folds import WalkForward
from fundarb.domain.honesty import Honesty
from fundarb.domain.instants import iso
from fundarb.domain.market import Span
from fundarb.domain.result import METRICS
from fundarb.domain.trial import COUNTS, Trial
from fundarb.reporting.folds_table import walk_forward_document
from fundarb.reporting.sweep_table import RankedTrial, result_document
from fundarb.reporting.verdict import Verdict, statistics_document, verdict_document
from fundarb.research.search.candidates import Candidates
from fundarb.research.search.ranking import defined, trial_of
from fundarb.research.search.runner import Found


@dataclass(frozen=True, slots=True, eq=False)
class SweepAnswer:
    """A search from its question to its verdict; `found` and `candidates` are all of it."""

    sweep_id: str
    span: Span
    metric: str
    lane: str
    paths: tuple[str, ...]
    count: int
    skipped: int
    recalled: int
    results: tuple[RankedTrial, ...]
    largest_difference: float | None
    walk: WalkForward | None
    honesty: Honesty
    verdict: Verdict
    found: Found
    candidates: Candidates

    @property
    def scores(self) -> list[float | None]:
        """The metric of every trial, in the order of the method."""
        return [defined(value) for value in self.found.metrics[:, METRICS.index(self.metric)].tolist()]

    @property
    def entries(self) -> int:
        """How many positions all trials together entered."""
        return int(self.found.counts[:, COUNTS.index("entries")].sum())

    @property
    def trials(self) -> list[Trial]:
        """Every trial, in the order of the method."""
        return [trial_of(self.found, candidate, row) for row, candidate in enumerate(self.candidates)]


def sweep_document(answer: SweepAnswer, seconds: float) -> dict[str, Any]:
    """The JSON of the contract."""
    return {
        "sweep_id": answer.sweep_id,
        "from": iso(answer.span.start_ms),
        "to": iso(answer.span.end_ms),
        "lane": answer.lane,
        "trials": answer.count,
        "skipped": answer.skipped,
        "seconds": round(seconds, 3),
        "metric": answer.metric,
        "results": [result_document(one) for one in answer.results],
        "largest_lane_difference": answer.largest_difference,
        "walk_forward": None if answer.walk is None else walk_forward_document(answer.walk),
        "statistics": statistics_document(answer.honesty),
        "verdict": verdict_document(answer.verdict),
    }

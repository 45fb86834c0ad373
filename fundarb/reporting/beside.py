"""Portfolios side by side: what each made of a year beyond the first, and whether the days so far can tell."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from fundarb.domain.result import RunResult
from fundarb.statistics.difference import ENOUGH_DAYS, Curve, Difference, difference_of

BESIDE_COLUMNS = ("ours", "theirs", "days", "annual", "low", "high", "enough", "decided", "words")


def beside_rows(runs: Sequence[RunResult]) -> list[dict[str, Any]]:
    """Each run but the first beside the first; figures are null where fewer than two days were seen by both."""
    base, *others = runs
    return [_row(each, base) for each in others]


def _row(ours: RunResult, theirs: RunResult) -> dict[str, Any]:
    found = difference_of(_curve(ours), _curve(theirs))
    figures = (found.days, found.annual, found.low, found.high) if found else (None,) * 4
    told = dict(zip(BESIDE_COLUMNS[2:6], figures, strict=True))
    judged = {"enough": bool(found and found.enough), "decided": bool(found and found.decided)}
    return {"ours": ours.run_id, "theirs": theirs.run_id, **told, **judged, "words": _words(ours, theirs, found)}


def _curve(run: RunResult) -> Curve:
    return Curve([at_ms for at_ms, _ in run.equity], [value for _, value in run.equity])


def _words(ours: RunResult, theirs: RunResult, found: Difference | None) -> str:
    if found is None:
        return "fewer than two whole days were seen by both"
    if not found.enough:
        return f"too early: {ENOUGH_DAYS - found.days} days are missing to two weeks"
    if not found.decided:
        return "either may be the better one"
    return f"{(ours if found.low > 0 else theirs).run_id} does better"

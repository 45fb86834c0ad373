"""The best trials of a sweep as rows: JSON by contract, flat for CSV, rounded and as wide as the terminal for people."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from fundarb.domain.money import canonical, score12
from fundarb.domain.result import METRICS
from fundarb.domain.trial import Trial
from fundarb.reporting.figures import amount, fitting
from fundarb.reporting.run_table import PERCENTS
from fundarb.reporting.run_table import rounded as rounded_run
from fundarb.reporting.short_names import short_names

PLACES_OF_FRACTIONS = frozenset({"cagr", "turnover", "funding_capture", "return_on_capital"})


@dataclass(frozen=True, slots=True)
class RankedTrial:
    """A trial in its place; `neighbourhood` is the metric averaged over the sets one step away, `confirmed` whether the
    exact lane has said the same."""

    rank: int
    trial: Trial
    neighbourhood: float | None
    confirmed: bool


def result_document(one: RankedTrial) -> dict[str, Any]:
    """An element of `results`."""
    trial = one.trial
    return {
        "rank": one.rank,
        "params": dict(trial.params),
        "metrics": {name: trial.metrics.get(name) for name in METRICS},
        "neighbourhood": one.neighbourhood,
        "net": canonical(score12(trial.net)),
        "counts": dict(trial.counts),
        "confirmed": one.confirmed,
    }


def result_columns(paths: Sequence[str]) -> tuple[str, ...]:
    """Of CSV and of the table in full."""
    return ("rank", *paths, "neighbourhood", "net", "trades", *METRICS, "confirmed")


def result_rows(results: Sequence[RankedTrial]) -> list[dict[str, Any]]:
    """One row a result under `result_columns`."""
    return [
        {
            "rank": one.rank,
            **one.trial.params,
            "neighbourhood": one.neighbourhood,
            "net": canonical(score12(one.trial.net)),
            "trades": one.trial.counts.get("trades", 0),
            **{name: one.trial.metrics.get(name) for name in METRICS},
            "confirmed": one.confirmed,
        }
        for one in results
    ]


def people_results(
    results: Sequence[RankedTrial], paths: Sequence[str], metric: str, width: int
) -> tuple[tuple[str, ...], list[dict[str, Any]]]:
    """What fits, the metric ranked by first; parameters by their short names, those that are null as `null`."""
    shown = short_names(paths)
    names = tuple(shown[path] for path in paths)
    rows = [
        {
            **{name: rounded_metric(name, row[name]) for name in METRICS},
            **{shown[path]: "null" if row[path] is None else row[path] for path in paths},
            "rank": row["rank"],
            "neighbourhood": rounded_metric(metric, row["neighbourhood"]),
            "net": amount(row["net"]),
            "trades": row["trades"],
            "confirmed": "yes" if row["confirmed"] else "no",
        }
        for row in result_rows(results)
    ]
    columns = ("rank", *names, metric, "neighbourhood", "net", "trades", *_others(metric), "confirmed")
    wanted = ("rank", metric, *names, "neighbourhood", "confirmed", "net", "trades", *_others(metric))
    return fitting(columns, wanted, rows, width), rows


def _others(metric: str) -> tuple[str, ...]:
    return tuple(name for name in METRICS if name != metric)


def rounded_metric(name: str, value: float | None) -> Any:
    """Shares as percentages, ratios of small numbers at four decimals, other figures at two."""
    if name in PERCENTS:
        return rounded_run(name, value)
    return amount(value, 4 if name in PLACES_OF_FRACTIONS else 2)

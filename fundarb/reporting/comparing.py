"""Runs side by side: every figure of the first beside that of each other, with the difference; parameters that differ."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from fundarb.domain.money import canonical
from fundarb.domain.result import RunResult
from fundarb.reporting.figures import amount, percent, significant
from fundarb.reporting.run_document import run_document
from fundarb.reporting.run_table import PERCENTS

Value = str | int | float | None
COMPARISON_COLUMNS = ("figure", "base_run", "base_mode", "base", "run_id", "mode", "value", "difference")
HASH_DIGITS = 12  # enough to tell two apart
CIRCUMSTANCES = ("mode", "from", "to", "data_hash")


@dataclass(frozen=True, slots=True)
class Compared:
    """One figure of all runs, the base first; `differences` against the base, None where there is none to take."""

    figure: str
    values: tuple[Value, ...]
    differences: tuple[Value, ...]


def compare_runs(runs: Sequence[RunResult]) -> list[Compared]:
    """Totals, metrics and counts of all runs; circumstances and parameters only where they are not the same."""
    documents = [run_document(run, trades=False, equity=False) for run in runs]
    figures = [
        *(_row(name, [document[name] for document in documents]) for name in CIRCUMSTANCES),
        *(_row(f"params.{name}", values) for name, values in _aligned([document["params"] for document in documents])),
    ]
    unlike = [row for row in figures if len(set(row.values)) > 1]
    for group in ("totals", "metrics", "counts"):
        unlike += [_row(name, values) for name, values in _aligned([_flat(document[group]) for document in documents])]
    return unlike


def comparison_document(runs: Sequence[RunResult]) -> list[dict[str, Any]]:
    """`[{"figure", "values": [base, …], "differences": [null, …]}]`, in the order of the runs."""
    return [
        {"figure": row.figure, "values": list(row.values), "differences": [None, *row.differences]}
        for row in compare_runs(runs)
    ]


def comparison_rows(runs: Sequence[RunResult]) -> list[dict[str, Any]]:
    """One row a figure and compared run, under COMPARISON_COLUMNS."""
    base, others = runs[0], runs[1:]
    return [
        {
            "figure": row.figure,
            "base_run": base.run_id,
            "base_mode": base.mode,
            "base": row.values[0],
            "run_id": other.run_id,
            "mode": other.mode,
            "value": value,
            "difference": difference,
        }
        for row in compare_runs(runs)
        for other, value, difference in zip(others, row.values[1:], row.differences, strict=True)
    ]


def side_by_side(runs: Sequence[RunResult]) -> tuple[tuple[str, ...], list[dict[str, Any]]]:
    """For people: a column a run, each but the first followed by its difference, rounded."""
    names = [f"{run.mode} {run.run_id[:8]}" for run in runs]
    columns = ("figure", names[0], *(title for name in names[1:] for title in (name, f"change to {name}")))
    rows = []
    for row in compare_runs(runs):
        row_cells: dict[str, Any] = {"figure": row.figure, names[0]: _shown(row.figure, row.values[0])}
        for name, value, difference in zip(names[1:], row.values[1:], row.differences, strict=True):
            row_cells |= {name: _shown(row.figure, value), f"change to {name}": _shown(row.figure, difference)}
        rows.append(row_cells)
    return columns, rows


def _shown(figure: str, value: Value) -> Any:
    """Amounts at two decimals, shares as percentages, statistics at six digits; parameters and words as they are, of a hash
    its beginning."""
    if figure == "data_hash":
        return None if value is None else str(value)[:HASH_DIGITS]
    if isinstance(value, str) and not figure.startswith("params."):
        try:
            return amount(Decimal(value))
        except ArithmeticError:
            return value
    return percent(value) if figure in PERCENTS and not isinstance(value, str) else significant(value)


def _row(figure: str, values: Sequence[Value]) -> Compared:
    return Compared(figure, tuple(values), tuple(_difference(values[0], value) for value in values[1:]))


def _difference(base: Value, value: Value) -> Value:
    """Exact between amounts, a float between statistics; none where one is missing or is no number."""
    if isinstance(base, str) and isinstance(value, str):
        try:
            return canonical(Decimal(value) - Decimal(base))
        except ArithmeticError:
            return None
    if base is None or value is None or isinstance(base, str) or isinstance(value, str):
        return None
    return value - base


def _flat(group: Mapping[str, Any]) -> dict[str, Value]:
    """`refused` as `refused.reason`."""
    flat: dict[str, Value] = {}
    for name, value in group.items():
        if isinstance(value, Mapping):
            flat |= {f"{name}.{inner}": count for inner, count in value.items()}
        else:
            flat[name] = value
    return flat


def _aligned(groups: Sequence[Mapping[str, Value]]) -> Iterator[tuple[str, list[Value]]]:
    """Every name of any group with its values; a reason nobody counted is 0."""
    for name in dict.fromkeys(name for group in groups for name in group):
        yield name, [group.get(name, 0 if name.startswith("refused.") else None) for group in groups]

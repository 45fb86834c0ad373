"""Runs side by side: exact differences of amounts, parameters only where they are not the same."""

from __future__ import annotations

from dataclasses import replace
from decimal import Decimal

from fundarb.domain.money import canonical
from fundarb.domain.result import METRICS
from fundarb.reporting.comparing import (
    COMPARISON_COLUMNS,
    compare_runs,
    comparison_document,
    comparison_rows,
    side_by_side,
)
from tests.reporting.runs import runs_of

RUN = next(run for run in runs_of("m01_golden") if run.trades)
OTHER = replace(
    RUN,
    run_id="0123456789abcdef",
    params={**RUN.params, "capital": "20000"},
    totals=replace(RUN.totals, equity=RUN.totals.equity + Decimal("0.000000000000001")),
    metrics={**RUN.metrics, "win_rate": None},
    counts=replace(RUN.counts, trades=RUN.counts.trades + 3, refused={"illiquid": 4}),
)


def test_amounts_differ_exactly_counts_as_numbers_and_undefined_by_nothing() -> None:
    rows = {row.figure: row for row in compare_runs([RUN, OTHER])}
    assert rows["equity"].differences == ("0.000000000000001",)
    assert rows["net"].differences == ("0",)
    assert rows["trades"].differences == (3,)
    assert rows["win_rate"].values[1] is None
    assert rows["win_rate"].differences == (None,)
    assert rows["refused.illiquid"].values == (0, 4)
    assert set(METRICS) <= set(rows)


def test_parameters_and_circumstances_stand_there_only_where_they_differ() -> None:
    named = [row.figure for row in compare_runs([RUN, OTHER])]
    assert [name for name in named if name.startswith("params.")] == ["params.capital"]
    assert not {"mode", "from", "to", "data_hash"} & set(named)
    later = replace(OTHER, mode="composite", to_ms=RUN.to_ms + 1)
    assert {"mode", "to"} <= {row.figure for row in compare_runs([RUN, later])}


def test_rows_name_both_runs_and_the_document_keeps_the_order() -> None:
    rows = comparison_rows([RUN, OTHER])
    assert all(tuple(row) == COMPARISON_COLUMNS for row in rows)
    assert {(row["base_run"], row["run_id"]) for row in rows} == {(RUN.run_id, OTHER.run_id)}
    equity = next(row for row in comparison_document([RUN, OTHER]) if row["figure"] == "equity")
    assert equity["values"] == [canonical(RUN.totals.equity), canonical(OTHER.totals.equity)]
    assert equity["differences"] == [None, "0.000000000000001"]


def test_for_people_every_run_has_a_column_and_every_other_one_its_change() -> None:
    columns, rows = side_by_side([RUN, OTHER])
    assert columns == (
        "figure",
        f"{RUN.mode} {RUN.run_id[:8]}",
        f"{OTHER.mode} 01234567",
        f"change to {OTHER.mode} 01234567",
    )
    net = next(row for row in rows if row["figure"] == "net")
    assert [str(cell) for cell in net.values()][1:] == [f"{float(RUN.totals.split.net):,.2f}"] * 2 + ["0.00"]

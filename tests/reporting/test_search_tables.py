"""Results of a sweep and folds of a walk-forward, as JSON, CSV rows, and tables that fit."""

from __future__ import annotations

import json
from dataclasses import replace

import pytest

from fundarb.domain.folds import Drift
from fundarb.domain.instants import DAY
from fundarb.domain.result import METRICS
from fundarb.reporting.folds_table import folds_words, people_folds, walk_forward_document
from fundarb.reporting.sweep_table import RankedTrial, people_results, result_columns, result_document, result_rows
from tests.reporting.trials import ENTRY, EXIT, LATER, fold, trial, walk

PATHS = (ENTRY, EXIT)
END_MS = fold(2, None).fold.test.end_ms
RANKED = [
    RankedTrial(1, trial(7, {ENTRY: "0.0003", EXIT: None}, (0, 1), 2.3456), 1.9876, confirmed=True),
    RankedTrial(2, trial(2, {ENTRY: "0.0001", EXIT: "0"}, (1, 1), None), None, confirmed=False),
]


def test_a_result_is_the_object_of_the_contract() -> None:
    document = result_document(RANKED[0])
    assert json.loads(json.dumps(document, allow_nan=False)) == document
    assert (document["rank"], document["neighbourhood"], document["confirmed"]) == (1, 1.9876, True)
    assert document["params"] == {ENTRY: "0.0003", EXIT: None}
    assert tuple(document["metrics"]) == METRICS
    assert document["net"] == "12.345678901235"
    assert result_document(RANKED[1])["metrics"]["sharpe_daily"] is None


def test_rows_have_every_column_and_parameters_under_their_paths() -> None:
    rows = result_rows(RANKED)
    assert all(tuple(sorted(row)) == tuple(sorted(result_columns(PATHS))) for row in rows)
    assert [row[EXIT] for row in rows] == [None, "0"]
    assert [row["sharpe_daily"] for row in rows] == [2.3456, None]


@pytest.mark.parametrize("width", [60, 80, 120, 400])
def test_the_table_fits_and_shows_the_metric_and_parameters_first(width: int) -> None:
    columns, rows = people_results(RANKED, PATHS, "sharpe_daily", width)
    assert columns[:4] == ("rank", "entry", "exit", "sharpe_daily")
    needed = sum(max(len(name), *(len(str(row[name] or "")) for row in rows)) + 2 for name in columns) - 2
    assert needed <= width
    assert rows[0]["exit"] == "null"
    assert str(rows[0]["sharpe_daily"]) == "2.35"
    assert str(rows[0]["neighbourhood"]) == "1.99"
    assert str(rows[0]["max_drawdown"]) == "12.50%"
    assert width < 400 or set(METRICS) - {"profit_factor"} <= set(columns)


def test_a_walk_forward_is_the_object_of_the_contract() -> None:
    drift = (Drift(ENTRY, (1, 0), 0.5, stable=True),)
    document = walk_forward_document(walk(fold(1, {ENTRY: "1", EXIT: None}), fold(2, None), drift=drift))
    assert json.loads(json.dumps(document, allow_nan=False)) == document
    first, second = document["folds"]
    assert (first["train_from"], first["train_to"]) == ("2024-01-31T00:00:00Z", "2024-04-23T00:00:00Z")
    assert (first["test_from"], first["test_to"]) == ("2024-04-30T00:00:00Z", "2024-05-30T00:00:00Z")
    assert (first["params"], first["net"], first["capital"], first["equity"]) == (
        {ENTRY: "1", EXIT: None},
        "12.5",
        "10000",
        "10012.5",
    )
    assert (second["params"], second["out_of_sample"], second["net"]) == (None, None, "0")
    assert document["drift"] == [{"path": ENTRY, "steps": [1, 0], "median": 0.5, "stable": True}]
    assert document["out_of_sample"]["sharpe_low"] == 1.1
    assert document["out_of_sample"]["net"] == "1234.5"


@pytest.mark.parametrize("width", [70, 100, 300])
def test_folds_fit_the_terminal_the_outcome_first(width: int) -> None:
    columns, rows = people_folds(walk(fold(1, {ENTRY: "1", EXIT: None}), fold(2, None)), width)
    needed = sum(max(len(name), *(len(str(row[name] or "")) for row in rows)) + 2 for name in columns) - 2
    assert needed <= width
    assert {"fold", "test_from", "out_of_sample", "in_sample", "entry", "exit"} <= set(columns)
    assert (rows[0]["exit"], rows[1]["exit"], rows[1]["entry"]) == ("null", None, None)
    assert rows[0]["test_from"] == "2024-04-30"
    assert width < 300 or columns[-1] == "equity"


def test_words_say_what_edges_cost_and_where_capital_lay_idle() -> None:
    words = list(folds_words(walk(fold(1, {ENTRY: "1"}), fold(2, None)), END_MS))
    assert words[0].startswith(
        "out of sample: 1,234.50 on 360 days in 2 stretches, a Sharpe of 3.20 (95 %: 1.10 to 5.30)"
    )
    assert "a round trip each" in words[0]
    assert words[1] == "nothing to choose in fold 2: no set had a sharpe_daily there, so the capital lay idle"
    assert len(words) == 2


def test_words_say_why_there_is_no_interval_or_no_sharpe() -> None:
    out = replace(LATER, sharpe_daily=None, sharpe_low=None, sharpe_high=None, lacking="15 daily returns")
    words = list(folds_words(walk(fold(1, {ENTRY: "1"}), out=out), END_MS - 29 * DAY))
    assert "in 1 stretch, no Sharpe;" in words[0]
    assert words[1] == "no interval of that Sharpe: 15 daily returns"
    assert words[2] == "the last 1 day of the range fills no test stretch"


@pytest.mark.parametrize(
    ("stable", "words"),
    [
        (True, "the choice stays where it is"),
        (False, "the choice drifts from fold to fold: strategy.simple.entry (3 steps)"),
    ],
)
def test_words_say_whether_the_choice_drifts(stable: bool, words: str) -> None:
    drift = (Drift(ENTRY, (3, 3), 3.0, stable), Drift(EXIT, (0, 1), 0.5, stable=True))
    assert list(folds_words(walk(fold(2, {ENTRY: "1"}), drift=drift), END_MS))[-1].startswith(words)

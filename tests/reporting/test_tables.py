"""Tables for people: rounded, as wide as there is room, and every doubt in words; a plot that needs no colour."""

from __future__ import annotations

from dataclasses import replace
from decimal import Decimal

import pytest

from fundarb.domain.result import FLAGS
from fundarb.reporting.charts.terminal import equity_plot
from fundarb.reporting.doubts import doubts, exclusion_rows, exclusions
from fundarb.reporting.figures import amount, fitting, percent, significant
from fundarb.reporting.run_list import listed
from fundarb.reporting.run_table import FIRST, TABLE_COLUMNS, run_table
from tests.reporting.runs import runs_of

RUN = next(run for run in runs_of("m01_golden") if run.trades)


@pytest.mark.parametrize(
    ("shown", "text"),
    [
        (amount("1234567.891"), "1,234,567.89"),
        (amount(Decimal("-0.001")), "0.00"),
        (amount(Decimal("0.015")), "0.01"),
        (percent(0.06834), "6.83%"),
        (percent("0.0000125", 4), "0.0013%"),
        (percent(-0.00001), "0.00%"),
        (significant(0.123456789), "0.123457"),
        (significant(12), "12"),
    ],
)
def test_figures_are_rounded_text_and_still_numbers(shown: float, text: str) -> None:
    assert str(shown) == text
    assert isinstance(shown, int | float)


def test_what_is_undefined_stays_so() -> None:
    assert (amount(None), percent(None), significant(None)) == (None, None, None)


def test_columns_that_fit_are_chosen_by_importance_and_keep_their_order() -> None:
    rows = [{"a": "x" * 5, "b": "y" * 30, "c": "z", "d": None}]
    assert fitting(("a", "b", "c", "d"), ("b", "c", "a", "d"), rows, 120) == ("a", "b", "c")
    assert fitting(("a", "b", "c", "d"), ("c", "b", "a", "d"), rows, 10) == ("a", "c")


def test_stored_runs_are_listed_with_ids_that_can_be_typed() -> None:
    stamps = {"from": "2024-01-01T00:00:00Z", "to": "2024-02-01T00:00:00Z", "stored_at": "2024-02-02T03:04:05.678Z"}
    ids = {"run_id": "0123456789abcdef", "group": "fedcba987654", "role": "benchmark", "mode": "composite"}
    columns, (row,) = listed([{**ids, **stamps, "net": "-1234.5678901234", "trades": 7}], 100)
    assert (row["run_id"], row["group"], row["stored_at"]) == ("01234567", "fedcba98", "2024-02-02 03:04")
    assert str(row["net"]) == "-1,234.57"
    assert columns[:4] == ("run_id", "group", "role", "mode")
    assert sum(max(len(name), len(str(row[name]))) + 2 for name in columns) <= 102


@pytest.mark.parametrize("width", [80, 100, 120, 400])
def test_a_table_of_runs_is_never_wider_than_asked(width: int) -> None:
    rows = run_table([("run", RUN), ("benchmark", replace(RUN, mode="composite"))])
    columns = fitting(TABLE_COLUMNS, FIRST, rows, width)
    needed = sum(max(len(name), *(len(str(row[name])) for row in rows)) + 2 for name in columns) - 2
    assert needed <= width
    assert [name for name in columns if name != "curve"][:4] == ["role", "mode", "net", "apr_on_capital"]
    assert width < 100 or "curve" in columns
    assert width < 400 or {"fees", "slippage", "other", "run_id"} <= set(columns)


@pytest.mark.parametrize("flag", FLAGS)
def test_every_flag_has_words_of_its_own(flag: str) -> None:
    (sentence,) = doubts([replace(RUN, flags=(flag,), open=RUN.trades)])
    assert flag not in sentence
    assert len(sentence.split()) > 5
    assert doubts([replace(RUN, flags=(flag,))], said=(flag,)) == []


def test_equal_doubts_of_several_runs_are_said_once() -> None:
    flagged = replace(RUN, flags=("missing_settlements",))
    assert len(doubts([flagged, replace(flagged, mode="composite")])) == 1


def test_excluded_pairs_are_named_by_reason_and_listed_whole() -> None:
    excluded = {f"P{n}/USDT:USDT": "untradable" for n in range(7)} | {"Q/USDT:USDT": "no_spot_market"}
    run = replace(RUN, excluded=excluded)
    first, second = exclusions([run, run])
    assert first.startswith("excluded, no settlement finds candles of both legs: P0/USDT:USDT, ")
    assert first.endswith(" and 2 more")
    assert second == "excluded, no spot market: Q/USDT:USDT"
    assert [(row["pair"], row["reason"]) for row in exclusion_rows([run])] == list(excluded.items())


def test_a_plot_has_a_curve_a_run_and_fits_its_width() -> None:
    page = equity_plot([RUN, replace(RUN, mode="composite")], 90)
    lines = page.splitlines()
    assert 10 <= len(lines) <= 16
    assert max(map(len, lines)) <= 90
    assert "equity of composite" in page
    assert "\x1b" not in page
    assert equity_plot([RUN, replace(RUN, mode="composite")], 90) == page


def test_nothing_is_plotted_without_samples_or_room() -> None:
    assert equity_plot([replace(RUN, equity=RUN.equity[:1])], 90) == ""
    assert equity_plot([RUN], 30) == ""


def test_equity_that_never_moves_can_be_plotted() -> None:
    flat = replace(RUN, equity=tuple((at_ms, Decimal(100)) for at_ms, _ in RUN.equity))
    assert "100.00" in equity_plot([flat], 80)

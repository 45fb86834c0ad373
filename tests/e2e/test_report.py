"""`fundarb report` from end to end: what was printed once can be printed again, taken apart, and put side by side."""

from __future__ import annotations

import shutil
from decimal import Decimal
from pathlib import Path

import pytest

from fundarb.reporting.comparing import COMPARISON_COLUMNS
from fundarb.reporting.payments import RUN_PAYMENT_COLUMNS
from fundarb.reporting.run_document import SPLIT
from tests.e2e.asking import LOW, ask, document, table
from tests.e2e.test_data import in_terminal

BOTH = "backtest --mode simple,composite"


@pytest.fixture(scope="module")
def kept(filled: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A directory with two invocations stored, read by every test here and changed by none."""
    directory = tmp_path_factory.mktemp("kept") / "here"
    shutil.copytree(filled, directory)
    ask(BOTH, directory)
    (directory / "printed.json").write_text(ask(f"{BOTH} --trades --equity --format json", directory, *LOW).stdout)
    return directory


def test_latest_prints_the_very_object_that_backtest_printed(kept: Path) -> None:
    printed = (kept / "printed.json").read_text()
    assert ask("report latest --trades --equity --format json", kept).stdout == printed
    assert ask("report --trades --equity --format json", kept).stdout == printed


def test_a_run_is_found_by_its_id_with_the_benchmarks_beside_it(kept: Path) -> None:
    whole = document("report", kept)
    wanted = whole["runs"][1]
    for name in (wanted["run_id"], wanted["run_id"][:8]):
        assert document(f"report {name}", kept) == {"runs": [wanted], "benchmarks": whole["benchmarks"]}


def test_the_list_has_every_invocation_the_newest_first(kept: Path) -> None:
    rows = table("report list", kept)
    assert [row["mode"] for row in rows] == ["simple", "composite", "cash", "hold"] * 2
    assert [row["role"] for row in rows[:4]] == ["run", "run", "benchmark", "benchmark"]
    assert rows[0]["stored_at"] > rows[4]["stored_at"]
    assert rows[0]["group"] != rows[4]["group"]
    by_group = document(f"report {rows[4]['group']}", kept)
    assert [run["run_id"] for run in by_group["runs"]] == [row["run_id"] for row in rows[4:6]]


@pytest.mark.parametrize("by", ["pair", "reason", "month"])
def test_parts_in_json_and_csv_add_up_to_the_totals(by: str, kept: Path) -> None:
    whole = document(f"report --by {by}", kept)
    rows = table(f"report --by {by}", kept)
    assert list(rows[0]) == ["run_id", "mode", by, "trades", "wins", *SPLIT]
    for run in whole["runs"]:
        own = [row for row in rows if row["run_id"] == run["run_id"]]
        assert [row[by] for row in own] == [part[by] for part in run["by"][by]]
        for name in SPLIT:
            assert sum(Decimal(row[name]) for row in own) == Decimal(run["totals"][name])


def test_payments_are_listed_one_by_one_and_add_up(kept: Path) -> None:
    rows = table("report --funding", kept)
    assert tuple(rows[0]) == RUN_PAYMENT_COLUMNS
    for run in document("report --funding", kept)["runs"]:
        own = [Decimal(row["payment"]) for row in rows if row["run_id"] == run["run_id"]]
        assert sum(own, Decimal(0)) == Decimal(run["totals"]["funding"])
        assert len(own) == len(run["funding"])


def test_runs_side_by_side_show_the_parameters_that_differ_and_exact_differences(kept: Path) -> None:
    ids = [row["run_id"] for row in table("report list", kept)]
    rows = table(f"report {ids[0]} --compare {ids[4]}", kept)
    assert tuple(rows[0]) == COMPARISON_COLUMNS
    by_figure = {row["figure"]: row for row in rows}
    assert by_figure["params.strategy.simple.entry"]["base"] == "0.0001"
    assert by_figure["params.strategy.simple.entry"]["value"] == "0.0003"
    net = by_figure["net"]
    assert Decimal(net["difference"]) == Decimal(net["value"]) - Decimal(net["base"])
    whole = document(f"report {ids[0]} --compare {ids[4]},{ids[5]}", kept)
    assert [run["run_id"] for run in whole["runs"]] == [ids[0], ids[4], ids[5]]
    assert all(len(row["values"]) == len(row["differences"]) == 3 for row in whole["comparison"])
    shown = ask(f"report {ids[0]} --compare {ids[4]} --format table", kept).stdout
    assert shown.startswith("figure  ")
    assert f"change to simple {ids[4][:8]}" in shown.splitlines()[0]


def test_excluded_pairs_are_listed_with_the_reason(here: Path) -> None:
    head = (here / "instruments.csv").read_text().splitlines()[0]
    (here / "more.csv").write_text(
        f"{head}\nODD/USDT:USDT,,1,1,1,5,,,,1704067200000,\nBARE/USDT:USDT,BARE/USDT,1,1,1,5,1,1,5,1704067200000,\n"
    )
    (here / "rates.csv").write_text(
        "symbol,timestamp_ms,rate\n"
        + "".join(
            f"{base}/USDT:USDT,{1704067200000 + n * 28800000},0.0001\n" for base in ("ODD", "BARE") for n in range(9)
        )
    )
    ask("data import --instruments more.csv --funding rates.csv", here)
    said = ask("backtest", here).stderr
    assert "excluded, no spot market: ODD/USDT:USDT" in said
    assert "1 pair could not trade for want of candles of both legs: BARE/USDT:USDT" in said
    rows = table("report --excluded", here)
    assert [(row["pair"], row["reason"]) for row in rows] == [
        ("ODD/USDT:USDT", "no_spot_market"),
        ("BARE/USDT:USDT", "untradable"),
    ]
    assert document("report", here)["runs"][0]["excluded"] == {row["pair"]: row["reason"] for row in rows}


def test_a_table_of_parts_fits_100_columns(kept: Path) -> None:
    page = in_terminal("report --by month --no-color", kept)
    assert max(len(line.rstrip()) for line in page.splitlines()) <= 100
    assert "2024-01" in page


@pytest.mark.parametrize(
    ("line", "code", "words"),
    [
        ("report nonsense", 2, "no stored run is called 'nonsense'; `fundarb report list` shows them"),
        ("report --by week", 2, "--by week: no such part; choose from pair, reason, month"),
        ("report --trades --by pair --format csv", 2, "--trades and --by are different tables"),
        ("report --equity --compare latest --format table", 2, "--equity and --compare are different tables"),
        ("report --compare ,", 2, "--compare names no run; `fundarb report list` shows them"),
        ("report list --trades", 2, "--trades of which run? `list` only names them"),
        ("report list --by pair --compare latest --format json", 2, "--by and --compare of which run?"),
        ("report --compare nonsense", 2, "no stored run is called 'nonsense'"),
        ("report --db nowhere.db", 3, "nowhere.db: no such database"),
    ],
)
def test_what_is_not_there_is_refused(line: str, code: int, words: str, kept: Path) -> None:
    done = ask(line, kept, code=code)
    assert done.stdout == ""
    assert words in done.stderr


@pytest.mark.parametrize("line", ["report", "report latest", "report list"])
def test_where_nothing_is_stored_this_is_said(line: str, here: Path) -> None:
    done = ask(line, here, code=3)
    assert done.stdout == ""
    assert "no runs are stored yet; `fundarb backtest` stores them" in done.stderr


def test_one_run_cannot_be_compared_with_itself(kept: Path) -> None:
    run_id = table("report list", kept)[0]["run_id"]
    done = ask(f"report {run_id} --compare {run_id}", kept, code=2)
    assert "there is only one run to compare" in done.stderr

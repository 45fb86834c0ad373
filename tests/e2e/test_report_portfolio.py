"""What `report` says of a portfolio: a day of paper, stepped, asked for in every way there is."""

from __future__ import annotations

import csv
import io
import json
import re
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest

from fundarb.domain.instants import parse_instant
from fundarb.domain.ledger import LedgerLine, LineKind
from tests.cli.processes import fundarb
from tests.e2e.trading import ledger, running, stopped, until
from tests.sandbox.running import spawned_sandbox

RATES = (
    "--set",
    "strategy.simple.entry=0.00009",
    "--set",
    "strategy.simple.exit=0.000089",
    "--set",
    "sizing.size_usd=500",
)
LAST = "2026-01-11T08:00:00Z"


@pytest.fixture(scope="module")
def traded(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Where the store of a paper trader lies that opened, was paid, closed and stopped."""
    cwd = tmp_path_factory.mktemp("traded")
    with (
        spawned_sandbox("--pairs", "12", "--start", "2026-01-10T08:00Z", "--speed", "step") as venue,
        running(venue.url, cwd, "--mode", "simple", "--set", "trade.poll=2h", *RATES) as process,
    ):
        until(process, "cycle", LAST)
        stopped(process)
    return cwd


def asked(cwd: Path, *words: str) -> Any:
    """What `report paper` answers as JSON."""
    done = fundarb("report", "paper", *words, "--format", "json", cwd=cwd)
    assert done.returncode == 0, done.stderr
    return json.loads(done.stdout)


def of_kind(cwd: Path, kind: LineKind) -> list[LedgerLine]:
    return [line for line in ledger(cwd) if line.kind is kind]


def test_each_payment_stands_beside_what_was_expected_of_it(traded: Path) -> None:
    paid = of_kind(traded, LineKind.FUNDING)
    done = fundarb("report", "paper", "--funding", cwd=traded)
    rows = list(csv.DictReader(io.StringIO(done.stdout)))
    assert [Decimal(row["payment"]) for row in rows] == [line.cash for line in paid]
    assert [row["expected"] for row in rows] == [row["payment"] for row in rows]
    assert {(row["difference"], row["flagged"]) for row in rows} == {("0", "")}
    assert len(paid) > 3
    assert f"{len(paid)} payments: booked" in done.stderr
    assert "none flagged" in done.stderr
    (run,) = asked(traded, "--funding", "--trades")["runs"]
    assert [row["payment"] for row in run["funding"]] == [row["payment"] for row in rows]
    assert run["trades"]


def test_a_tax_year_is_the_whole_ledger_with_balances_that_follow_from_it(traded: Path) -> None:
    done = fundarb("report", "paper", "--tax-year", "2026", cwd=traded)
    rows = list(csv.DictReader(io.StringIO(done.stdout)))
    lines = ledger(traded)
    assert [(row["kind"], Decimal(row["cash"])) for row in rows] == [(line.kind, line.cash) for line in lines]
    running_cash = Decimal(0)
    for row in rows:
        running_cash += Decimal(row["cash"])
        assert Decimal(row["cash_after"]) == running_cash
    (run,) = asked(traded, "--trades")["runs"]
    assert [row["trade_net"] for row in rows if row["trade_net"]] == [trade["net"] for trade in run["trades"]]
    last = {row["pair"]: (row["spot_after"], row["perp_after"]) for row in rows if row["pair"]}
    held = {trade["pair"] for trade in run["open"]}
    assert {pair for pair, after in last.items() if after != ("0", "0")} == held
    none = fundarb("report", "paper", "--tax-year", "2019", cwd=traded)
    assert (none.returncode, none.stdout) == (3, "")
    assert "no line in 2019 (UTC); its lines are of 2026-01-10T08:00:00" in none.stderr


def test_predictions_are_nearer_to_what_settles_the_nearer_it_is(traded: Path) -> None:
    rows = asked(traded, "--predicted")["predicted"]
    assert {row["before"] for row in rows} <= {"0-15 min", "15-30 min", "30-60 min", "1-2 h", "2-4 h", "4-8 h"}
    assert len(rows) > 1
    assert rows[0]["mean_error_bp"] < rows[-1]["mean_error_bp"]
    assert all(row["looks"] >= row["settlements"] > 0 for row in rows)
    said = fundarb("report", "paper", "--predicted", cwd=traded).stderr
    assert re.search(r"to be had \d+\.\d s after the settlement \(median of \d+, at most \d+\.\d s\)", said), said


def test_paper_beside_a_backtest_of_what_it_recorded_differs_in_prices_only(traded: Path) -> None:
    (replayed,) = asked(traded, "--replayed")["replayed"]
    assert (replayed["from"], replayed["to"]) == ("2026-01-10T08:00:00Z", LAST)
    lines = replayed["lines"]
    assert {row["kind"] for row in lines} == {"fill", "funding"}
    payments = [row for row in lines if row["kind"] == "funding"]
    assert {row["why"] for row in payments} == {"same"}
    assert {row["why"] for row in lines} == {"same", "price"}
    assert replayed["causes"]["same"]["difference"] == "0"
    of_prices = sum(Decimal(row["difference"]) for row in lines)
    assert Decimal(replayed["causes"]["price"]["difference"]) == of_prices != 0
    assert len(payments) == sum(line.at_ms < parse_instant(LAST) for line in of_kind(traded, LineKind.FUNDING))


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (("--tax-year", "twenty"), "--tax-year twenty: no such year; write one from 2009 to 2100"),
        (("--predicted", "--trades"), "--predicted stands alone; leave out --trades"),
        (("--replayed", "--tax-year", "2026"), "--tax-year stands alone; leave out --replayed"),
    ],
)
def test_what_stands_alone_is_asked_for_alone(words: tuple[str, ...], said: str, traded: Path) -> None:
    done = fundarb("report", "paper", *words, cwd=traded)
    assert (done.returncode, done.stdout) == (2, "")
    assert said in done.stderr


def test_a_portfolio_has_a_page_as_a_run_has(traded: Path, tmp_path: Path) -> None:
    done = fundarb("report", "paper", "--html", tmp_path / "page.html", cwd=traded)
    assert done.returncode == 0, done.stderr
    page, (run,) = (tmp_path / "page.html").read_text("utf-8"), asked(traded, "--trades")["runs"]
    assert "<h1>paper</h1>" in page
    assert "Paper trading · 2026-01-10 08:00 to 2026-01-11 08:00 UTC" in page
    assert f'data-figure="net">{float(run["totals"]["net"]):,.2f}</dd>' in page
    traded_pairs = {trade["pair"] for trade in (*run["trades"], *run["open"])}
    assert page.count('data-chart="pair-') == len(traded_pairs)

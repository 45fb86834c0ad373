"""`fundarb signals` from end to end: the opportunity table of a moment, its contract, and what it refuses."""

from __future__ import annotations

import json
import subprocess
import sys
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest

from fundarb.reporting.opportunity_table import COLUMNS
from fundarb.signals.composite import COMPONENTS
from tests.cli.processes import ROOT, call, environment
from tests.e2e.asking import LOW, ask, ask_cold, document, table
from tests.e2e.test_data import in_terminal

FIELDS = [
    *("pair", "settled_at", "interval_h", "rate", "rate_8h", "apr", "forecast", "components", "score"),
    *("enter", "exit", "held", "reason", "break_even_settlements", "expected_net_bp", "flags"),
]
HELD = """
import asyncio, sys
from pathlib import Path
from fundarb.accounting.fees import PairCosts
from fundarb.accounting.lines import open_lines
from fundarb.adapters.sqlite.connection import open_store
from fundarb.adapters.sqlite.journal import SqliteJournal
from fundarb.adapters.sqlite.market_reader import SqliteMarketReader
from fundarb.domain.instants import LATEST, parse_instant
from fundarb.domain.money import parse


async def main():
    async with open_store(Path(sys.argv[1]), "append", durable=True) as connection:
        pair = (await SqliteMarketReader(connection).pairs(LATEST))[1]
        costs = PairCosts(parse("0.001"), parse("0.00055"), parse("0"), False)
        at_ms = parse_instant("2024-01-10T08:00Z")
        lines = open_lines(at_ms, pair, parse("0.01"), parse("42000"), parse("42000"), costs, "rate")
        await SqliteJournal(connection).append("paper", lines)


asyncio.run(main())
"""


def rows_of(found: dict[str, Any]) -> dict[str, dict[str, Any]]:
    return {row["pair"]: row for row in found["rows"]}


def test_json_is_the_contract_field_by_field(here: Path) -> None:
    found = document("signals --mode composite", here)
    assert list(found) == ["at", "mode", "rows"]
    assert (found["at"], found["mode"], len(found["rows"])) == ("2024-01-15T00:00:00Z", "composite", 3)
    for row in found["rows"]:
        assert list(row) == FIELDS
        assert tuple(row["components"]) == COMPONENTS
        assert all(isinstance(row[name], str) for name in ("pair", "settled_at", "rate", "rate_8h", "apr", "reason"))
        assert all(isinstance(row[name], float) for name in ("forecast", "score", "expected_net_bp"))
        assert all(isinstance(row[name], bool) for name in ("enter", "exit", "held"))
        assert Decimal(row["rate_8h"]) == Decimal(row["rate"]) * 8 / row["interval_h"]
        assert Decimal(row["apr"]) == Decimal(row["rate"]) * 8760 / row["interval_h"]
        assert row["score"] == pytest.approx(score_of(row["components"]), abs=1e-9)
        assert isinstance(row["break_even_settlements"], int)
    assert rows_of(found)["1000PEPE/USDT:USDT"]["interval_h"] == 4


def score_of(components: dict[str, float | None]) -> float:
    """The weighted mean of what is present, with the default weights."""
    weights = {"carry": 0.70, "persistence": 0.08, "trend": 0.06, "stability": 0.08, "basis": 0.08, "volume": 0.0}
    present = {name: value for name, value in components.items() if value is not None}
    return sum(weights[name] * value for name, value in present.items()) / sum(weights[name] for name in present)


def test_a_backtest_enters_what_the_table_enters(here: Path) -> None:
    trades = document("backtest --trades", here, *LOW)["runs"][0]["trades"]
    at = trades[0]["opened_at"]
    entered = [trade["pair"] for trade in trades if trade["opened_at"] == at]
    rows = rows_of(document(f"signals --at {at}", here, *LOW))
    assert all(rows[pair]["enter"] for pair in entered)
    assert all(">= entry 1 bp" in rows[pair]["reason"] for pair in entered)


def test_nothing_later_than_the_moment_changes_it(here: Path) -> None:
    line = "signals --at 2024-01-09T08:00Z --mode composite --format json"
    before = ask(line, here).stdout
    ask("data prune --before 2024-01-20 --kinds candles --yes BTC", here)
    changed = json.loads(ask(line, here).stdout)
    assert rows_of(changed)["BTC/USDT:USDT"]["flags"] == ["no_perp", "no_spot"]
    assert rows_of(changed)["ETH/USDT:USDT"] == rows_of(json.loads(before))["ETH/USDT:USDT"]
    assert "2024-01-09T08:00:00Z" in before
    (here / "later.csv").write_text("symbol,timestamp_ms,rate\nETH/USDT:USDT,1704816000000,0.01\n")
    ask("data import --replace --funding later.csv", here)  # 2024-01-09T16:00Z
    assert json.loads(ask(line, here).stdout) == changed


def test_csv_has_a_column_a_component_and_every_digit(here: Path) -> None:
    rows = table("signals --mode composite", here)
    assert tuple(rows[0]) == COLUMNS
    whole = document("signals --mode composite", here)["rows"]
    assert [row["rate_8h"] for row in rows] == [row["rate_8h"] for row in whole]
    assert [float(row["carry"]) for row in rows] == [row["components"]["carry"] for row in whole]


def test_jsonl_is_a_row_a_line(here: Path) -> None:
    lines = ask("signals --format jsonl", here).stdout.splitlines()
    assert [list(json.loads(line)) for line in lines] == [FIELDS] * 3


def test_on_a_terminal_of_100_columns_the_table_is_whole(here: Path) -> None:
    page = in_terminal("signals --no-color --mode composite", here)
    lines = [line.rstrip() for line in page.splitlines()]
    assert max(map(len, lines)) <= 100
    assert lines[0].split()[0] == "pair"
    assert "reason" in lines[0]


def test_only_the_top_is_shown_and_what_is_not_shown_is_said(here: Path) -> None:
    done = ask("signals --top 2 --format json", here)
    assert len(json.loads(done.stdout)["rows"]) == 2
    assert "2 of 3 pairs; --top 3 shows all" in done.stderr


def test_named_pairs_are_shown_and_no_others(here: Path) -> None:
    found = document("signals ETH btc", here)
    assert sorted(rows_of(found)) == ["BTC/USDT:USDT", "ETH/USDT:USDT"]


def test_stale_pairs_say_so(here: Path) -> None:
    rows = rows_of(document("signals --at 2024-02-01", here, *LOW))
    assert all(row["flags"] == ["stale"] for row in rows.values())
    assert not any(row["enter"] for row in rows.values())
    assert all(row["reason"].startswith("stale: the last settlement is 17 d ") for row in rows.values())


def test_a_pair_held_by_a_paper_ledger_says_so_from_then_on(here: Path) -> None:
    (here / "hold_one.py").write_text(HELD)
    done = call("hold_one", "data/fundarb.db", cwd=here, PYTHONPATH=f"{here}:{ROOT}")
    assert done.returncode == 0, done.stderr
    held = {pair for pair, row in rows_of(document("signals --at 2024-01-10T08:00Z", here)).items() if row["held"]}
    assert held == {"BTC/USDT:USDT"}
    before = rows_of(document("signals --at 2024-01-10T07:00Z", here))
    assert not any(row["held"] for row in before.values())


def test_an_explanation_is_a_table_of_numbers_with_units(here: Path) -> None:
    rows = table("signals --explain BTC --mode composite", here)
    assert list(rows[0]) == ["group", "name", "value", "unit"]
    by_name = {(row["group"], row["name"]): row for row in rows}
    found = document("signals --explain BTC --mode composite", here)
    assert list(found) == ["at", "mode", "rows", "explain"]
    (row,) = found["rows"]
    assert by_name["decision", "reason"]["value"] == row["reason"]
    assert float(by_name["component", "carry"]["value"]) == row["components"]["carry"]
    brought = sum(float(each["value"]) for each in rows if each["group"] == "contribution" and each["value"])
    assert brought == pytest.approx(row["score"])
    assert by_name["cost", "round_trip"] == {"group": "cost", "name": "round_trip", "value": "51", "unit": "bp"}


@pytest.mark.parametrize(
    ("line", "code", "words"),
    [
        ("signals DOGE", 2, "no pair is called DOGE"),
        ("signals --mode simpel", 2, "no such mode: simpel"),
        ("signals --mode simple,band", 2, "one mode at a time"),
        ("signals --top 0", 2, "'--top': 0 is too small; allowed: 1 or more"),
        ("signals --top few", 2, "'few' is not a whole number; allowed: 1 or more"),
        ("signals --at soon", 2, "not a time: 'soon'"),
        ("signals ETH --explain BTC", 2, "--explain names its pair itself"),
        ("signals --explain BTC,ETH", 2, "--explain 'BTC,ETH': one pair, as in --explain BTC"),
        ("signals --explain ,", 2, "--explain ',': one pair"),
        ("signals ,", 2, "no pair is named; leave PAIRS out to see every stored pair"),
        ("signals --mode ,", 2, "no such mode: ','; choose from simple, composite, band, hold, cash"),
        ("signals --at 2023-01-01", 3, "is known at 2023-01-01T00:00:00Z; stored: 2024-01-01T00:00:00Z"),
        ("signals --db nowhere.db", 3, "nowhere.db: no such database"),
    ],
)
def test_what_cannot_be_answered_is_refused(line: str, code: int, words: str, here: Path) -> None:
    done = ask(line, here, code=code)
    assert done.stdout == ""
    assert words in done.stderr
    assert not (here / "nowhere.db").exists()


def test_the_same_moment_gives_the_same_bytes(here: Path) -> None:
    line = "signals --mode band --format json"
    assert ask_cold(line, here).stdout == ask_cold(line, here).stdout


SNAPSHOTS = """
import asyncio, sys
from decimal import Decimal
from pathlib import Path
from fundarb.bootstrap.stores import open_market
from fundarb.domain.instants import DAY, HOUR, parse_instant
from fundarb.domain.market import Snapshot

LAST = parse_instant("2024-01-14T16:00Z")


async def main():
    ages = [*range(1, 33 * 24, 6), -2]  # hours before the last settlement; one after the moment asked about
    async with open_market(Path(sys.argv[1]), create=True) as market, market.writer.transaction():
        await market.writer.put_snapshots(
            Snapshot("BTC/USDT:USDT", LAST - age * HOUR, None, Decimal(300 if age <= 24 else 100), None) for age in ages
        )
        await market.writer.put_snapshots(
            [Snapshot("BTC/USDT:USDT", LAST - 30 * 60_000, Decimal(5), None, Decimal(42000))]
        )


asyncio.run(main())
"""


def test_an_explanation_knows_the_open_interest_that_snapshots_saw(here: Path) -> None:
    line = "signals --explain BTC --at 2024-01-14T16:30Z"

    def seen() -> dict[tuple[str, str], str]:
        return {(row["group"], row["name"]): row["value"] for row in table(line, here)}

    before = seen()
    assert before["open_interest", "observations"] == "0"
    assert before["open_interest", "last"] == before["signal", "open_interest"] == ""
    put = here / "put.py"
    put.write_text(SNAPSHOTS)
    done = subprocess.run(
        [sys.executable, put, here / "data" / "fundarb.db"],
        env=environment(),
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    after = seen()
    assert after["open_interest", "observations"] == "132"  # what did not see it, and what was seen later, do not count
    assert (after["open_interest", "last"], after["open_interest", "observed_at"]) == ("300.0", "2024-01-14T15:00:00Z")
    assert float(after["signal", "open_interest"]) == pytest.approx(9 / 10)

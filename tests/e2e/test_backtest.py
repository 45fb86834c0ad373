"""`fundarb backtest` from end to end: its contract field by field, its tables, and everything it refuses."""

from __future__ import annotations

import sqlite3
from decimal import Decimal
from pathlib import Path

import pytest

from fundarb.domain.result import FLAGS, METRICS
from fundarb.reporting.run_document import EQUITY_COLUMNS, EVERY_RUN_COLUMN, RUN_TRADE_COLUMNS
from tests.cli.processes import ROOT, call, fundarb
from tests.e2e.asking import LOW, ask, ask_cold, document, table
from tests.e2e.test_data import in_terminal

RUN = ("run_id", "mode", "from", "to", "params", "data_hash", "flags", "totals", "metrics", "counts")
TOTALS = ("funding", "price", "fees", "slippage", "other", "net", "equity", "lowest_cash")
COUNTS = (
    *("trades", "entries", "refused", "no_price", "missing_settlements", "stale_marks", "stale_prices"),
    *("liquidations", "guards", "delistings", "rotations"),
)
TRADE = (
    *("pair", "opened_at", "closed_at", "qty", "open_reason", "close_reason"),
    *("funding", "price", "fees", "slippage", "other", "net"),
)


def test_json_is_the_contract_field_by_field(here: Path) -> None:
    found = document("backtest --mode composite,simple --trades --equity", here, *LOW)
    assert list(found) == ["runs", "benchmarks"]
    assert [run["mode"] for run in found["runs"]] == ["composite", "simple"]
    assert list(found["benchmarks"]) == ["cash", "hold", "simple"]
    for run in found["runs"]:
        assert tuple(run) == (*RUN, "open_at_end", "excluded", "trades", "open", "equity")
        assert tuple(run["totals"]) == TOTALS
        assert all(isinstance(value, str) for value in run["totals"].values())
        assert tuple(run["metrics"]) == METRICS
        assert all(value is None or isinstance(value, float) for value in run["metrics"].values())
        assert tuple(run["counts"]) == COUNTS
        assert all(tuple(trade) == TRADE for trade in run["trades"])
        assert set(run["flags"]) <= set(FLAGS)
        net = sum((Decimal(trade["net"]) for trade in run["trades"]), Decimal(0))
        assert net <= Decimal(run["totals"]["net"]) - Decimal(run["totals"]["other"])
        assert run["equity"][0] == ["2024-01-01T00:00:00Z", "10000"]
        assert run["equity"][-1][1] == run["totals"]["equity"]
        assert run["params"]["strategy.simple.entry"] == "0.0001"
    assert found["runs"][1]["counts"]["trades"] > 0
    plain = {name: value for name, value in found["runs"][1].items() if name not in ("trades", "open", "equity")}
    assert found["benchmarks"]["simple"] == plain


def test_the_same_run_twice_gives_the_same_bytes(here: Path) -> None:
    line = "backtest --mode simple,composite --trades --equity --format json"
    assert ask_cold(line, here, *LOW).stdout == ask_cold(line, here, *LOW).stdout


def test_csv_has_a_row_a_run_then_the_benchmarks_not_among_them(here: Path) -> None:
    rows = table("backtest --mode simple,composite", here, *LOW)
    assert tuple(rows[0]) == EVERY_RUN_COLUMN
    assert [(row["role"], row["mode"]) for row in rows] == [
        ("run", "simple"),
        ("run", "composite"),
        ("benchmark", "cash"),
        ("benchmark", "hold"),
    ]
    whole = document("backtest", here, *LOW)["runs"][0]
    assert rows[0]["net"] == whole["totals"]["net"]
    assert float(rows[0]["max_drawdown"]) == whole["metrics"]["max_drawdown"]


def test_trades_and_equity_are_tables_of_their_own(here: Path) -> None:
    trades = table("backtest --trades", here, *LOW)
    assert tuple(trades[0]) == RUN_TRADE_COLUMNS
    equity = table("backtest --equity", here, *LOW)
    assert tuple(equity[0]) == EQUITY_COLUMNS
    assert {row["run_id"] for row in trades} == {row["run_id"] for row in equity}
    for form in ("csv", "table"):
        both = ask(f"backtest --trades --equity --format {form}", here, code=2)
        assert "--trades and --equity are different tables" in both.stderr
        assert both.stdout == ""


def test_on_a_terminal_of_100_columns_the_table_is_whole_and_a_plot_stands_below(here: Path) -> None:
    page = in_terminal(f"backtest --no-color {' '.join(LOW)}", here)
    lines = [line.rstrip() for line in page.splitlines()]
    assert max(map(len, lines)) <= 100
    assert lines[0].split()[:5] == ["role", "mode", "curve", "net", "apr_on_capital"]
    run = next(line for line in lines if line.startswith("run ")).split()
    assert run[1] == "simple"
    assert all(len(figure.partition(".")[2].rstrip("%")) == 2 for figure in run[3:7])
    assert "equity of simple" in page
    assert "2024-01-01" in lines[-1]


def test_no_plot_draws_none(here: Path) -> None:
    assert "equity of simple" not in in_terminal("backtest --no-plot", here)


def test_off_a_terminal_nothing_is_plotted(here: Path) -> None:
    page = ask("backtest --format table", here, *LOW)
    assert "equity of" not in page.stdout
    assert max(map(len, page.stdout.splitlines())) <= 120


def test_what_the_data_lacks_is_said_in_words(here: Path) -> None:
    done = ask("backtest --format json", here, *LOW)
    assert "2024-01-01T00:00:00Z to 2024-01-14T23:00:00Z, 3 pairs" in done.stderr
    assert done.stderr.count("1 settlement is missing in the range; it paid nothing") == 1
    open_end = ask("backtest --no-close-at-end --mode hold", here, *LOW).stderr
    assert "hold: still open at the end, marked and not closed: 1000PEPE/USDT:USDT, BTC/USDT:USDT" in open_end
    assert ask("backtest -q", here).stderr == ""


def test_a_mode_that_could_decide_nothing_says_what_history_would_suffice(here: Path) -> None:
    done = ask("backtest --mode band", here)
    assert "band could decide nothing in the range: it needs 97 days of settlements before" in done.stderr
    every = "1000PEPE/USDT:USDT BTC/USDT:USDT ETH/USDT:USDT"
    line = f"`fundarb fetch {every} --since 2023-09-25`"
    assert f"history since 2023-09-25 would suffice: {line}" in done.stderr
    assert "`fundarb fetch BTC/USDT:USDT --since 2023-09-25`" in ask("backtest --mode band --pairs BTC", here).stderr


@pytest.mark.parametrize(
    ("line", "code", "words"),
    [
        ("backtest --mode simpel", 2, "no such mode: simpel; choose from simple, composite, band, hold, cash"),
        ("backtest --mode ,", 2, "no such mode"),
        ("backtest --pairs DOGE", 2, "no pair is called DOGE"),
        ("backtest --from 2024-01-10 --to 2024-01-02", 2, "--from 2024-01-10T00:00:00Z is not before --to 2024-01-02"),
        ("backtest --from yesterday", 2, "not a time: 'yesterday'"),
        ("backtest --from 2022-01-01 --to 2022-02-01", 3, "stored: 2024-01-01T00:00:00Z to 2024-01-14T20:00:00Z"),
        ("backtest --strict --pairs BTC --to 2024-01-20", 3, "`fundarb data list` which series ends early"),
        ("backtest --strict", 3, "1 settlement is missing in the range; `fundarb data gaps` shows where, "),
        ("backtest --db nowhere.db", 3, "nowhere.db: no such database"),
        ("backtest --set strategy.simple.exit=0.01", 78, "exit 0.01 is not below entry 0.0003"),
    ],
)
def test_what_cannot_be_run_is_refused_with_the_next_step(line: str, code: int, words: str, here: Path) -> None:
    done = ask(line, here, code=code)
    assert done.stdout == ""
    assert words in done.stderr
    assert not (here / "nowhere.db").exists()


def test_strict_lets_complete_pairs_through(here: Path) -> None:
    assert len(table("backtest --strict --pairs BTC,ETH", here)) == 3


BLIND = """
import os  # tests may run as root, for whom nothing is read-only

real = os.access
os.access = lambda path, mode, **more: mode != os.W_OK and real(path, mode, **more)
"""


def test_a_read_only_database_is_read_and_the_runs_are_not_stored(here: Path) -> None:
    database = here / "data/fundarb.db"
    database.chmod(0o400)
    (here / "sitecustomize.py").write_text(BLIND)
    done = fundarb("backtest", *LOW, cwd=here, PYTHONPATH=f"{here}:{ROOT}")
    assert done.returncode == 0, done.stderr
    assert "is read-only: the runs are not stored" in done.stderr
    assert done.stdout.startswith("role,mode,net")
    database.chmod(0o600)
    assert stored_runs(database) == 0


def test_no_save_stores_nothing(here: Path) -> None:
    ask("backtest --no-save", here)
    assert stored_runs(here / "data/fundarb.db") == 0
    ask("backtest", here)
    assert stored_runs(here / "data/fundarb.db") == 3


def stored_runs(database: Path) -> int:
    with sqlite3.connect(database) as connection:
        (count,) = connection.execute("SELECT count(*) FROM runs").fetchone()
    connection.close()
    return int(count)


def test_a_proof_says_how_many_moments_were_decided_again(here: Path) -> None:
    done = ask("backtest --prove --mode simple,composite", here, *LOW)
    assert "20 moments were decided again with the future deleted: no difference" in done.stderr
    assert stored_runs(here / "data/fundarb.db") == 4


CHEAT = """
import fundarb.strategy.simple as simple
honest = simple.prepare

def prepare(panel, params, setting):
    from dataclasses import replace
    import numpy as np
    plan = honest(panel, params, setting)
    (regime,) = plan.regimes
    peeked = np.append(regime.enter[1:], False)
    return replace(plan, regimes=(replace(regime, enter=peeked),))

simple.prepare = prepare
"""


def test_a_strategy_that_looks_ahead_fails_the_proof(here: Path) -> None:
    runner = "import sys; from fundarb.cli.app import main; sys.exit(main())"
    (here / "cheat.py").write_text(f"{CHEAT}\n{runner}\n")
    done = call("cheat", "backtest", "--prove", *LOW, cwd=here, PYTHONPATH=f"{here}:{ROOT}")
    assert done.returncode == 3
    assert "the future changes what was decided before it; the runs are not stored:" in done.stderr
    assert "with the future, " in done.stderr
    assert stored_runs(here / "data/fundarb.db") == 0

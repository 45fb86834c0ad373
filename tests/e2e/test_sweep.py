"""`fundarb sweep` from end to end: its contract, its lanes, its stops, and everything it refuses."""

from __future__ import annotations

import asyncio
import json
import signal
import sqlite3
from pathlib import Path

import pytest

from fundarb.adapters.sqlite.connection import open_store
from fundarb.adapters.sqlite.migrate import MIGRATIONS
from fundarb.domain.result import METRICS
from fundarb.domain.trial import COUNTS
from tests.cli.processes import ROOT, call, fundarb
from tests.e2e.asking import ask, ask_cold, document, table
from tests.e2e.sweeping import (
    DATABASE,
    GRID,
    LONG,
    LONG_SETS,
    SETS,
    SKIPPED,
    answer,
    gone,
    met,
    started,
    stored_trials,
    workers_of,
    write_grid,
)
from tests.e2e.test_backtest import BLIND
from tests.e2e.test_data import in_terminal

PATHS = ("strategy.simple.entry", "strategy.simple.exit", "sizing.size_usd")


@pytest.fixture
def place(here: Path) -> Path:
    """The sample, and a grid beside it."""
    write_grid(here)
    return here


def test_json_is_the_contract_field_by_field(place: Path) -> None:
    found = document("sweep", place)
    assert list(found) == [
        *("sweep_id", "from", "to", "lane", "trials", "skipped", "seconds", "metric", "results"),
        *("largest_lane_difference", "walk_forward", "statistics", "verdict"),
    ]
    assert (found["trials"], found["skipped"], found["metric"]) == (SETS, SKIPPED, "sharpe_daily")
    assert (found["lane"], found["walk_forward"]) == ("fast", None)
    assert found["largest_lane_difference"] <= 1e-6
    assert [one["rank"] for one in found["results"]] == list(range(1, 11))
    for one in found["results"]:
        assert tuple(one["params"]) == PATHS
        assert tuple(one["metrics"]) == METRICS
        assert tuple(one["counts"]) == COUNTS
        assert one["confirmed"] is True
    ranked = [one["metrics"]["sharpe_daily"] for one in found["results"]]
    assert ranked == sorted(ranked, reverse=True)
    assert found["statistics"]["trials"] == SETS
    assert found["verdict"]["edge"] is False
    assert found["verdict"]["words"].startswith("No edge: ")


def test_a_leader_is_the_backtest_of_its_parameters_and_stays_for_report(place: Path) -> None:
    found = document("sweep --top 2", place)
    best = found["results"][0]
    sets = [word for path, text in best["params"].items() for word in ("--set", f"{path}={text}")]
    (run,) = document("backtest", place, *sets)["runs"]
    assert run["metrics"] == best["metrics"]
    stored = document(f"report {found['sweep_id']}", place)
    assert stored["runs"][0]["run_id"] == run["run_id"]
    assert len(stored["runs"]) == 2


def test_report_shows_a_sweep_as_it_was_answered(place: Path) -> None:
    asked = "sweep --top 3 --walk-forward --train 5d --test 3d --purge 1d"
    found = document(asked, place)
    stored = document(f"report {found['sweep_id'][:6]}", place)
    assert stored["sweep"] == found
    assert len(stored["runs"]) == 3
    assert table("report", place) == table(asked, place)
    assert found["verdict"]["words"].splitlines()[0] in ask("report", place).stderr
    page, again = (ask(f"{line} --format table", place).stdout for line in (asked, "report"))
    assert again.splitlines()[-12:] == page.splitlines()[-12:]
    assert "out of sample: " in again
    assert document("report --trades", place).keys() == {"runs", "benchmarks"}
    document("backtest", place)
    assert "sweep" not in document("report", place)


def test_ranked_by_another_metric_it_is_another_sweep(place: Path) -> None:
    first, other = document("sweep --top 3", place), document("sweep --top 3 --metric turnover", place)
    for found in (first, other):
        stored = document(f"report {found['sweep_id']}", place)
        assert stored["sweep"] == found
        assert [run["metrics"] for run in stored["runs"]] == [one["metrics"] for one in found["results"]]


def test_the_answer_depends_neither_on_the_number_of_workers_nor_on_how_often_it_is_asked(place: Path) -> None:
    for lane in ("", " --exact"):
        found = [answer(ask(f"sweep{lane} --format json --workers {workers}", place).stdout) for workers in (1, 2)]
        found.append(answer(ask_cold(f"sweep{lane} --format json --workers 4", place).stdout))
        assert found[0] == found[1] == found[2]
    assert stored_trials(place) == SETS


def test_both_lanes_say_the_same(place: Path) -> None:
    fast, exact = document("sweep --top 22", place), document("sweep --top 22 --exact", place)
    assert exact["lane"] == "exact"
    assert exact["largest_lane_difference"] == 0.0
    assert [one["params"] for one in fast["results"]] == [one["params"] for one in exact["results"]]
    for one, other in zip(fast["results"], exact["results"], strict=True):
        assert one["counts"] == other["counts"]
        assert float(one["net"]) == pytest.approx(float(other["net"]), abs=1e-6)


@pytest.mark.parametrize("method", ["random", "tpe"])
def test_chosen_sets_are_the_same_for_any_number_of_workers(place: Path, method: str) -> None:
    grid = (place / "grid.yaml").read_text()
    write_grid(place, f"method: {method}\ntrials: 12\nseed: 5\n{grid}")
    found = [answer(ask(f"sweep --format json --workers {workers}", place).stdout) for workers in (1, 2, 4)]
    assert found[0] == found[1] == found[2]
    assert found[0]["trials"] == 12


def test_csv_has_a_row_a_result_and_the_verdict_is_said_beside_it(place: Path) -> None:
    rows = table("sweep --top 3", place)
    assert tuple(rows[0]) == ("rank", *PATHS, "neighbourhood", "net", "trades", *METRICS, "confirmed")
    assert len(rows) == 3
    assert "No edge: " in ask("sweep", place).stderr
    assert "No edge: " not in ask("sweep -q", place).stderr


def test_on_a_terminal_stand_results_a_map_and_the_verdict(place: Path) -> None:
    page = in_terminal("sweep --no-color", place)
    lines = [line.rstrip() for line in page.splitlines()]
    assert max(map(len, lines)) <= 100
    assert any(line.startswith("rank") for line in lines)
    assert "sharpe_daily over" in page
    assert "No edge: " in page


def test_what_configuration_or_a_constraint_refuses_is_left_out(place: Path) -> None:
    write_grid(place, (place / "grid.yaml").read_text() + "constraints: [strategy.simple.entry < 0.00011]\n")
    found = document("sweep", place)
    assert (found["trials"], found["skipped"]) == (4, SETS + SKIPPED - 4)


def test_fixed_values_hold_in_every_trial_whatever_is_set(place: Path) -> None:
    write_grid(
        place,
        "fixed: {capital: 5000, strategy.simple.entry: 0.00005}\nparameters:\n  strategy.simple.exit: [0.00001]\n",
    )
    done = ask("sweep --format json --set capital=7", place)
    assert "--set capital has no effect: grid.yaml says what it is in every trial" in done.stderr
    with sqlite3.connect(place / DATABASE) as connection:
        ((base,),) = connection.execute("SELECT params FROM trial_bases").fetchall()
    connection.close()
    assert '"capital":"5000"' in base
    assert '"strategy.simple.entry":"0.00005"' in base


def test_a_pair_may_be_written_short(place: Path) -> None:
    write_grid(place, "parameters:\n  costs.pairs.BTC.slippage_bps: [1, 20]\n")
    results = document("sweep", place, "--set", "strategy.simple.entry=0.00012")["results"]
    path = "costs.pairs.BTC/USDT:USDT.slippage_bps"
    assert {one["params"][path]: list(one["params"]) for one in results} == {"1": [path], "20": [path]}
    nets = {one["params"][path]: float(one["net"]) for one in results}
    assert nets["1"] > nets["20"]


def test_without_any_trade_every_figure_is_shown_undefined(place: Path) -> None:
    write_grid(place, "parameters:\n  strategy.simple.entry: [0.9, 1]\n")
    done = ask("sweep --format json", place)
    found = json.loads(done.stdout)
    assert "no set ever entered a position: ask less to enter" in done.stderr
    assert [one["metrics"]["sharpe_daily"] for one in found["results"]] == [None, None]
    assert [one["counts"]["trades"] for one in found["results"]] == [0, 0]
    assert [one["rank"] for one in found["results"]] == [1, 2]
    assert found["verdict"]["edge"] is False


def test_strategies_can_be_searched_side_by_side(place: Path) -> None:
    write_grid(place, "parameters:\n  strategy.mode: [simple, composite, cash]\n")
    done = ask("sweep --format json", place)
    assert "searched in the exact lane, which is slow: strategy.mode cash" in done.stderr
    found = answer(done.stdout)
    assert {one["params"]["strategy.mode"] for one in found["results"]} == {"simple", "composite", "cash"}


CHEAT = """
import sys
from fundarb.cli.app import main
from fundarb.research.fast_lane import FastLane

honest = FastLane.run

def run(self, setups):
    found = honest(self, setups)
    found.totals[:, 0] += 1.0
    return found

FastLane.run = run
sys.exit(main())
"""


def test_lanes_that_disagree_end_it_and_the_set_is_named(place: Path) -> None:
    (place / "cheat.py").write_text(CHEAT)
    done = call("cheat", "sweep", cwd=place, PYTHONPATH=f"{place}:{ROOT}")
    assert (done.returncode, done.stdout) == (1, "")
    assert "disagree on set " in done.stderr
    assert "strategy.simple.entry=0.0001" in done.stderr
    assert "of turnover; allowed: 1e-06" in done.stderr


def test_walk_forward_counts_only_what_comes_after(place: Path) -> None:
    found = document("sweep --walk-forward --train 5d --test 3d --purge 1d", place)["walk_forward"]
    assert [one["fold"] for one in found["folds"]] == [1, 2]
    assert found["folds"][0]["train_to"] < found["folds"][0]["test_from"]
    assert found["out_of_sample"]["days"] == 6
    short = ask("sweep --walk-forward", place, code=3)
    assert "no test stretch lies in the data" in short.stderr
    assert "would suffice" in short.stderr


@pytest.mark.parametrize(
    ("grid", "words"),
    [
        (f"method: tpe\ntrials: 5\n{GRID}", "cannot judge method: tpe, whose sets are chosen by the whole range"),
        ("parameters: {capital: [5000, 10000]}", "carries the capital from stretch to stretch, so it cannot be varied"),
    ],
)
def test_what_a_walk_forward_would_judge_wrongly_is_refused(place: Path, grid: str, words: str) -> None:
    write_grid(place, grid)
    done = ask("sweep --walk-forward --train 5d --test 3d --purge 1d", place, code=2)
    assert words in done.stderr
    assert stored_trials(place) == 0


@pytest.mark.slow
def test_killed_in_the_middle_it_goes_on_with_resume_and_ends_as_if_nothing_had_happened(place: Path) -> None:
    write_grid(place, LONG)
    with started(place) as process:
        met(place, process, 20)
        workers = workers_of(process)
        process.kill()
    kept = stored_trials(place)
    assert 20 <= kept < LONG_SETS
    assert gone(workers)
    done = ask("sweep --exact --workers 2 --resume --format json", place)
    assert f"{kept} of them known already" in done.stderr
    assert stored_trials(place) == LONG_SETS
    assert answer(done.stdout) == answer(ask("sweep --exact --workers 4 --format json", place).stdout)


@pytest.mark.slow
@pytest.mark.parametrize(("number", "code"), [(signal.SIGINT, 130), (signal.SIGTERM, 143)])
def test_stopped_it_keeps_what_was_finished_and_says_how_to_go_on(place: Path, number: int, code: int) -> None:
    write_grid(place, LONG)
    with started(place) as process:
        met(place, process, 5)
        workers = workers_of(process)
        process.send_signal(number)
        out, words = process.communicate(timeout=120)
    assert (process.returncode, out) == (code, "")
    assert (
        f" of {LONG_SETS:,} sets: what was finished is stored; the same command with --resume goes on from there"
        in words
    )
    assert words.endswith(f"stopped by {signal.Signals(number).name}\n")
    assert "Traceback" not in words
    assert 5 <= stored_trials(place) < LONG_SETS
    assert gone(workers)


def test_on_a_read_only_database_it_answers_and_stores_nothing(place: Path) -> None:
    database = place / DATABASE
    whole = answer(ask("sweep --format json", place).stdout)
    with sqlite3.connect(database) as connection:
        connection.execute("DELETE FROM trials")
        connection.execute("DELETE FROM run_members")
    connection.close()
    database.chmod(0o400)
    (place / "sitecustomize.py").write_text(BLIND)
    done = fundarb("sweep", "--format", "json", cwd=place, PYTHONPATH=f"{place}:{ROOT}")
    assert done.returncode == 0, done.stderr
    assert "is read-only: the trials are not stored" in done.stderr
    assert answer(done.stdout) == whole
    database.chmod(0o600)
    assert stored_trials(place) == 0


def test_a_store_from_before_trials_is_neither_migrated_nor_made(place: Path) -> None:
    async def old(path: Path) -> None:
        async with open_store(path, "write", migrations=MIGRATIONS[:2]):
            pass

    asyncio.run(old(place / "old.db"))
    before = (place / "old.db").read_bytes()
    done = ask("sweep --db old.db", place, code=3)
    assert "schema 2 is older than this program's 3; `fundarb data migrate`" in done.stderr
    assert (place / "old.db").read_bytes() == before
    assert "no such database" in ask("sweep --db none.db", place, code=3).stderr
    assert not (place / "none.db").exists()


@pytest.mark.parametrize(
    ("line", "code", "words"),
    [
        ("sweep --grid none.yaml", 2, "no grid file none.yaml; `fundarb init` writes a configs/grid.yaml"),
        ("sweep --metric sharp", 2, "--metric sharp: no such metric; did you mean sharpe_lo?"),
        ("sweep --top 0", 2, "0 is too small"),
        ("sweep --top 1001", 2, "--top 1001 is too many; allowed: at most 1000"),
        ("sweep --workers none", 2, "'none' is not a whole number"),
        ("sweep --workers 1000", 2, "--workers 1000 is too many"),
        ("sweep --train 5d", 2, "--train belong to a walk-forward; add --walk-forward"),
        ("sweep --walk-forward --train x", 2, "--train 'x'"),
        ("sweep --pairs ,", 2, "--pairs names no pair"),
        ("sweep --pairs NOPE", 2, "NOPE"),
        ("sweep --from 2030-01-01", 3, "2030-01-01"),
        ("sweep --cluster nowhere", 2, "--cluster nowhere: no address of a scheduler"),
        ("sweep --cluster tcp://127.0.0.1:1", 4, "no scheduler answers at tcp://127.0.0.1:1"),
    ],
)
def test_bad_questions_are_refused_with_the_choices(place: Path, line: str, code: int, words: str) -> None:
    done = ask(line, place, code=code)
    assert words in done.stderr
    assert done.stdout == ""
    assert "Traceback" not in done.stderr


@pytest.mark.parametrize(
    ("grid", "words"),
    [
        ("", "grid.yaml:1: is no grid"),
        ("parameters: {}", "parameters: is empty: nothing is varied"),
        ("parameters: {strategy.simple.entri: [1]}", "no such key; did you mean strategy.simple.entry?"),
        ("parameters: {capital: [many]}", "grid.yaml:1: capital: many is not a number"),
        (
            "parameters: {capital: {min: 1, max: 2, num: 1000}, sizing.size_usd: {min: 1, max: 1001, step: 1}}",
            "1,001,000 sets",
        ),
        ("parameters: {strategy.simple.exit: [0.9, 1]}", "no set is left: all 2 are refused"),
        ("parameters: {capital: [1, 2]}\nconstraints: [capital > 5]", "no set is left: all 2 are refused"),
    ],
)
def test_bad_grids_are_refused_as_configuration_is(place: Path, grid: str, words: str) -> None:
    write_grid(place, grid)
    done = ask("sweep", place, code=78)
    assert words in done.stderr
    assert stored_trials(place) == 0

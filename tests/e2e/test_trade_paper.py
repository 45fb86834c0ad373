"""`trade --paper` as a process against `fundarb sandbox` as a process, stepped and running."""

from __future__ import annotations

import json
import signal
from collections.abc import Iterator
from decimal import Decimal
from pathlib import Path

import pytest

from fundarb.accounting.book import fold
from fundarb.adapters.sqlite.locks import hold
from fundarb.domain.ledger import LineKind
from tests.cli.processes import fundarb
from tests.e2e import trading
from tests.e2e.fetch_runs import rows
from tests.e2e.trading import DATABASE, ledger, named, once, running, stopped, until, words
from tests.sandbox.running import SpawnedSandbox, spawned_sandbox

START = "2026-01-10T08:00Z"
TICKERS = "/v5/market/tickers"


@pytest.fixture
def sandbox() -> Iterator[SpawnedSandbox]:
    """An exchange whose time its client moves."""
    with spawned_sandbox("--pairs", "12", "--start", START, "--speed", "step") as spawned:
        yield spawned


def test_once_begins_with_capital_and_a_second_time_goes_on(sandbox: SpawnedSandbox, tmp_path: Path) -> None:
    first = once(sandbox.url, tmp_path, "--mode", "hold")
    assert [one["event"] for one in first] == ["started", "deposit", *["opened"] * 5, "cycle", "stopped"]
    assert {one["reason"] for one in named(first, "opened")} == {"hold"}
    before = ledger(tmp_path)
    assert (before[0].kind, before[0].cash) == (LineKind.DEPOSIT, Decimal(10_000))
    again = once(sandbox.url, tmp_path, "--mode", "hold")
    assert [one["event"] for one in again] == ["started", "cycle", "stopped"]
    assert ledger(tmp_path) == before
    assert (tmp_path / DATABASE).stat().st_mode & 0o777 == 0o600


def test_another_mode_takes_over_what_is_held(sandbox: SpawnedSandbox, tmp_path: Path) -> None:
    once(sandbox.url, tmp_path, "--mode", "hold")
    told = once(sandbox.url, tmp_path, "--mode", "simple", "--set", "strategy.simple.exit=0.0002")
    assert (told[0]["mode"], told[0]["before"]) == ("simple", "hold")
    left = named(told, "closed")
    assert left
    assert {one["reason"] for one in left} == {"rate"}
    assert set(fold(ledger(tmp_path)).positions) == {
        f"{pair}/USDT:USDT" for pair in ("BTC", "ETH", "SOL", "DOGE", "1000PEPE")
    } - {one["pair"] for one in left}


def test_new_puts_the_ledger_aside_and_begins_anew(sandbox: SpawnedSandbox, tmp_path: Path) -> None:
    once(sandbox.url, tmp_path, "--mode", "hold")
    old = ledger(tmp_path)
    told = once(sandbox.url, tmp_path, "--mode", "cash", "--new", "--set", "capital=500")
    (aside,) = named(told, "put_aside")
    assert aside["was"] == "paper"
    assert ledger(tmp_path, aside["portfolio"]) == old
    (deposit,) = ledger(tmp_path)
    assert deposit.cash == 500
    assert "before" not in named(told, "started")[0]


def test_the_loop_books_funding_as_the_venue_would_and_stops_clean(sandbox: SpawnedSandbox, tmp_path: Path) -> None:
    with running(sandbox.url, tmp_path, "--mode", "hold", "--set", "trade.poll=1h") as process:
        told = until(process, "cycle", "2026-01-11T16:00:00Z")
        told += stopped(process)
    assert told[-1]["event"] == "stopped"
    lines = ledger(tmp_path)
    paid = [line for line in lines if line.kind is LineKind.FUNDING]
    stored = "SELECT symbol, settled_at, rate FROM settlements JOIN instruments ON id = instrument_id"
    rates = {(pair, at_ms): Decimal(rate) for pair, at_ms, rate in rows(tmp_path / DATABASE, stored)}
    assert len(paid) >= 5 * 4
    for line in paid:
        assert line.rate == rates[line.pair or "", line.at_ms]
        assert line.qty is not None
        assert line.price is not None
        assert line.cash == line.qty * line.price * line.rate
    assert {line.at_ms for line in paid if line.pair == "BTC/USDT:USDT"} == set(
        range(1768060800000, 1768147200001, 28_800_000)
    )
    assert len(named(told, "funding")) == len(paid)
    assert rows(tmp_path / DATABASE, "SELECT name FROM heartbeats") == [("trade",)]
    assert rows(tmp_path / DATABASE, "SELECT count(*) > 0 FROM predicted") == [(1,)]


@pytest.mark.slow
def test_however_often_it_is_killed_the_ledger_is_that_of_one_that_never_was(tmp_path: Path) -> None:
    """Between two settlements, after one, and in the midst of everything: a stepped venue waits for whoever comes back."""
    ends, whole = "2026-01-11T16:00:00Z", tmp_path / "whole"
    whole.mkdir()
    rates = ("--set", "strategy.simple.entry=0.00009", "--set", "strategy.simple.exit=0.000089")
    options = ("--mode", "simple", "--set", "trade.poll=2h", *rates)
    stepped = ("--pairs", "12", "--start", START, "--speed", "step")
    with spawned_sandbox(*stepped) as undisturbed, running(undisturbed.url, whole, *options) as process:
        until(process, "cycle", ends)
        stopped(process)
    killed = tmp_path / "killed"
    killed.mkdir()
    with spawned_sandbox(*stepped) as disturbed:
        for name in ("started", "opened", "cycle", "settled", "funding"):
            with running(disturbed.url, killed, *options) as process:
                until(process, name)
                process.send_signal(signal.SIGKILL)
                process.wait(timeout=30)
        with running(disturbed.url, killed, *options) as process:
            until(process, "cycle", ends)
            stopped(process, signal.SIGTERM)
    upto = ledger(whole)[-1].at_ms
    assert [line for line in ledger(killed) if line.at_ms <= upto] == list(ledger(whole))
    booked = fold(ledger(whole))
    assert booked.closed
    assert booked.positions


def test_two_at_once_are_one_too_many(sandbox: SpawnedSandbox, tmp_path: Path) -> None:
    once(sandbox.url, tmp_path, "--mode", "cash")
    with hold(tmp_path / DATABASE, ("trade",)):
        done = fundarb(*words(sandbox.url, "--once"), cwd=tmp_path)
    assert (done.returncode, done.stdout) == (5, "")
    assert "the trade lock is held by" in done.stderr


def test_a_venue_that_is_not_there_is_4(tmp_path: Path) -> None:
    done = fundarb(*words("http://127.0.0.1:9", "--once"), cwd=tmp_path)
    assert (done.returncode, done.stdout) == (4, "")
    assert "nothing answers at venue.url" in done.stderr


def test_an_outage_and_a_clock_that_goes_wrong_are_told_and_nothing_is_lost_by_them(
    sandbox: SpawnedSandbox, tmp_path: Path
) -> None:
    """Looks fail, two at least and four at most (a look asks twice): within the patience of an hour. Payments are booked.
    The venue's clock goes wrong while it runs, and right again."""
    once(sandbox.url, tmp_path, "--mode", "hold")
    with running(sandbox.url, tmp_path, "--mode", "hold", "--set", "trade.poll=10m") as process:
        until(process, "funding")
        faulty(sandbox.url, [{"path": TICKERS, "fault": "code", "code": 10001, "count": 4}])
        told = until(process, "back")
        told += until(process, "funding")
        faulty(sandbox.url, [{"path": path, "fault": "skew", "ms": -5000} for path in (TICKERS, "/v5/market/time")])
        told += until(process, "breaker")
        faulty(sandbox.url, [])
        told += until(process, "breaker")
        stopped(process)
    opened, closed = named(told, "breaker")
    assert (opened["guards"], opened["state"], closed["guards"], closed["state"]) == (
        "the clock",
        "open",
        "the clock",
        "closed",
    )
    (outage,) = named(told, "outage")
    assert "tickers" in outage["why"] or "quotes" in outage["why"]


def faulty(url: str, faults: list[dict[str, object]]) -> None:
    """Other faults from now on."""
    import urllib.request

    request = urllib.request.Request(f"{url}/sandbox/faults", json.dumps(faults).encode())
    with urllib.request.urlopen(request, timeout=30) as response:
        assert response.status == 200


def test_a_halt_stops_entries_and_once_says_so(sandbox: SpawnedSandbox, tmp_path: Path) -> None:
    once(sandbox.url, tmp_path, "--mode", "cash")
    halted = fundarb("halt", "BTC", "ETH", "--reason", "maintenance", "--format", "json", cwd=tmp_path)
    assert json.loads(halted.stdout)["pairs"] == ["BTC/USDT:USDT", "ETH/USDT:USDT"]
    told = once(sandbox.url, tmp_path, "--mode", "hold", code=6)
    assert named(told, "cycle")[0]["refused"] == {"halted": 2}
    assert len(named(told, "opened")) == 3
    document = json.loads(fundarb("resume", "BTC", "--format", "json", cwd=tmp_path).stdout)
    assert (document["halted"], document["pairs"], document["reason"]) == (True, ["ETH/USDT:USDT"], "maintenance")
    assert sorted(document["open"]) == ["1000PEPE/USDT:USDT", "DOGE/USDT:USDT", "SOL/USDT:USDT"]
    assert json.loads(fundarb("resume", "--format", "json", cwd=tmp_path).stdout)["halted"] is False
    assert len(named(once(sandbox.url, tmp_path, "--mode", "hold"), "opened")) == 2


def test_stops_halt_entries_until_resumed_and_what_is_near_its_margin_is_left(
    sandbox: SpawnedSandbox, tmp_path: Path
) -> None:
    """Entering costs a little: that much lost is beyond a stop of a hundredth of a percent at the next look."""
    stop = ("--mode", "hold", "--set", "trade.drawdown_stop=0.0001")
    once(sandbox.url, tmp_path, *stop)
    told = once(sandbox.url, tmp_path, *stop, code=6)
    assert named(told, "halted")[0]["reason"].startswith("trade.drawdown_stop: equity 99")
    found = json.loads(fundarb("resume", "--format", "json", cwd=tmp_path).stdout)
    assert (found["halted"], len(found["open"])) == (False, 5)
    assert not named(once(sandbox.url, tmp_path, *stop), "halted")
    left = named(once(sandbox.url, tmp_path, "--mode", "hold", "--set", "trade.flatten_margin=0.001"), "closed")
    assert [one["reason"] for one in left] == ["margin"] * 5
    assert fold(ledger(tmp_path)).positions == {}


def test_a_configuration_that_is_edited_counts_from_the_next_look_on(sandbox: SpawnedSandbox, tmp_path: Path) -> None:
    """Good ones are told value by value, bad ones and what is fixed refused as a whole; positions stay."""
    file = tmp_path / "configs" / "default.yaml"
    file.parent.mkdir()
    file.write_text("strategy: {mode: hold}\n")
    with running(sandbox.url, tmp_path, "--set", "trade.poll=10m") as process:
        until(process, "cycle")
        file.write_text("strategy: {mode: cash}\ncosts: {fee_spot: 0.002}\n")
        told = until(process, "mode")
        file.write_text("strategy: {mode: dear}\n")
        told += until(process, "config_refused")
        file.write_text("strategy: {mode: cash}\ncosts: {fee_spot: 0.002}\nmargin: {mode: none}\n")
        told += until(process, "config_refused")
        file.write_text("strategy: {mode: cash}\ncosts: {fee_spot: 0.002}\nmargin: {leverage: 3}\n")
        told += until(process, "config_refused")
        file.write_text("strategy: {mode: cash}\ncosts: {fee_spot: 0.002}\nuniverse: {exclude: [NOPE]}\n")
        told += until(process, "config_refused")
        told += until(process, "cycle", told[-1]["t"])
        stopped(process)
    (configured,) = named(told, "configured")
    assert configured["changed"] == {"strategy.mode": ["hold", "cash"], "costs.fee_spot": ["0.001", "0.002"]}
    (mode,) = named(told, "mode")
    assert (mode["before"], mode["mode"], len(mode["open"])) == ("hold", "cash", 5)
    assert mode["reason"] == "5 open stay as they are; cash decides on them from the next settlement on"
    bad, fixed, open_still, unknown = (one["reason"] for one in named(told, "config_refused"))
    assert "strategy.mode" in bad
    assert "default.yaml:1" in bad
    assert fixed == "margin.mode cannot change while trading: stop, then start again; what was in force stays so"
    assert open_still.startswith("margin.leverage cannot change while positions are open (5 are): leave them first")
    assert unknown.startswith("no pair is called NOPE")
    assert len(fold(ledger(tmp_path)).positions) == 5


def test_side_by_side_each_mode_has_its_own_portfolio(sandbox: SpawnedSandbox, tmp_path: Path) -> None:
    told = once(sandbox.url, tmp_path, "--ab", "hold,cash")
    assert [one["portfolio"] for one in named(told, "deposit")] == ["paper:hold", "paper:cash"]
    assert {one["portfolio"] for one in named(told, "opened")} == {"paper:hold"}
    assert ledger(tmp_path) == ()
    (row,) = json.loads(fundarb("report", "paper", "--ab", "--format", "json", cwd=tmp_path).stdout)["ab"]
    assert (row["ours"], row["theirs"], row["decided"]) == ("paper:hold", "paper:cash", False)
    alone = fundarb("report", "paper:hold", "--ab", cwd=tmp_path)
    assert alone.returncode == 2
    assert "compares portfolios that ran side by side" in alone.stderr


@pytest.mark.parametrize(
    ("options", "said"),
    [
        (("--mode", "simple,band"), "one mode at a time; --ab simple,band runs them side by side"),
        (("--mode", "simple", "--ab", "simple,band"), "--mode and --ab both say what decides"),
        (("--ab", "simple"), "name at least two modes"),
        (("--mode", "sipmle"), "no such mode: sipmle"),
    ],
)
def test_what_cannot_be_asked_is_refused(options: tuple[str, ...], said: str, tmp_path: Path) -> None:
    done = fundarb("trade", "--paper", "--once", *options, cwd=tmp_path)
    assert done.returncode == 2
    assert said in done.stderr
    assert not (tmp_path / "data").exists()


def test_how_to_trade_must_be_said(tmp_path: Path) -> None:
    done = fundarb("trade", "--once", cwd=tmp_path)
    assert done.returncode == 2
    assert "say how to trade: --paper" in done.stderr


@pytest.mark.parametrize("form", ["csv", "json", "table"])
def test_events_come_in_every_form(form: str, sandbox: SpawnedSandbox, tmp_path: Path) -> None:
    done = fundarb(*words(sandbox.url, "--once", "--mode", "cash", "--format", form), cwd=tmp_path)
    assert done.returncode == 0, done.stderr
    if form == "json":
        assert [one["event"] for one in json.loads(done.stdout)] == ["started", "deposit", "cycle", "stopped"]
    else:
        lines = done.stdout.splitlines()
        assert len(lines) == 4 + (form == "csv")
        assert "2026-01-10T08:00:00Z" in lines[-1]


def test_on_a_running_clock_a_day_passes_in_seconds(tmp_path: Path) -> None:
    options = ("--mode", "hold", "--set", "trade.max_skew_ms=60000")
    with (
        spawned_sandbox("--pairs", "12", "--start", START, "--speed", "7200") as fast,
        running(fast.url, tmp_path, *options) as process,
    ):
        told = until(process, "funding", "2026-01-10T20:00:00Z")
        stopped(process, signal.SIGTERM)
    assert named(told, "settled")
    held = fold(ledger(tmp_path)).positions  # all five, unless a slow machine let hours pass before the first decision
    assert set(held) >= {one["pair"] for one in named(told, "funding")} != set()


def test_it_works_beside_a_fetch(sandbox: SpawnedSandbox, tmp_path: Path) -> None:
    once(sandbox.url, tmp_path, "--mode", "cash")
    with hold(tmp_path / DATABASE, ("data",)):
        once(sandbox.url, tmp_path, "--mode", "hold")


def test_the_trader_that_is_stopped_in_a_step_finishes_it(sandbox: SpawnedSandbox, tmp_path: Path) -> None:
    """The stop comes while books are asked for: both legs are there, or neither."""
    faulty(sandbox.url, [{"path": "/v5/market/orderbook", "fault": "latency", "ms": 700}])
    with running(sandbox.url, tmp_path, "--mode", "hold") as process:
        until(process, "deposit")
        stopped(process)
    portfolio = fold(ledger(tmp_path))
    assert all(position.qty and position.spot for position in portfolio.positions.values())
    assert trading.journal_events(tmp_path, "paper")[-1].name == "stopped"


def test_a_portfolio_is_reported_as_a_run_is(sandbox: SpawnedSandbox, tmp_path: Path) -> None:
    once(sandbox.url, tmp_path, "--mode", "hold")
    aside = named(once(sandbox.url, tmp_path, "--mode", "cash", "--new"), "put_aside")[0]["portfolio"]
    found = json.loads(fundarb("report", aside, "--trades", "--format", "json", cwd=tmp_path).stdout)
    (run,) = found["runs"]
    assert (run["run_id"], run["portfolio"], run["mode"]) == (None, aside, "hold")
    assert run["params"]["capital"] == "10000"
    assert len(run["open"]) == run["counts"]["entries"] == 5
    assert Decimal(run["totals"]["equity"]) == 10_000 + Decimal(run["totals"]["net"])
    paper = fundarb("report", "paper", cwd=tmp_path)
    assert paper.returncode == 0, paper.stderr
    assert "\nrun,cash," in paper.stdout
    none = fundarb("report", "live", cwd=tmp_path)
    assert (none.returncode, none.stdout) == (3, "")
    assert "no live portfolio has a line yet" in none.stderr

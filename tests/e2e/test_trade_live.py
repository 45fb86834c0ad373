"""`trade --live` as a process against `fundarb sandbox` as a process: wallet and ledger agree, whatever happens."""

from __future__ import annotations

import json
import signal
import time
from collections.abc import Iterator
from decimal import Decimal
from pathlib import Path

import pytest

from fundarb.accounting.book import fold
from fundarb.domain.ledger import LineKind
from tests.cli.processes import fundarb
from tests.e2e.account_view import asked, fired, orders, require_same, shorts, wallet
from tests.e2e.fetch_runs import rows
from tests.e2e.terminal import on_terminal
from tests.e2e.trading import (
    DATABASE,
    KEYS,
    LIVE,
    control,
    faulty,
    ledger,
    named,
    once,
    pairs,
    running,
    stopped,
    until,
    words,
)
from tests.sandbox.running import SpawnedSandbox, spawned_sandbox

START = "2026-01-10T08:00Z"
HOLD = (*LIVE, "--mode", "hold")


@pytest.fixture
def sandbox() -> Iterator[SpawnedSandbox]:
    """An exchange whose time its client moves."""
    with spawned_sandbox("--pairs", "12", "--start", START, "--speed", "step") as spawned:
        yield spawned


def test_it_begins_with_the_wallet_and_a_second_time_goes_on(sandbox: SpawnedSandbox, tmp_path: Path) -> None:
    control(sandbox.url, "account/deposit", coin="USDT", amount="2345.5")
    first = once(sandbox.url, tmp_path, *HOLD)
    assert [one["event"] for one in first] == ["started", "deposit", *["opened"] * 5, "cycle", "stopped"]
    lines = ledger(tmp_path, "live")
    assert (lines[0].kind, lines[0].cash) == (LineKind.DEPOSIT, Decimal("12345.5"))
    require_same(sandbox.url, lines, pairs(tmp_path))
    modes = asked(sandbox.url, "/v5/account/info", "")["marginMode"]
    leverages = asked(sandbox.url, "/v5/position/list", "category=linear&symbol=BTCUSDT")["list"]
    assert (modes, [row["leverage"] for row in leverages]) == ("ISOLATED_MARGIN", ["2"])
    again = once(sandbox.url, tmp_path, *HOLD)
    assert [one["event"] for one in again] == ["started", "cycle", "stopped"]
    assert ledger(tmp_path, "live") == lines
    assert {order for (order,) in rows(tmp_path / DATABASE, "SELECT client_id FROM orders")} == set(orders(sandbox.url))


def test_two_days_of_the_loop_with_all_that_a_venue_does(sandbox: SpawnedSandbox, tmp_path: Path) -> None:
    """Lost answers, funding beside what was expected, a leg taken away with the other one after it, a transfer that is no
    gain; then a kill, and a start that goes on."""
    lost = {"path": "/v5/order/create", "fault": "null-body", "where": "after", "after": 1, "count": 1, "name": "lost"}
    unread = {"path": "/v5/account/wallet-balance", "fault": "html", "after": 6, "count": 1, "name": "unread"}
    faulty(sandbox.url, lost, unread)
    options = (*HOLD, "--set", "trade.poll=2h", "--set", "trade.reconcile_every=4h")
    with running(sandbox.url, tmp_path, *options) as process:
        told = until(process, "funding", "2026-01-11T00:00:00Z")
        control(sandbox.url, "account/bust", symbol="ETHUSDT")
        control(sandbox.url, "account/adl", symbol="SOLUSDT", fraction="0.5")
        told += until(process, "liquidated")
        control(sandbox.url, "account/deposit", coin="USDT", amount="500")
        told += until(process, "transfer")
        told += until(process, "cycle", "2026-01-12T08:00:00Z")
        process.send_signal(signal.SIGKILL)
    assert fired(sandbox.url) == {"lost": 1, "unread": 1}
    told += once(sandbox.url, tmp_path, *options)
    lines = ledger(tmp_path, "live")
    require_same(sandbox.url, lines, pairs(tmp_path))
    assert fold(lines).contributed == 10_500
    payments = named(told, "funding")
    assert len(payments) >= 20
    for one in payments:
        assert one["booked"] == one["expected"], one
        assert Decimal(one["qty"]) * Decimal(one["mark"]) * Decimal(one["rate"]) == Decimal(one["expected"])
    assert "flagged" not in {name for one in payments for name in one}
    assert {one["reason"] for one in named(told, "liquidated")} >= {"liquidation"}
    assert named(told, "unsure") == named(told, "differs") == []


def test_what_is_not_in_the_journal_stops_the_start(sandbox: SpawnedSandbox, tmp_path: Path) -> None:
    control(sandbox.url, "account/deposit", coin="ETH", amount="3")
    told = once(sandbox.url, tmp_path, *HOLD, code=6)
    assert [one["event"] for one in told] == ["started", "deposit", "differs", "stopped"]
    assert "--exclude ETH" in json.dumps(named(told, "differs")[0]["plan"])
    assert shorts(sandbox.url) == {}
    spared = ("reconcile", "--exclude", "ETH", "--apply", "--set", f"venue.url={sandbox.url}")
    assert fundarb(*spared, cwd=tmp_path, **KEYS).returncode == 0
    opened = named(once(sandbox.url, tmp_path, *HOLD), "opened")
    assert len(opened) == 4
    assert "ETH/USDT:USDT" not in {one["pair"] for one in opened}
    assert wallet(sandbox.url)["ETH"] == 3


def test_what_cannot_be_seen_is_not_traded_on_and_told(sandbox: SpawnedSandbox, tmp_path: Path) -> None:
    with running(sandbox.url, tmp_path, *HOLD, "--set", "trade.poll=10m") as process:
        until(process, "cycle")
        faulty(sandbox.url, {"path": "/v5/position/list", "fault": "code", "code": 10001})
        told = until(process, "unsure")
        faulty(sandbox.url)
        told += until(process, "agreed")
        stopped(process)
    require_same(sandbox.url, ledger(tmp_path, "live"), pairs(tmp_path))
    assert not {one["event"] for one in told} & {"closed", "healed", "differs"}


def test_killed_between_the_legs_it_heals_at_the_start(sandbox: SpawnedSandbox, tmp_path: Path) -> None:
    """The answer about the second leg never comes: the venue has it, the process is killed while it waits."""
    stuck = {"path": "/v5/order/create", "fault": "timeout", "where": "after", "after": 1, "count": 1}
    faulty(sandbox.url, stuck)
    with running(sandbox.url, tmp_path, *HOLD) as process:
        until(process, "started")
        wait_for_second_order(tmp_path)
        process.send_signal(signal.SIGKILL)
        process.wait(timeout=30)
    faulty(sandbox.url)
    assert sum(wallet(sandbox.url).values()) > 0
    told = once(sandbox.url, tmp_path, *HOLD)
    assert named(told, "healed")
    require_same(sandbox.url, ledger(tmp_path, "live"), pairs(tmp_path))


def wait_for_second_order(cwd: Path) -> None:
    """Until the journal holds an order of the other leg that was sent and not answered."""
    query = "SELECT count(*) FROM orders WHERE state IN ('sent', 'unknown') AND (SELECT count(*) FROM orders) > 1"
    until_s = time.monotonic() + 60
    while rows(cwd / DATABASE, query) == [(0,)]:
        assert time.monotonic() < until_s
        time.sleep(0.02)


def test_stopped_with_flatten_nothing_is_left(sandbox: SpawnedSandbox, tmp_path: Path) -> None:
    with running(sandbox.url, tmp_path, *HOLD, "--flatten-on-exit") as process:
        until(process, "cycle")
        told = stopped(process, signal.SIGTERM)
    assert {one["reason"] for one in named(told, "closed")} == {"end"}
    assert (shorts(sandbox.url), told[-1]["event"]) == ({}, "stopped")
    require_same(sandbox.url, ledger(tmp_path, "live"), pairs(tmp_path))


@pytest.mark.parametrize(
    ("options", "code", "said"),
    [
        (("--live", "--paper"), 2, "--paper and --live both say how to trade"),
        (("--live", "--ab", "simple,band"), 2, "--ab and --new are for --paper"),
        (("--live", "--new"), 2, "--ab and --new are for --paper"),
        (("--live",), 2, "confirm it with --yes-i-mean-it"),
        (("--paper", "--rehearsal"), 2, "--yes-i-mean-it and --rehearsal are for --live"),
        (("--live", "--yes-i-mean-it", "--rehearsal"), 2, "which is not on this machine"),
        (("--live", "--yes-i-mean-it"), 78, "no keys: set FUNDARB_API_KEY and FUNDARB_API_SECRET"),
    ],
)
def test_what_cannot_be_asked_live_is_refused(options: tuple[str, ...], code: int, said: str, tmp_path: Path) -> None:
    done = fundarb("trade", *options, "--once", cwd=tmp_path)
    assert (done.returncode, done.stdout) == (code, "")
    assert said in done.stderr
    assert not (tmp_path / "data").exists()


def test_on_a_terminal_it_is_typed_or_nothing_is_done(tmp_path: Path) -> None:
    argv = ("trade", "--live", "--once", "--set", "venue.url=http://127.0.0.1:9")
    for typed, code, said in (
        ("no\n", 2, "not confirmed"),
        ("\x03", 130, "stopped by SIGINT"),
        ("trade live\n", 4, "nothing"),
    ):
        with on_terminal(*argv, cwd=tmp_path, columns=100, rows=30, **KEYS) as terminal:
            while "Type `trade live` to go on" not in terminal.seen:
                assert terminal.read(60.0)
            terminal.press(typed)
            assert terminal.ended() == code
            assert said in terminal.seen
            assert "127.0.0.1:9" in terminal.seen


def test_a_margin_that_is_not_isolated_is_refused(tmp_path: Path) -> None:
    cross = ("--set", "margin.mode=none", "--set", "venue.url=http://127.0.0.1:9")
    done = fundarb("trade", *HOLD, "--once", *cross, cwd=tmp_path, **KEYS)
    assert done.returncode == 78
    assert "margin.mode: none is for backtests and paper" in done.stderr


def test_a_key_that_may_only_look_is_found_by_the_doctor(tmp_path: Path) -> None:
    with spawned_sandbox("--pairs", "12", "--start", START, "--speed", "step", "--read-only") as looking:
        done = fundarb(*words(looking.url, "--once", *HOLD), cwd=tmp_path, **KEYS)
    assert done.returncode not in (0, 1)
    assert "permissions" in done.stderr
    assert ledger(tmp_path, "live") == ()


def test_no_key_leaves_the_process(tmp_path: Path) -> None:
    """Not by a log at its most talkative, an error, an answer, the database, or whatever else it wrote."""
    canary = {"FUNDARB_API_KEY": "canary-key-5d1e0f", "FUNDARB_API_SECRET": "canary-secret-a90c77"}
    known = ("--api-key", canary["FUNDARB_API_KEY"], "--api-secret", canary["FUNDARB_API_SECRET"])
    with spawned_sandbox("--pairs", "12", "--start", START, "--speed", "step", *known) as sandbox:
        options = (*HOLD, "--once", "-vv", "--log-file", "log", "--log-format", "json")
        well = fundarb(*words(sandbox.url, *options), cwd=tmp_path, **canary)
        faulty(
            sandbox.url,
            {"path": "/v5/account/*", "fault": "code", "code": 10004},
        )
        refused = fundarb(*words(sandbox.url, *options), cwd=tmp_path, **canary)
    wrong = fundarb(*words("http://127.0.0.1:9", *options), cwd=tmp_path, **canary)
    assert (well.returncode, wrong.returncode) == (0, 4)
    assert refused.returncode != 0
    written = [path for path in tmp_path.rglob("*") if path.is_file()]
    assert {path.name for path in written} >= {"fundarb.db", "log"}
    for found in [done.stdout + done.stderr for done in (well, refused, wrong)] + [
        path.read_bytes().decode("latin-1") for path in written
    ]:
        for secret in canary.values():
            assert secret not in found


def test_a_change_of_the_configuration_leaves_positions_and_waits_while_anything_differs(
    sandbox: SpawnedSandbox, tmp_path: Path
) -> None:
    file = tmp_path / "live.yaml"
    file.write_text("strategy: {mode: hold}\n")
    with running(sandbox.url, tmp_path, *LIVE, "-c", str(file), "--set", "trade.poll=1h") as process:
        told = until(process, "cycle")
        file.write_text("strategy: {mode: cash}\n")
        told += until(process, "mode")
        control(sandbox.url, "account/deposit", coin="XRP", amount="500")
        told += until(process, "differs")
        file.write_text("strategy: {mode: simple}\n")
        told += until(process, "config_refused")
        stopped(process)
    (mode,) = named(told, "mode")
    assert (mode["before"], mode["mode"], len(mode["open"])) == ("hold", "cash", 5)
    assert "live is unresolved" in told[-1]["reason"]

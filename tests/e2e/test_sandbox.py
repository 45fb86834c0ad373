"""`fundarb sandbox` as a process: what it prints, how it stops, what it goes on from."""

from __future__ import annotations

import asyncio
import contextlib
import json
import signal
import subprocess
import urllib.error
import urllib.request
from pathlib import Path
from typing import Any

import ccxt
import pytest

from fundarb.sandbox.signing import Key
from tests.cli.processes import fundarb
from tests.sandbox.clients import ccxt_client
from tests.sandbox.running import SpawnedSandbox, spawned_sandbox

SMALL = ("--pairs", "3", "--start", "2026-01-01")
START = 1_767_225_600_000
HOUR = 3_600_000


def ask(sandbox: SpawnedSandbox, path: str, body: object = None) -> Any:
    """GET a path, or POST a body to it; the JSON."""
    data = None if body is None else json.dumps(body).encode()
    with urllib.request.urlopen(urllib.request.Request(sandbox.url + path, data), timeout=30) as response:
        return json.load(response)


def stopped(sandbox: SpawnedSandbox, number: signal.Signals) -> tuple[int, str, str]:
    sandbox.process.send_signal(number)
    out, words = sandbox.process.communicate(timeout=60)
    return sandbox.process.returncode, out, words


@pytest.mark.slow
@pytest.mark.parametrize(("number", "code"), [(signal.SIGINT, 130), (signal.SIGTERM, 143)])
def test_it_prints_its_url_serves_and_stops_cleanly(number: signal.Signals, code: int, tmp_path: Path) -> None:
    with spawned_sandbox(*SMALL, "--speed", "step", cwd=tmp_path) as sandbox:
        assert ask(sandbox, "/v5/market/time")["time"] == START
        listed = ask(sandbox, "/v5/market/instruments-info?category=linear&symbol=BTCUSDT")
        assert [row["baseCoin"] for row in listed["result"]["list"]] == ["BTC"]
        ended, out, words = stopped(sandbox, number)
    assert (ended, out) == (code, "")
    assert words.splitlines() == [
        "venue time 2026-01-01T00:00:00Z, moved by its clients; knows the key sandbox-key; Ctrl-C stops it",
        f"stopped by {number.name}",
    ]
    assert list(tmp_path.iterdir()) == []


@pytest.mark.slow
def test_time_account_and_faults_survive_a_restart(tmp_path: Path) -> None:
    (tmp_path / "faults.yaml").write_text("- {path: /v5/market/time, fault: skew, ms: -7, count: 2}\n")
    options = (*SMALL, "--speed", "step", "--state", "state.json", "--faults", "faults.yaml")
    with spawned_sandbox(*options, cwd=tmp_path) as sandbox:
        ask(sandbox, "/sandbox/account/deposit", {"coin": "USDT", "amount": "123.45"})
        ask(sandbox, "/sandbox/clock", {"to": START + 5 * HOUR})
        assert ask(sandbox, "/v5/market/time")["time"] == START + 5 * HOUR - 7
        assert stopped(sandbox, signal.SIGTERM)[0] == 143
    with spawned_sandbox(*options, "-q", cwd=tmp_path) as sandbox:
        times = [ask(sandbox, "/v5/market/time")["time"] - START - 5 * HOUR for _ in range(2)]
        assert times == [-7, 0]
        (fault,) = ask(sandbox, "/sandbox/faults")["faults"]
        assert (fault["matched"], fault["fired"]) == (3, 2)
        held = ask(sandbox, "/sandbox/account/deposit", {"coin": "USDT", "amount": "1"})["result"]
        assert held["balance"] == "10124.45"


@pytest.mark.slow
def test_a_kill_loses_nothing_that_was_answered(tmp_path: Path) -> None:
    options = (*SMALL, "--speed", "100", "--state", "state.json")
    with spawned_sandbox(*options, cwd=tmp_path) as sandbox:
        ask(sandbox, "/sandbox/account/deposit", {"coin": "USDT", "amount": "5"})
        last = ask(sandbox, "/v5/market/time")["time"]
        stopped(sandbox, signal.SIGKILL)
    with spawned_sandbox(*options, cwd=tmp_path) as sandbox:
        assert ask(sandbox, "/v5/market/time")["time"] >= last
        assert ask(sandbox, "/sandbox/account/deposit", {"coin": "USDT", "amount": "1"})["result"]["balance"] == "10006"


@pytest.mark.slow
def test_a_state_goes_on_in_its_own_market_only_and_in_one_sandbox_at_a_time(tmp_path: Path) -> None:
    with spawned_sandbox(*SMALL, "--state", "state.json", cwd=tmp_path):
        second = fundarb("sandbox", *SMALL, "--state", "state.json", cwd=tmp_path)
        assert (second.returncode, second.stdout) == (5, "")
    other = fundarb("sandbox", "--pairs", "4", "--state", "state.json", cwd=tmp_path)
    assert (other.returncode, other.stdout) == (2, "")
    assert "belongs to a sandbox with --seed 1 --pairs 3; ask for the same" in other.stderr


@pytest.mark.slow
def test_the_same_seed_is_the_same_market_whenever_it_starts(tmp_path: Path) -> None:
    path = f"/v5/market/kline?category=linear&symbol=BTCUSDT&interval=60&end={START - 1}&limit=200"
    pages = []
    for start in ("2026-01-01", "2026-02-01"):
        with spawned_sandbox("--pairs", "3", "--speed", "step", "--start", start, cwd=tmp_path) as sandbox:
            pages.append(ask(sandbox, path)["result"]["list"])
    assert len(pages[0]) == 200
    assert pages[0] == pages[1]


@pytest.mark.slow
def test_a_port_in_use_is_an_error_that_says_so(tmp_path: Path) -> None:
    with spawned_sandbox(*SMALL, cwd=tmp_path) as sandbox:
        port = sandbox.url.rpartition(":")[2]
        done = fundarb("sandbox", *SMALL, "--port", port, cwd=tmp_path)
    assert (done.returncode, done.stdout) == (2, "")
    assert f"--port {port} of 127.0.0.1 is in use; choose another, or 0 for any that is free" in done.stderr


@pytest.mark.slow
def test_what_the_store_holds_is_replayed(here: Path) -> None:
    row = json.loads(fundarb("data", "list", "--format", "json", cwd=here).stdout)[0]
    options = ("--from-db", "--speed", "step", "--start", row["to"])
    with spawned_sandbox(*options, cwd=here) as sandbox:
        listed = ask(sandbox, "/v5/market/instruments-info?category=linear")["result"]["list"]
        symbol, base = listed[0]["symbol"], listed[0]["baseCoin"]
        found = ask(sandbox, f"/v5/market/funding/history?category=linear&symbol={symbol}")["result"]["list"]
    fundarb("data", "export", "--funding", "funding.csv", cwd=here)
    lines = [line.split(",") for line in (here / "funding.csv").read_text().splitlines()]
    stored = {stamp: rate for name, stamp, rate in lines if name == f"{base}/USDT:USDT"}
    assert found
    assert all(stored[each["fundingRateTimestamp"]] == each["fundingRate"] for each in found)


@pytest.mark.parametrize(
    ("options", "code", "said"),
    [
        (["--host", "0.0.0.0"], 2, "reachable from elsewhere; a sandbox serves 127.0.0.1 or ::1 only"),
        (["--speed", "fast"], 2, "--speed: not a number: 'fast'; write `step`, or a number from 0.001 to 1000000"),
        (["--speed", "0"], 2, "--speed 0 is out of bounds"),
        (["--ban", "soon"], 2, "--ban: not a duration"),
        (["--start", "2019-01-01"], 2, "is before there is a market; the earliest is 2023-01-01T00:00:00Z"),
        (["--start", "2999-01-01"], 2, "is too far ahead; the latest is 2100-01-01T00:00:00Z"),
        (["--start", "someday"], 2, "not a time: 'someday'"),
        (["--faults", "none.yaml"], 2, "--faults none.yaml: there is no such file"),
        (["--faults", "bad.yaml"], 78, "bad.yaml: fault 1.fault: 'nap' is none of latency, skew, timeout"),
        (["--api-key", ""], 2, "--api-key and --api-secret must not be empty"),
        (["--state", ""], 2, "--state: name a file"),
        (["--state", "none/state.json"], 2, "name a file that can be written"),
        (["--from-db"], 3, "no such database"),
        (["--kline-truncation", "middle"], 2, "newest"),
        (["--pairs", "0"], 2, "--pairs"),
    ],
    ids=lambda each: " ".join(each) if isinstance(each, list) else "",
)
def test_what_cannot_be_served_is_refused(options: list[str], code: int, said: str, tmp_path: Path) -> None:
    (tmp_path / "bad.yaml").write_text("- {path: /x, fault: nap}\n")
    done: subprocess.CompletedProcess[str] = fundarb("sandbox", *options, cwd=tmp_path)
    assert (done.returncode, done.stdout) == (code, ""), done.stderr
    assert said in done.stderr
    assert "Traceback" not in done.stderr


def test_the_ban_is_as_long_as_was_asked_and_the_key_is_the_one_given(tmp_path: Path) -> None:
    options = ("--limit", "3", "--ban", "1ms", "--api-key", "own-key", "--api-secret", "own-fake-secret", "-vv")
    with spawned_sandbox(*SMALL, *options, cwd=tmp_path) as sandbox:
        for _ in range(12):  # of four in a row the last is banned, and a millisecond later all is well
            with contextlib.suppress(urllib.error.HTTPError):
                ask(sandbox, "/v5/market/time")
        counted = ask(sandbox, "/sandbox/requests")["outcomes"]
        words = stopped(sandbox, signal.SIGTERM)[2]
    assert set(counted) == {"200/0", "403"}
    assert sum(counted.values()) == 12
    assert counted["403"] >= 1
    assert counted["200/0"] >= 4
    assert "own-fake-secret" not in words


async def test_ccxt_trades_on_the_process(tmp_path: Path) -> None:
    with spawned_sandbox(*SMALL, "--speed", "step", cwd=tmp_path) as sandbox:
        async with ccxt_client(sandbox.url, Key(), lambda: START) as client:
            assert (await client.fetch_balance())["USDT"]["total"] == 10_000
            placed = await client.create_order("BTC/USDT", "market", "buy", 0.01)
            assert await _status(client, placed["id"]) == "Filled"


@pytest.mark.slow
async def test_a_fill_that_was_seen_is_the_same_after_a_kill(tmp_path: Path) -> None:
    options = (*SMALL, "--speed", "100", "--state", "state.json")
    seen: list[Any] = []
    for _ in range(2):
        with spawned_sandbox(*options, cwd=tmp_path) as sandbox:
            async with ccxt_client(sandbox.url, Key(), lambda: _venue_ms(sandbox)) as client:
                if not seen:
                    placed = await client.create_order("BTC/USDT:USDT", "market", "sell", 0.01)
                    assert await _status(client, placed["id"], "linear") == "Filled"
                seen.append((await client.private_get_v5_execution_list({"category": "linear"}))["result"]["list"])
            stopped(sandbox, signal.SIGKILL)
    assert len(seen[0]) == 1
    assert seen[0] == seen[1]


@pytest.mark.slow
@pytest.mark.parametrize("account", ['{"orders": 5}', '{"orders": {}, "log": [{}]}', "7"])
def test_a_state_whose_account_makes_no_sense_is_refused_in_words(account: str, tmp_path: Path) -> None:
    document = f'{{"version": 1, "market": {{"seed": 1, "pairs": 3}}, "resume_ms": {START}, "faults": []'
    (tmp_path / "state.json").write_text(f'{document}, "account": {account}}}')
    done = fundarb("sandbox", *SMALL, "--state", "state.json", cwd=tmp_path)
    assert (done.returncode, done.stdout) == (3, "")
    assert "--state state.json: its account is not one of this version of the sandbox" in done.stderr


async def test_a_read_only_key_knows_that_it_is_one_and_may_not_trade(tmp_path: Path) -> None:
    with spawned_sandbox(*SMALL, "--speed", "step", "--read-only", cwd=tmp_path) as sandbox:
        async with ccxt_client(sandbox.url, Key(), lambda: START) as client:
            assert (await client.private_get_v5_user_query_api())["result"]["readOnly"] == 1
            assert (await client.fetch_balance())["USDT"]["total"] == 10_000
            with pytest.raises(ccxt.PermissionDenied):
                await client.create_order("BTC/USDT", "market", "buy", 0.01)


def _venue_ms(sandbox: SpawnedSandbox) -> int:
    return int(ask(sandbox, "/sandbox/clock")["now"])


async def _status(client: Any, order_id: str, category: str = "spot") -> str:
    """The status of an order once the venue has taken it up."""
    for _ in range(200):
        found = await client.private_get_v5_order_realtime({"category": category, "orderId": order_id})
        if found["result"]["list"]:
            return str(found["result"]["list"][0]["orderStatus"])
        await asyncio.sleep(0.05)
    raise AssertionError("the order never came")

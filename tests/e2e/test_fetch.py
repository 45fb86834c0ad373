"""`fetch` as a process against `fundarb sandbox` as a process."""

from __future__ import annotations

import asyncio
import json
import signal
import sqlite3
import subprocess
import sys
import threading
import time
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import pytest

from fundarb.adapters.sqlite.connection import open_store
from fundarb.adapters.sqlite.locks import hold
from fundarb.adapters.sqlite.migrate import MIGRATIONS
from tests.cli.processes import environment, fundarb
from tests.e2e.fetch_runs import counts, document, fetch, history, rows
from tests.sandbox.running import SpawnedSandbox, spawned_sandbox

START = "2026-01-10T05:30Z"
DATABASE = Path("data/fundarb.db")
FUNDING, KLINE, MARK = (f"/v5/market/{name}" for name in ("funding/history", "kline", "mark-price-kline"))


@pytest.fixture(scope="module")
def sandbox() -> Iterator[SpawnedSandbox]:
    """An exchange whose time stands still."""
    with spawned_sandbox("--pairs", "40", "--start", START, "--speed", "step") as spawned:
        yield spawned


def test_ninety_days_then_nothing_then_two_hundred_and_seventy(sandbox: SpawnedSandbox, tmp_path: Path) -> None:
    url = sandbox.url
    first = document(url, tmp_path, "BTC", "ETH", "--days", "90")
    assert {row["kind"] for row in first["streams"]} == {"funding", "spot", "perp", "mark", "snapshot"}
    assert all(row["holes"] == 0 for row in first["streams"])
    assert [row["stored"] for row in first["streams"] if row["kind"] in ("spot", "perp", "mark")] == [2160] * 6
    assert sum(row["requests"] for row in first["streams"]) <= first["requests"]
    assert (tmp_path / DATABASE).stat().st_mode & 0o777 == 0o600
    before = counts(url)
    second = document(url, tmp_path)
    after = counts(url)
    assert {path: after[path] - before[path] for path in (FUNDING, KLINE, MARK)} == {FUNDING: 0, KLINE: 0, MARK: 0}
    assert [row["stored"] for row in second["streams"] if row["kind"] != "snapshot"] == [0] * 8
    third = document(url, tmp_path, "--days", "270")
    assert [row["stored"] for row in third["streams"] if row["kind"] == "perp"] == [180 * 24] * 2
    assert counts(url)[KLINE] - after[KLINE] == 4 * 5
    gaps = fundarb("data", "gaps", cwd=tmp_path)
    assert (gaps.returncode, gaps.stdout) == (0, "pair,kind,from,to,missing,reason\n")


def test_an_empty_store_gets_the_busiest_pairs_and_keeps_to_them(sandbox: SpawnedSandbox, tmp_path: Path) -> None:
    first = fetch(sandbox.url, tmp_path, "--days", "2", "--kinds", "funding,snapshot", "--format", "json")
    chosen = {row["pair"] for row in json.loads(first.stdout)["streams"]}
    assert len(chosen) == 30
    assert "chosen: the 30 pairs of highest turnover that have a spot market: BTC, " in first.stderr
    stored = rows(tmp_path / DATABASE, "SELECT symbol FROM universe JOIN instruments ON id = instrument_id")
    assert {symbol for (symbol,) in stored} == chosen
    again = document(sandbox.url, tmp_path, "--kinds", "funding")
    assert {row["pair"] for row in again["streams"]} == chosen
    top = document(sandbox.url, tmp_path, "--top", "2", "--kinds", "funding")
    assert len(top["streams"]) == 2
    assert len(rows(tmp_path / DATABASE, "SELECT * FROM universe")) == 2


def test_every_command_goes_by_the_clock_of_a_sandbox(sandbox: SpawnedSandbox, tmp_path: Path) -> None:
    fetch(sandbox.url, tmp_path, "BTC", "--days", "3")
    at = ("--set", f"venue.url={sandbox.url}")
    listed = json.loads(fundarb("data", "list", *at, "--format", "json", cwd=tmp_path).stdout)
    assert {row["kind"]: row["age_s"] for row in listed if row["kind"] in ("spot", "perp")} == {
        "spot": 1800,
        "perp": 1800,
    }
    ran = fundarb("backtest", "--from", "1d", "--to", "now", "--mode", "simple", *at, cwd=tmp_path)
    assert (ran.returncode, "2026-01-09T05:00:00Z to 2026-01-10T05:00:00Z" in ran.stderr) == (0, True), ran.stderr
    seen = json.loads(fundarb("signals", "--at", "now", *at, "--format", "json", cwd=tmp_path).stdout)
    assert seen["at"] == "2026-01-10T05:00:00Z"
    old = json.loads(
        fundarb("data", "prune", "--before", "2d", "--kinds", "perp", *at, "--format", "json", cwd=tmp_path).stdout
    )
    assert [row["rows"] for row in old] == [24]
    alone = fundarb("data", "list", "--set", "venue.url=http://127.0.0.1:1", cwd=tmp_path)
    assert alone.returncode == 0
    assert "nothing answers at venue.url" in alone.stderr
    assert "the clock of this machine counts" in alone.stderr


def test_a_tampered_row_is_told_and_only_repair_changes_it(sandbox: SpawnedSandbox, tmp_path: Path) -> None:
    fetch(sandbox.url, tmp_path, "BTC", "--days", "90")
    whole = history(tmp_path / DATABASE)
    assert fetch(sandbox.url, tmp_path, "--check").returncode == 0
    tamper(tmp_path / DATABASE)
    found = document(sandbox.url, tmp_path, "--check", code=3)
    assert [(one["kind"], one["stored"]) for one in found["disagreements"]] == [("funding", "0.5"), ("perp", None)]
    assert history(tmp_path / DATABASE) != whole
    repaired = document(sandbox.url, tmp_path, "--repair")
    assert len(repaired["disagreements"]) == 2
    assert history(tmp_path / DATABASE) == whole
    kept = rows(tmp_path / DATABASE, "SELECT kind, before, outcome FROM corrections")
    assert kept == [("funding", "0.5", "replaced")]
    assert fetch(sandbox.url, tmp_path, "--check").returncode == 0


def tamper(database: Path) -> None:
    """Change one settlement and lose one candle."""
    with sqlite3.connect(database) as connection:
        connection.execute(
            "UPDATE settlements SET rate = '0.5' WHERE settled_at = (SELECT min(settled_at) FROM settlements)"
        )
        connection.execute(
            "DELETE FROM candles WHERE market = 1 AND open_at = (SELECT max(open_at) - 86400000 FROM candles)"
        )
    connection.close()


def test_of_two_at_once_one_works_and_one_exits_5(sandbox: SpawnedSandbox, tmp_path: Path) -> None:
    argv = [sys.executable, "-m", "fundarb", "fetch", "--top", "20", "--set", f"venue.url={sandbox.url}"]
    with subprocess.Popen(
        argv, cwd=tmp_path, env=environment(), stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True
    ) as first:
        met(first, tmp_path)
        first.send_signal(signal.SIGSTOP)
        try:
            second = fetch(sandbox.url, tmp_path, "BTC", code=5)
        finally:
            first.send_signal(signal.SIGCONT)
        assert f"process {first.pid}" in second.stderr
        _, words = first.communicate(timeout=120)
    assert first.returncode == 0, words


@pytest.mark.parametrize(("number", "code"), [(signal.SIGINT, 130), (signal.SIGTERM, 143)])
def test_a_stopped_run_keeps_what_it_finished(
    number: signal.Signals, code: int, sandbox: SpawnedSandbox, tmp_path: Path
) -> None:
    argv = [sys.executable, "-m", "fundarb", "fetch", "--top", "20", "--set", f"venue.url={sandbox.url}"]
    with subprocess.Popen(
        argv, cwd=tmp_path, env=environment(), stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True
    ) as process:
        met(process, tmp_path)
        process.send_signal(number)
        out, words = process.communicate(timeout=60)
    assert (process.returncode, out) == (code, "")
    assert words.splitlines()[-1] == f"stopped by {number.name}"
    assert rows(tmp_path / DATABASE, "SELECT count(*) > 0 FROM candles") == [(1,)]


def met(process: subprocess.Popen[str], cwd: Path) -> None:
    """Wait until a run has stored its first page."""
    deadline = time.monotonic() + 60
    while True:
        assert process.poll() is None, process.communicate()
        assert time.monotonic() < deadline, "the run never stored anything"
        try:
            if rows(cwd / DATABASE, "SELECT count(*) > 0 FROM candles") == [(1,)]:
                return
        except sqlite3.OperationalError:
            pass
        time.sleep(0.005)


def test_a_venue_that_is_not_there_is_4_and_a_webhook_is_told(tmp_path: Path) -> None:
    with listening() as (url, heard):
        hook = {"FUNDARB__NOTIFY__WEBHOOK": f"{url}/not-a-real-token"}
        done = fundarb("fetch", "BTC", "--set", "venue.url=http://127.0.0.1:9", cwd=tmp_path, **hook)
    assert (done.returncode, done.stdout) == (4, "")
    assert done.stderr.startswith("error: nothing answers at venue.url http://127.0.0.1:9")
    [message] = heard
    assert message["event"] == "fetch_failed"
    assert "nothing answers at venue.url" in message["text"]
    assert "not-a-real-token" not in done.stderr


@contextmanager
def listening() -> Iterator[tuple[str, list[Any]]]:
    """An address that keeps what is posted to it."""
    heard: list[Any] = []

    class Hook(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            heard.append(json.loads(self.rfile.read(int(self.headers["Content-Length"]))))
            self.send_response(200)
            self.end_headers()

        def log_message(self, format: str, *args: Any) -> None:
            """Nothing."""

    with ThreadingHTTPServer(("127.0.0.1", 0), Hook) as server:
        thread = threading.Thread(target=server.serve_forever)
        thread.start()
        try:
            yield f"http://127.0.0.1:{server.server_address[1]}", heard
        finally:
            server.shutdown()
            thread.join()


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (("BTC", "--top", "3"), "PAIRS and --top both say which pairs"),
        (("--top", "3", "--all"), "--top and --all both say which pairs"),
        (("--days", "3", "--since", "2026-01-01"), "--days and --since both say where the range begins"),
        (("--check", "--all"), "--check and --repair look at what is stored"),
        (("--kinds", "candels"), "'candels' is no kind of data"),
        (("NOSUCH",), "no pair is called NOSUCH"),
        (("BTC", "--since", "2026-02-01", "--until", "2026-01-01"), "the range is empty"),
    ],
)
def test_what_cannot_be_asked_is_refused(
    words: tuple[str, ...], said: str, sandbox: SpawnedSandbox, tmp_path: Path
) -> None:
    done = fundarb("fetch", *words, "--set", f"venue.url={sandbox.url}", cwd=tmp_path)
    assert done.returncode in (2, 78)
    assert said in done.stderr


def test_quiet_is_quiet(sandbox: SpawnedSandbox, tmp_path: Path) -> None:
    assert fetch(sandbox.url, tmp_path, "--top", "2", "--days", "2", "-q").stderr == ""


def test_it_works_beside_a_running_trader(sandbox: SpawnedSandbox, tmp_path: Path) -> None:
    fetch(sandbox.url, tmp_path, "BTC", "--days", "2")
    with hold(tmp_path / DATABASE, ("trade",)):
        fetch(sandbox.url, tmp_path, "BTC", "--days", "4")


def test_an_older_schema_is_migrated_after_a_backup_and_only_while_nobody_trades(
    sandbox: SpawnedSandbox, tmp_path: Path
) -> None:
    asyncio.run(make_old(tmp_path / DATABASE))
    with hold(tmp_path / DATABASE, ("trade",)):
        assert "the trade lock is held" in fetch(sandbox.url, tmp_path, "BTC", "--days", "2", code=5).stderr
    fetch(sandbox.url, tmp_path, "BTC", "--days", "2")
    assert len(list(tmp_path.glob("data/fundarb.db.backup-v1-*"))) == 1


async def make_old(database: Path) -> None:
    """A database of the first schema."""
    async with open_store(database, "write", migrations=MIGRATIONS[:1]):
        pass


def test_what_the_venue_itself_lacks_is_3_until_it_is_confirmed(sandbox: SpawnedSandbox, tmp_path: Path) -> None:
    (tmp_path / "source").mkdir()
    fetch(sandbox.url, tmp_path / "source", "BTC", "--days", "10", "--kinds", "funding,candles")
    with sqlite3.connect(tmp_path / "source" / DATABASE) as connection:
        connection.execute(
            "DELETE FROM candles WHERE market = 1 AND open_at = (SELECT min(open_at) + 86400000 FROM candles)"
        )
    connection.close()
    asked = ("BTC", "--since", "2026-01-01", "--until", "2026-01-09", "--kinds", "candles")
    with spawned_sandbox(
        "--from-db", "--db", tmp_path / "source" / DATABASE, "--start", "2026-01-09T00:30Z", "--speed", "step"
    ) as replayed:
        first = fetch(replayed.url, tmp_path, *asked, code=3)
        assert "hole: BTC/USDT:USDT perp 2026-01-01T05:00:00Z to 2026-01-01T06:00:00Z, 1 missing" in first.stderr
        fetch(replayed.url, tmp_path, *asked, code=3)
        step(replayed.url, 1_767_922_200_000)
        later = fetch(replayed.url, tmp_path, *asked)
        assert "1 missing: confirmed" in later.stderr
        fetch(replayed.url, tmp_path, *asked, "--strict", code=3)
    gaps = fundarb("data", "gaps", "--format", "json", cwd=tmp_path)
    assert [(gap["missing"], gap["reason"]) for gap in json.loads(gaps.stdout)] == [(1, "confirmed")]


def step(url: str, to_ms: int) -> None:
    """Move the time of an exchange that stands still."""
    body = json.dumps({"to": to_ms}).encode()
    with urllib.request.urlopen(urllib.request.Request(f"{url}/sandbox/clock", body), timeout=30) as response:
        assert json.load(response)["now"] == to_ms


def test_a_check_of_what_is_not_there_makes_nothing(sandbox: SpawnedSandbox, tmp_path: Path) -> None:
    done = fetch(sandbox.url, tmp_path, "--check", code=3)
    assert "no such database" in done.stderr
    assert list(tmp_path.iterdir()) == []

"""What keeps a live trader from starting, or ends it: another one on the same database, a venue that does not answer, a
failure nobody foresaw. Nothing is lost by any, and the keys stay where they were."""

from __future__ import annotations

import json
import signal
import subprocess
from pathlib import Path

from fundarb.accounting.book import fold
from tests.cli.processes import call, fundarb
from tests.e2e.account_view import fired, require_same
from tests.e2e.trading import KEYS, LIVE, faulty, ledger, named, once, pairs, running, until, words
from tests.sandbox.running import spawned_sandbox

SANDBOX = ("--pairs", "12", "--start", "2026-01-10T08:00Z", "--speed", "step")
HOLD = (*LIVE, "--mode", "hold")
SILENT = {"path": "/v5/*", "fault": "code", "code": 10001}
TWICE = {"path": "/v5/*", "fault": "html", "status": 502, "count": 2, "name": "gateway"}
CANARY = {"FUNDARB_API_KEY": "canary-key-61f0d2", "FUNDARB_API_SECRET": "canary-secret-77be10"}


def test_it_is_alone_gives_up_on_a_silent_venue_and_starts_only_once_that_answers(tmp_path: Path) -> None:
    with spawned_sandbox(*SANDBOX) as sandbox:
        at = ("--set", f"venue.url={sandbox.url}")
        with running(sandbox.url, tmp_path, *HOLD, "--set", "trade.poll=30m") as process:
            until(process, "cycle")
            process.send_signal(signal.SIGSTOP)  # so that no time passes meanwhile
            for other in (words(sandbox.url, "--once", *HOLD), words(sandbox.url, "--once"), healing(*at)):
                done = fundarb(*other, cwd=tmp_path, **KEYS)
                assert (done.returncode, done.stdout) == (5, ""), other
                assert f"the trade lock is held by process {process.pid}" in done.stderr
            faulty(sandbox.url, SILENT)
            process.send_signal(signal.SIGCONT)
            out, said = process.communicate(timeout=60)
        told = [json.loads(line) for line in out.splitlines()]
        assert (process.returncode, len(named(told, "outage"))) == (4, 1), said
        assert told[-1]["event"] == "stopped"
        held = ledger(tmp_path, "live")
        assert len(fold(held).positions) == 5
        down = fundarb(*words(sandbox.url, "--once", *HOLD), cwd=tmp_path, **KEYS)
        assert (down.returncode, down.stdout) == (4, ""), down.stderr
        assert "code 10001" in down.stderr
        assert ledger(tmp_path, "live") == held
        faulty(sandbox.url, TWICE)
        assert not named(once(sandbox.url, tmp_path, *HOLD), "healed")
        assert fired(sandbox.url) == {"gateway": 2}
        require_same(sandbox.url, ledger(tmp_path, "live"), pairs(tmp_path))


def healing(*more: str) -> list[str]:
    """The command line that compares and heals."""
    return ["reconcile", "live", "--apply", *more]


def test_no_key_is_in_a_traceback_a_page_or_anything_else_that_live_trading_writes(tmp_path: Path) -> None:
    """Something fails in words that hold both keys; the next start goes on, and everything is asked for once."""
    known = ("--api-key", CANARY["FUNDARB_API_KEY"], "--api-secret", CANARY["FUNDARB_API_SECRET"])
    logged = ("-vv", "--log-file", "log")
    with spawned_sandbox(*SANDBOX, *known) as sandbox:
        argv = words(sandbox.url, "--once", *HOLD, *logged)
        broken = call("tests.e2e.exploding", *argv, cwd=tmp_path, **CANARY)
        assert broken.returncode == 1, broken.stderr
        log = (tmp_path / "log").read_text()
        assert "Traceback (most recent call last)" in log
        assert "nobody foresaw" in log
        at = ("--set", f"venue.url={sandbox.url}", *logged)
        asked = [
            argv,
            ["reconcile", "live", *at],
            ["doctor", *at],
            ["report", "live", "--html", "page.html", *logged],
            ["config", "show", *at],
        ]
        done = [broken, *(fundarb(*each, cwd=tmp_path, **CANARY) for each in asked)]
    assert [each.returncode for each in done] == [1, 0, 0, 0, 0, 0], [each.stderr for each in done]
    assert leaks(tmp_path, done) == []
    assert {path.name for path in tmp_path.rglob("*")} >= {"fundarb.db", "log", "page.html"}


def leaks(folder: Path, done: list[subprocess.CompletedProcess[str]]) -> list[str]:
    """Files and outputs in which a key stands."""
    texts = {str(path): path.read_bytes().decode("latin-1") for path in folder.rglob("*") if path.is_file()}
    texts |= {f"output {number}": each.stdout + each.stderr for number, each in enumerate(done)}
    return [name for name, text in texts.items() for secret in CANARY.values() if secret in text]

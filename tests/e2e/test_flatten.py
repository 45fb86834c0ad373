"""`halt --flatten` of paper as a process: a running trader closes at its next look, for a dead one the command does."""

from __future__ import annotations

import json
from pathlib import Path

from fundarb.accounting.book import fold
from tests.cli.processes import fundarb
from tests.e2e.trading import ledger, named, once, running, stopped, until
from tests.sandbox.running import spawned_sandbox

START = "2026-01-10T08:00Z"


def test_on_paper_it_is_asked_of_the_trader_or_done_without_one(tmp_path: Path) -> None:
    with spawned_sandbox("--pairs", "12", "--start", START, "--speed", "step") as sandbox:
        at = ("--set", f"venue.url={sandbox.url}", "--format", "json")
        with running(sandbox.url, tmp_path, "--mode", "hold", "--set", "trade.poll=1h") as process:
            until(process, "cycle")
            some = fundarb("halt", "BTC", "ETH", "--flatten", *at, cwd=tmp_path)
            assert some.returncode == 0, some.stderr
            assert json.loads(some.stdout)["pairs"] == ["BTC/USDT:USDT", "ETH/USDT:USDT"]
            told = until(process, "flattened")
            assert sorted(one["pair"] for one in named(told, "closed")) == ["BTC/USDT:USDT", "ETH/USDT:USDT"]
            assert {one["reason"] for one in named(told, "closed")} == {"flattened"}
            assert len(fold(ledger(tmp_path)).positions) == 3
            stopped(process)
        rest = fundarb("halt", "--flatten", *at, cwd=tmp_path)
        assert rest.returncode == 0, rest.stderr
        assert json.loads(rest.stdout) | {"since": None} == {
            "halted": True, "pairs": [], "since": None, "reason": "by hand", "open": [],
        }  # fmt: skip
        assert not fold(ledger(tmp_path)).positions
        assert named(once(sandbox.url, tmp_path, "--mode", "hold", code=6), "opened") == []
        checked = fundarb("reconcile", "paper", *at, cwd=tmp_path)
        assert (checked.returncode, json.loads(checked.stdout)["differences"]) == (0, [])
        assert json.loads(fundarb("resume", *at, cwd=tmp_path).stdout)["halted"] is False

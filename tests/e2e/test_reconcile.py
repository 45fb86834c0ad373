"""`reconcile`, `recover` and `halt --flatten` of a live portfolio as processes, after `trade --live` and beside it."""

from __future__ import annotations

import csv
import io
import json
import shutil
from decimal import Decimal
from pathlib import Path
from typing import Any

from fundarb.accounting.book import fold
from fundarb.domain.instants import MINUTE, parse_instant
from tests.cli.processes import fundarb
from tests.e2e.account_view import require_same, shorts
from tests.e2e.trading import DATABASE, KEYS, LIVE, control, ledger, named, once, pairs, posted, running, stopped, until
from tests.sandbox.running import spawned_sandbox

START = "2026-01-10T08:00Z"
HOLD = (*LIVE, "--mode", "hold")


def test_what_the_venue_did_is_shown_healed_and_comes_back_when_the_database_is_lost(tmp_path: Path) -> None:
    with spawned_sandbox("--pairs", "12", "--start", START, "--speed", "step") as sandbox:
        posted(f"{sandbox.url}/sandbox/clock", {"to": parse_instant(START) + MINUTE})
        once(sandbox.url, tmp_path, *HOLD)
        known = pairs(tmp_path)
        posted(f"{sandbox.url}/sandbox/clock", {"to": parse_instant(START) + 2 * MINUTE})
        control(sandbox.url, "account/bust", symbol="ETHUSDT")
        control(sandbox.url, "account/deposit", coin="USDT", amount="500")
        shown = ask(sandbox.url, tmp_path, "reconcile", "live", code=6)
        assert [(one["act"], one["by_itself"]) for one in shown["plan"]] == [
            ("book", True),
            ("book", True),
            ("hedge", True),
        ]
        assert shown["applied"] == []
        table = fundarb("reconcile", "--set", f"venue.url={sandbox.url}", cwd=tmp_path, **KEYS)
        parts = [row["part"] for row in csv.DictReader(io.StringIO(table.stdout))]
        assert parts == ["differs"] * len(shown["differences"]) + ["plan"] * 3
        done = ask(sandbox.url, tmp_path, "reconcile", "--apply")
        assert (done["differences"], len(done["applied"])) == ([], 3)
        before = ledger(tmp_path, "live")
        require_same(sandbox.url, before, known)
        assert fold(before).contributed == 10_500

        shutil.rmtree(tmp_path / "data")
        ask(sandbox.url, tmp_path, "recover", code=6)
        assert not (tmp_path / DATABASE).exists()
        assert ask(sandbox.url, tmp_path, "recover", "--apply")["differences"] == []
        assert ask(sandbox.url, tmp_path, "reconcile") == {"differences": [], "plan": [], "applied": []}
        require_same(sandbox.url, ledger(tmp_path, "live"), known)
        assert fundarb("report", "live", cwd=tmp_path).returncode == 0
        back = ledger(tmp_path, "live")
        assert (back[0].cash, open_pairs(back)) == (Decimal(10_000), open_pairs(before))

        with running(sandbox.url, tmp_path, *HOLD, "--set", "trade.poll=1h") as process:
            until(process, "started")
            closed = fundarb("halt", "--flatten", "--set", f"venue.url={sandbox.url}", cwd=tmp_path, **KEYS)
            assert closed.returncode == 0, closed.stderr
            told = until(process, "flattened")
            stopped(process)
        assert {one["pair"] for one in named(told, "closed")} >= open_pairs(before)
        assert shorts(sandbox.url) == {}
        require_same(sandbox.url, ledger(tmp_path, "live"), known)


def ask(url: str, cwd: Path, *words: str, code: int = 0) -> Any:
    """The JSON of a command that must end with this code."""
    done = fundarb(*words, "--set", f"venue.url={url}", "--format", "json", cwd=cwd, **KEYS)
    assert done.returncode == code, (done.returncode, done.stdout, done.stderr)
    return json.loads(done.stdout)


def open_pairs(lines: Any) -> set[str]:
    """What a ledger holds."""
    return set(fold(lines).positions)


def test_what_cannot_be_asked_is_refused(tmp_path: Path) -> None:
    for words, code, said in (
        (("reconcile", "lvie"), 2, "choose from paper, live"),
        (("reconcile", "paper", "--adopt", "BTC"), 2, "paper has none"),
        (("recover", "paper"), 2, "only live has a venue"),
        (("reconcile", "live"), 78, "FUNDARB_API_KEY"),
        (("reconcile",), 3, "no such database"),
    ):
        done = fundarb(*words, cwd=tmp_path)
        assert (done.returncode, done.stdout) == (code, ""), (words, done.stderr)
        assert said in done.stderr
        assert not (tmp_path / "data").exists()

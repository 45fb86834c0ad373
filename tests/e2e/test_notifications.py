"""What a trader or a fetch ends with reaches whoever is away from the screen, without a secret in it."""

from __future__ import annotations

import threading
from pathlib import Path
from typing import Any

from tests.cli.processes import fundarb
from tests.e2e.hooks import webhook

CANARY = "canary-4711-not-a-real-key"


def test_a_trader_that_cannot_go_on_says_so_before_it_ends(tmp_path: Path) -> None:
    heard, answer = list[Any](), threading.Event()
    answer.set()
    with webhook(heard, answer) as hook:
        sets = ("--set", f"venue.url=http://127.0.0.1:9/{CANARY}", "--set", f"notify.webhook={hook}")
        done = fundarb("trade", "--paper", *sets, cwd=tmp_path, FUNDARB_API_SECRET=CANARY)
    assert done.returncode == 4
    assert [one["event"] for one in heard] == ["trade_failed"]
    assert heard[0]["text"].startswith("fundarb trade_failed: trading ended: ")
    assert CANARY not in heard[0]["text"] + done.stderr + done.stdout


def test_without_the_library_an_apprise_address_is_refused_before_anything_is_done(tmp_path: Path) -> None:
    (tmp_path / "apprise.py").write_text("raise ImportError('not here')\n")
    paths = f"{tmp_path}:{Path(__file__).parents[2]}"
    address = f"notify.apprise=json://127.0.0.1/{CANARY}"
    done = fundarb("trade", "--paper", "--once", "--set", address, cwd=tmp_path, PYTHONPATH=paths)
    assert done.returncode == 78
    assert "install fundarb[notify]" in done.stderr
    assert CANARY not in done.stderr
    assert not (tmp_path / "data").exists()

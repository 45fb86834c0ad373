"""`trade` on a real terminal, as a person sees it: drawn, drawn anew at another size, gone without a trace at Ctrl-C."""

from __future__ import annotations

import threading
from pathlib import Path
from typing import Any

import pytest

from tests.e2e.hooks import webhook
from tests.e2e.terminal import ENTER, HOME, LEAVE, SHOW_CURSOR, on_terminal
from tests.e2e.trading import PAIRS
from tests.sandbox.running import spawned_sandbox


@pytest.mark.slow
def test_a_terminal_shows_a_picture_that_fits_and_is_left_as_it_was(tmp_path: Path) -> None:
    heard, answer = list[Any](), threading.Event()
    with (
        spawned_sandbox("--pairs", "12", "--start", "2026-01-10T08:00:20Z") as venue,
        webhook(heard, answer) as hook,
    ):
        words = ("trade", "--paper", "--mode", "hold", "--set", f"venue.url={venue.url}", "--set", PAIRS)
        hears = ("--set", f"notify.webhook={hook}", "--set", "notify.events=opened,started")
        with on_terminal(*words, *hears, cwd=tmp_path, columns=100, rows=30) as terminal:
            small = terminal.until(lambda frame: "Positions (5)" in frame and bool(heard))
            assert fits(small, 100, 30)
            assert all(f"\n{pair} " in small for pair in ("BTC", "ETH", "SOL", "DOGE", "1000PEPE"))
            assert "venue answers  entries open  heartbeat" in small
            assert heard[0]["event"] == "started", "a webhook that hangs held nothing up"
            terminal.resize(200, 50)
            large = terminal.until(
                lambda frame: "slippage" in frame.partition("Opportunities")[0].partition("Positions")[2]
            )
            assert fits(large, 200, 50)
            assert not fits(large, 100, 50)
            answer.set()
            terminal.until(lambda _: any(one["event"] == "opened" for one in heard))
            terminal.press("\x03")
            assert terminal.ended() == 130
    assert terminal.seen.startswith(ENTER) or ENTER in terminal.seen.partition(HOME)[0]
    assert terminal.seen.count(LEAVE) == 1
    afterwards = terminal.seen.partition(LEAVE)[2]
    assert SHOW_CURSOR in terminal.seen[terminal.seen.rindex(HOME) :]
    assert "paper (hold)  equity" in afterwards
    assert afterwards.rstrip().endswith("stopped by SIGINT")


def fits(frame: str, columns: int, rows: int) -> bool:
    lines = frame.split("\n")
    return len(lines) <= rows and max(len(line.rstrip()) for line in lines) <= columns

"""`halt --flatten` whatever became of the live trader: stopped in its tracks, killed at rest, killed while it closes. In the
end nothing is open, the venue knows no order twice, and wallet and ledger agree to the digit."""

from __future__ import annotations

import signal
import subprocess
import sys
import time
from collections import Counter
from pathlib import Path

import pytest

from tests.cli.processes import environment, fundarb
from tests.e2e.account_view import orders, require_same, shorts
from tests.e2e.trading import KEYS, LIVE, ledger, pairs, running, until
from tests.sandbox.running import spawned_sandbox

START = "2026-01-10T08:00Z"
POLL = ("--set", "trade.poll=1s")


def flatten(url: str, cwd: Path) -> subprocess.CompletedProcess[str]:
    """From another shell."""
    return fundarb("halt", "--flatten", "--set", f"venue.url={url}", *POLL, cwd=cwd, **KEYS)


def asked_and_under_way(url: str, cwd: Path) -> None:
    """The trader was asked, and the first position is gone; who asked is gone, too."""
    argv = [sys.executable, "-m", "fundarb", "halt", "--flatten", "--set", f"venue.url={url}"]
    open_before = len(shorts(url))
    with subprocess.Popen(argv, cwd=cwd, env=environment(**KEYS), stdout=subprocess.DEVNULL) as asking:
        until_s = time.monotonic() + 60
        while len(shorts(url)) == open_before:
            assert time.monotonic() < until_s, "the trader does not begin to close"
            time.sleep(0.02)
        asking.kill()


@pytest.mark.parametrize("number", [signal.SIGSTOP, signal.SIGKILL])
@pytest.mark.parametrize("moment", ["at rest", "while it closes"])
def test_whatever_became_of_the_trader_nothing_is_left_open(
    tmp_path: Path, number: signal.Signals, moment: str
) -> None:
    with spawned_sandbox("--pairs", "12", "--start", START, "--speed", "1") as sandbox:
        with running(sandbox.url, tmp_path, *LIVE, "--mode", "hold", *POLL) as process:
            until(process, "cycle")
            if moment == "while it closes":
                asked_and_under_way(sandbox.url, tmp_path)
            process.send_signal(number)
            done = flatten(sandbox.url, tmp_path)
            assert done.returncode == 0, (done.stdout, done.stderr)
            assert ("SIGKILL" in done.stderr) is (number is signal.SIGSTOP)
            assert process.wait(timeout=30) == -signal.SIGKILL
        assert shorts(sandbox.url) == {}
        require_same(sandbox.url, ledger(tmp_path, "live"), pairs(tmp_path))
        assert set(Counter(orders(sandbox.url)).values()) == {1}

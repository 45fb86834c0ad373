"""`demo` is a tour that works, shows what it runs, and leaves nothing behind but what it says."""

from __future__ import annotations

import os
import re
import signal
import socket
import subprocess
import sys
from pathlib import Path
from urllib.parse import urlsplit

import pytest

from fundarb.cli import tour
from tests.cli.processes import environment, fundarb


def shown(text: str) -> list[str]:
    """The commands of a tour, in their order."""
    return re.findall(r"^\$ (.*)$", text, re.MULTILINE)


def listens(url: str) -> bool:
    """Whether anything is there."""
    where = urlsplit(url)
    with socket.socket() as probe:
        return probe.connect_ex((where.hostname, where.port)) == 0


@pytest.mark.slow
def test_the_tour_shows_every_command_it_runs_and_leaves_nothing(tmp_path: Path) -> None:
    there, temporary = tmp_path / "here", tmp_path / "temporary"
    there.mkdir()
    temporary.mkdir()
    mine = {"FUNDARB__CAPITAL": "7", "FUNDARB_API_KEY": "not-a-key"}  # what a person really does stays out of it
    done = fundarb("demo", cwd=there, TMPDIR=str(temporary), **mine)
    assert done.returncode == 0, done.stdout + done.stderr
    commands = shown(done.stdout)
    urls = re.findall(r"^export FUNDARB__VENUE__URL=(http://127\.0\.0\.1:\d+)$", "\n".join(commands), re.MULTILINE)
    table = " --format table"
    assert commands == [
        "fundarb init",
        f"{tour.MARKET} &",
        f"export FUNDARB__VENUE__URL={urls[0]}",
        f"fundarb fetch --days 90 {tour.PAIRS}{table}",
        f"fundarb signals{table}",
        f"fundarb fetch --days 270{table}",
        f"fundarb backtest --mode simple,composite,band,hold,cash{table}",
        f"fundarb report latest --html {there / 'fundarb-demo.html'}{table}",
        f"fundarb sweep --grid grid.yaml --top 5{table}",
        f"{tour.LATER} &",
        f"export FUNDARB__VENUE__URL={urls[1]}",
        tour.PAPER,
        tour.PAPER,
        f"fundarb report paper{table}",
    ]
    assert_it_happened(done.stdout)
    assert list(temporary.iterdir()) == []
    (page,) = there.iterdir()
    assert page.name == "fundarb-demo.html"
    assert all(f">{mode}<" in page.read_text("utf-8") for mode in tour.EVERY_MODE.split(","))
    assert not any(map(listens, urls))


def assert_it_happened(text: str) -> None:
    """Each step answered with what it is there for."""
    first, longer = (text.partition(f"--days {days}")[2].partition("\n\n")[0] for days in (90, 270))
    assert re.search(r"BTC/USDT:USDT +spot +(1h )?.* 2160 ", first)
    assert re.search(r"BTC/USDT:USDT +spot +(1h )?.* 4320 ", longer), "only the older 180 days are asked for"
    assert max(map(len, [*first.splitlines(), *longer.splitlines()])) <= 120, "a table is as wide as a person reads"
    for mode in ("simple", "composite", "band", "hold", "cash"):
        assert re.search(rf"^run +{mode} ", text, re.MULTILINE)
    assert "\nNo edge: " in text or "\nAn edge: " in text
    before, _, after = text.partition("^C\n")
    assert "  deposit  paper  amount 10000" in before
    assert "  opened  paper  " in before
    assert "  funding  paper  " in before
    assert "  deposit  " not in after, "the second start goes on with the first one's ledger"
    assert "  stopped  paper" in after
    assert text.endswith("\nDone; to be looked at: fundarb-demo.html.\n")


def test_a_tour_that_is_interrupted_ends_what_it_started(tmp_path: Path) -> None:
    argv = [sys.executable, "-m", "fundarb", "demo"]
    with subprocess.Popen(
        argv,
        cwd=tmp_path,
        env=environment(TMPDIR=str(tmp_path)),
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    ) as process:
        assert process.stdout is not None
        line = next(line for line in process.stdout if line.startswith("$ export "))
        url = line.rpartition("=")[2].strip()
        assert listens(url)
        process.send_signal(signal.SIGINT)
        _, said = process.communicate(timeout=120)
    assert process.returncode == 130, said
    assert not listens(url)
    assert os.listdir(tmp_path) == []

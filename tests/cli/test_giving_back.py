"""Whatever ends a command that draws on a terminal, kill -9 apart, the terminal is as it was before that."""

from __future__ import annotations

import io
import select
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
from rich.console import Console

from fundarb.cli.live_view import BACK_S, STOPPING, Screen
from fundarb.ports.journal import Event
from tests.cli.processes import environment
from tests.e2e.terminal import ENTER, LEAVE
from tests.reporting.seen import told

DRAWER = Path(__file__).parent / "drawer.py"
ROOT = Path(__file__).parents[2]


@contextmanager
def drawing() -> Iterator[subprocess.Popen[bytes]]:
    """A command with a picture on its terminal and a step of a minute in hand."""
    pipe, argv = subprocess.PIPE, [sys.executable, "-m", "tests.cli.drawer"]
    with subprocess.Popen(argv, cwd=ROOT, env=environment(), stdout=pipe, stderr=pipe) as process:
        try:
            shown(process, ENTER)
            yield process
        finally:
            process.kill()


def shown(process: subprocess.Popen[bytes], wanted: str) -> None:
    """Wait until it wrote that to its terminal."""
    assert process.stdout is not None
    seen, ends = "", time.monotonic() + 60
    while wanted not in seen:
        assert time.monotonic() < ends, f"never written: {wanted!r}; {seen!r}"
        if select.select([process.stdout], [], [], 1.0)[0]:
            data = process.stdout.read1(65536)  # type: ignore[attr-defined]  # of a buffered reader
            assert data, f"it ended: {seen!r}"
            seen += data.decode()


@pytest.mark.parametrize("first", [signal.SIGTERM, signal.SIGINT])
def test_the_first_signal_gives_the_terminal_back_and_the_second_ends_at_once(first: signal.Signals) -> None:
    with drawing() as process:
        process.send_signal(first)
        shown(process, LEAVE)
        process.send_signal(first)
        _, said = process.communicate(timeout=30)
    assert process.returncode == -first
    assert STOPPING in said.decode()


@pytest.mark.parametrize("number", [signal.SIGHUP, signal.SIGQUIT])
def test_a_signal_that_ends_at_once_ends_on_a_terminal_as_it_was(number: signal.Signals) -> None:
    with drawing() as process:
        process.send_signal(number)
        shown(process, LEAVE)
        process.communicate(timeout=30)
    assert process.returncode == -number


def a_screen(page: io.StringIO, lines: list[Event]) -> Screen:
    console = Console(file=page, force_terminal=True, width=100, height=30, legacy_windows=False)
    return Screen(console, lines.append)


async def test_what_happens_after_the_terminal_was_given_back_is_told_in_lines() -> None:
    page, lines = io.StringIO(), list[Event]()
    (event,) = told(1)
    with a_screen(page, lines) as screen:
        screen.give_back()
        screen.give_back()
        screen.hear(event)
    assert lines == [event]
    assert page.getvalue().count(LEAVE) == 1


async def test_a_terminal_that_takes_nothing_holds_up_no_end() -> None:
    page = io.StringIO()
    with a_screen(page, []) as screen:
        with screen._lock:  # as a drawing that is stuck has it
            began = time.monotonic()
            screen.give_back()
        assert time.monotonic() - began >= BACK_S
    assert page.getvalue().count(LEAVE) == 1

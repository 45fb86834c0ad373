"""Progress on stderr: a bar where someone watches, a line now and then elsewhere, nothing with -q."""

from __future__ import annotations

import io
import os

import pytest

from fundarb.cli.progress import Progress


class Terminal(io.StringIO):
    def isatty(self) -> bool:
        return True


class Ticking:
    """A clock that moves by what it is told."""

    def __init__(self) -> None:
        self.now = 0.0

    def __call__(self) -> float:
        return self.now


def run(progress: Progress, clock: Ticking, steps: int, seconds: float) -> None:
    with progress:
        for step in range(steps + 1):
            progress("candles.csv", step * 1000, steps * 1000)
            clock.now += seconds


def test_off_a_terminal_a_line_every_five_seconds() -> None:
    stream, clock = io.StringIO(), Ticking()
    run(Progress(stream=stream, clock=clock), clock, steps=20, seconds=1.0)
    lines = stream.getvalue().splitlines()
    assert len(lines) == 4
    assert lines[0] == "candles.csv: 5,000 rows   25%  1,000 rows/s  0:15 left"
    assert "\r" not in stream.getvalue()


def test_on_a_terminal_a_bar_with_rate_and_time_left_that_clears_itself() -> None:
    stream, clock = Terminal(), Ticking()
    run(Progress(stream=stream, clock=clock), clock, steps=4, seconds=1.0)
    frames = stream.getvalue().split("\r")
    assert frames[2] == "candles.csv: 2,000 rows  [############............]   50%  1,000 rows/s  0:02 left"
    assert stream.getvalue().endswith("\r")
    assert frames[-2].strip() == ""


@pytest.mark.parametrize(
    ("columns", "shown"),
    [
        (100, "sweep: 50 sets  [############............]   50%  5 sets/s  0:10 left  best sharpe_daily 12.81"),
        (80, "sweep: 50 sets   50%  5 sets/s  0:10 left  best sharpe_daily 12.81"),
        (40, "sweep: 50 sets   50%  5 sets/s  0:10 le"),
    ],
)
def test_a_line_is_never_wider_than_the_terminal_else_it_could_not_be_drawn_over(
    columns: int, shown: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    class Sized(Terminal):
        def fileno(self) -> int:
            return 2

    monkeypatch.setattr(os, "get_terminal_size", lambda _: os.terminal_size((columns, 24)))
    stream, clock = Sized(), Ticking()
    with Progress(stream=stream, clock=clock) as progress:
        progress("sweep", 0, 100, "sets", None)
        clock.now = 10.0
        progress("sweep", 50, 100, "sets", "best sharpe_daily 12.81")
    assert stream.getvalue().split("\r")[1] == shown


def test_short_work_prints_nothing() -> None:
    stream, clock = Terminal(), Ticking()
    run(Progress(stream=stream, clock=clock), clock, steps=5, seconds=0.01)
    assert stream.getvalue() == ""


def test_quiet_prints_nothing() -> None:
    stream, clock = Terminal(), Ticking()
    run(Progress(shown=False, stream=stream, clock=clock), clock, steps=50, seconds=9.0)
    assert stream.getvalue() == ""


def test_without_a_total_there_is_no_promise_when_it_ends() -> None:
    stream, clock = io.StringIO(), Ticking()
    progress = Progress(stream=stream, clock=clock)
    progress("funding.csv.gz", 0)
    clock.now = 10.0
    progress("funding.csv.gz", 5_000)
    assert stream.getvalue() == "funding.csv.gz: 5,000 rows  500 rows/s\n"


def test_bytes_are_told_in_megabytes() -> None:
    stream, clock = io.StringIO(), Ticking()
    progress = Progress(stream=stream, clock=clock)
    progress("candles.csv", 0, 50_000_000, "bytes")
    clock.now = 10.0
    progress("candles.csv", 25_000_000, 50_000_000, "bytes")
    assert stream.getvalue() == "candles.csv: 25.0 MB   50%  2.5 MB/s  0:10 left\n"


def test_a_new_stage_counts_its_own_rate() -> None:
    stream, clock = io.StringIO(), Ticking()
    progress = Progress(stream=stream, clock=clock)
    progress("one", 0, 10)
    clock.now = 100.0
    progress("two", 0, 1000)
    clock.now = 110.0
    progress("two", 500, 1000)
    assert stream.getvalue() == "two: 500 rows   50%  50 rows/s  0:10 left\n"


def test_a_closed_stderr_is_no_failure() -> None:
    clock = Ticking()
    run(Progress(stream=None, clock=clock), clock, steps=3, seconds=9.0)

"""A trader that does not answer is ended, by TERM or at last by KILL; nobody else is; and patience has its bounds."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from fundarb.adapters.sqlite.locks import hold, holder, lock_path
from fundarb.bootstrap.taking_over import end_trader, patience_s, wait_for_trader
from fundarb.errors import LockHeld
from tests.cli.processes import environment

HERE = Path(__file__).parent


@contextmanager
def holding(database: Path, name: str = "trade", manner: str = "plain") -> Iterator[subprocess.Popen[str]]:
    """A process with the trade lock."""
    argv = [sys.executable, str(HERE / "lock_holder.py"), str(database), name, manner]
    with subprocess.Popen(argv, env=environment(), stdout=subprocess.PIPE, text=True) as process:
        assert process.stdout is not None
        assert process.stdout.readline() == "held\n"
        try:
            yield process
        finally:
            process.kill()


def stop(process: subprocess.Popen[str]) -> None:
    """Until it really stands still: of two signals on their way either may come first."""
    process.send_signal(signal.SIGSTOP)
    os.waitid(os.P_PID, process.pid, os.WSTOPPED)


@pytest.mark.parametrize(
    ("manner", "grace_s", "ended_by"), [("plain", 60.0, signal.SIGTERM), ("deaf", 0.5, signal.SIGKILL)]
)
async def test_a_trader_is_ended_and_its_lock_is_free(
    tmp_path: Path, manner: str, grace_s: float, ended_by: signal.Signals
) -> None:
    database, notes = tmp_path / "a.db", list[str]()
    with holding(database, manner=manner) as process:
        await end_trader(database, notes.append, grace_s)
        assert process.wait(timeout=30) == -ended_by
    assert holder(database, "trade") is None
    assert [note.split()[0] for note in notes] == (
        ["SIGTERM"] if ended_by is signal.SIGTERM else ["SIGTERM", "SIGKILL"]
    )
    with hold(database, ("trade",)):
        await end_trader(tmp_path / "other.db", notes.append)


async def test_a_trader_that_was_stopped_in_its_tracks_is_killed(tmp_path: Path) -> None:
    database = tmp_path / "a.db"
    with holding(database) as process:
        stop(process)
        await end_trader(database, lambda _: None, grace_s=0.2)
        assert process.wait(timeout=30) == -signal.SIGKILL


@pytest.mark.parametrize("name", ["import", "reconcile", "halt"])
async def test_who_is_no_trader_is_left_alone(tmp_path: Path, name: str) -> None:
    database = tmp_path / "a.db"
    with holding(database, name) as process:
        with pytest.raises(LockHeld, match="which is no trader"):
            await end_trader(database, lambda _: None, grace_s=0.1)
        assert process.poll() is None


async def test_a_number_that_is_another_process_here_is_not_ended_for_it(tmp_path: Path) -> None:
    database = tmp_path / "a.db"
    with holding(database) as process, holding(tmp_path / "other.db") as innocent:
        lock = lock_path(database, "trade")
        signed = json.loads(lock.read_text())
        for pid in (innocent.pid, 2**22 + 1):
            lock.write_text(json.dumps({**signed, "pid": pid}))
            with pytest.raises(LockHeld, match="no process of that number on this side"):
                await end_trader(database, lambda _: None, grace_s=0.1)
        assert (process.poll(), innocent.poll()) == (None, None)


async def test_waiting_ends_with_an_answer_or_with_the_trader(tmp_path: Path) -> None:
    database, answers = tmp_path / "a.db", iter([1, 2, 3, None])

    async def progress() -> object | None:
        return next(answers)

    async def never() -> object | None:
        return "nothing new"

    await wait_for_trader(database, never, poll_ms=10_000)
    with holding(database) as process:
        await wait_for_trader(database, progress, poll_ms=10_000)
        assert list(answers) == []
        process.kill()
        await wait_for_trader(database, never, poll_ms=10_000)


def test_patience_is_three_polls_within_reason() -> None:
    assert [patience_s(poll_ms) for poll_ms in (200, 10_000, 8 * 3_600_000)] == [5.0, 30.0, 60.0]

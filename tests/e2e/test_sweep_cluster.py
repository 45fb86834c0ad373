"""A sweep on a real scheduler with two workers: the answer of this machine, also where a worker is lost in the middle."""

from __future__ import annotations

import json
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import ExitStack
from importlib.metadata import version
from pathlib import Path

import pytest

from fundarb import __version__
from tests.cli.processes import ROOT, environment
from tests.e2e.asking import ask
from tests.e2e.sweeping import LONG, LONG_SETS, answer, met, started, stored_trials, write_grid

WARNED = "default"  # dask itself warns of what is not ours
OTHER = """
import importlib.metadata as installed
import fundarb

fundarb.__version__ = "0.0.1"
honest = installed.version
installed.version = lambda name: "0.0.2" if name == "numba" else honest(name)
"""


class Scheduler:
    """A scheduler on loopback, and its workers as they are started."""

    def __init__(self, folder: Path, stack: ExitStack) -> None:
        self._file, self._folder, self._stack = folder / "scheduler.json", folder, stack
        self._start("dask_scheduler", "--host", "127.0.0.1", "--port", "0", "--no-dashboard")
        until(self._file.exists, "the scheduler never came up")
        self.address: str = json.loads(self._file.read_text())["address"]

    def worker(self, path: str = str(ROOT)) -> subprocess.Popen[bytes]:
        """One more worker, once it has joined."""
        before = self._joined()
        words = ("--host", "127.0.0.1", "--nthreads", "1", "--no-nanny", "--no-dashboard", "--local-directory")
        process = self._start("dask_worker", *words, str(self._folder), path=path)
        until(lambda: self._joined() > before, "the worker never joined")
        return process

    def _start(self, name: str, *words: str, path: str = str(ROOT)) -> subprocess.Popen[bytes]:
        argv = [sys.executable, "-m", f"distributed.cli.{name}", "--scheduler-file", str(self._file), *words]
        log = self._stack.enter_context((self._folder / "log").open("ab"))
        process = subprocess.Popen(
            argv, env=environment(PYTHONPATH=path, PYTHONWARNINGS=WARNED), stdout=log, stderr=log
        )
        self._stack.callback(process.wait)
        self._stack.callback(process.kill)
        return process

    def _joined(self) -> int:
        return (self._folder / "log").read_text().count("Register worker")


def until(true: object, words: str) -> None:
    """Wait for what a callable says."""
    assert callable(true)
    deadline = time.monotonic() + 120
    while not true():
        assert time.monotonic() < deadline, words
        time.sleep(0.02)


@pytest.fixture
def scheduler(tmp_path: Path) -> Iterator[Scheduler]:
    """Gone with all its workers after the test."""
    with ExitStack() as stack:
        yield Scheduler(tmp_path, stack)


@pytest.mark.slow
def test_it_says_what_this_machine_says_also_if_a_worker_is_lost(here: Path, scheduler: Scheduler) -> None:
    write_grid(here, LONG)
    lost, _ = scheduler.worker(), scheduler.worker()
    with started(here, "--cluster", scheduler.address) as process:
        met(here, process, 20)
        lost.kill()
        out, words = process.communicate(timeout=300)
    assert process.returncode == 0, words
    assert stored_trials(here) == LONG_SETS
    assert answer(out) == answer(ask("sweep --exact --workers 2 --format json", here).stdout)


@pytest.mark.slow
def test_a_cluster_without_workers_or_of_another_version_exits_4(
    here: Path, scheduler: Scheduler, tmp_path: Path
) -> None:
    write_grid(here)
    nobody = ask(f"sweep --cluster {scheduler.address}", here, code=4)
    assert "has no workers; start some with `dask worker`" in nobody.stderr
    (tmp_path / "older").mkdir()
    (tmp_path / "older/sitecustomize.py").write_text(OTHER)
    scheduler.worker(f"{tmp_path / 'older'}:{ROOT}")
    other = ask(f"sweep --cluster {scheduler.address}", here, code=4)
    assert "workers of another version: tcp://127.0.0.1:" in other.stderr
    assert f"has fundarb 0.0.1 (here {__version__}), numba 0.0.2 (here {version('numba')}); install" in other.stderr
    assert stored_trials(here) == 0

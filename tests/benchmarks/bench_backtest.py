"""One exact backtest of the carry-year workload, in process and as a whole process; growth at ten times the data.

Aim: at most 30 ms in process with ledger, equity and metrics after the panel is loaded; 1.2 s as a process, warm cache;
growth no worse than linear in pairs × time. Printed as measured; Python's own start stands beside it."""

from __future__ import annotations

import asyncio
import resource
import statistics
import subprocess
import sys
import tempfile
import time
from functools import partial
from pathlib import Path

from fundarb.bootstrap.setup import setup_of
from fundarb.config import resolve
from fundarb.domain.result import RunResult
from fundarb.research.backtest import run_mode
from fundarb.research.stage import set_stage
from fundarb.signals.panel import Panel
from tests.benchmarks.carry_store import store_carry_year
from tests.benchmarks.carry_year import START_MS, carry_panel
from tests.benchmarks.timing import Figure, median_ms, take_turns

ROUNDS = 7
LARGE = (500, 2)


def run() -> list[Figure]:
    """The figures."""
    small = carry_panel()
    modes = ("simple", "composite")
    seconds = take_turns({mode: partial(_backtest, small, mode) for mode in modes}, ROUNDS)
    found = _backtest(small, "simple")
    figures = [(f"carry-year, {mode}, in process", median_ms(times)) for mode, times in seconds.items()]
    figures.append(("carry-year, simple: trades, ledger lines", f"{found.counts.trades}, {len(found.ledger)}"))
    figures += _growth(statistics.median(seconds["simple"]))
    return figures + _whole_process()


def _backtest(panel: Panel, mode: str) -> RunResult:
    setup = setup_of(resolve((), {}, (), {}, Path("none.db")).settings)
    stage = set_stage(panel, setup, START_MS, panel.until_ms, {}, "bench")
    return asyncio.run(run_mode(stage, setup, mode))


def _growth(small_s: float) -> list[Figure]:
    """500 pairs × 2 years beside 100 pairs × 1 year: ten times the data."""
    large = carry_panel(*LARGE)
    times = take_turns({"large": lambda: _backtest(large, "simple")}, 3)["large"]
    factor = statistics.median(times) / small_s
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss // 1024
    return [
        ("500 pairs x 2 years, simple, in process", median_ms(times)),
        ("500 pairs x 2 years over carry-year (10x the data)", f"{factor:.1f}x"),
        ("peak memory of all of this", f"{peak} MiB"),
    ]


def _whole_process() -> list[Figure]:
    """`fundarb backtest` on a store of the workload, with a cold and with a warm panel cache."""
    with tempfile.TemporaryDirectory() as folder:
        database = Path(folder) / "carry.db"
        asyncio.run(store_carry_year(database))
        command = [sys.executable, "-m", "fundarb", "backtest", "--db", str(database), "--no-save", "--format", "json"]
        cold = _timed(command)
        warm = take_turns({"warm": lambda: _timed(command)}, 3)["warm"]
    return [
        ("carry-year, fundarb backtest with its benchmarks, cold cache", median_ms([cold])),
        ("carry-year, fundarb backtest with its benchmarks, warm cache", median_ms(warm)),
    ]


def _timed(command: list[str]) -> float:
    started = time.perf_counter()
    subprocess.run(command, check=True, capture_output=True)
    return time.perf_counter() - started

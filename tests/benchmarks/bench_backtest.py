"""One exact backtest of the carry-year workload, in process and as a whole process; growth at ten times the data.

Aim: at most 30 ms in process with ledger, equity and metrics after the panel is loaded; 1.2 s as a process, warm cache;
growth no worse than linear in pairs × time. Printed as measured. Beside them, to read them by: `plain_loop`, the same
strategy as one would write it first, on this machine in the same rounds. The workload is seeded (see `carry_year`)."""

from __future__ import annotations

import asyncio
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
from tests.benchmarks.plain_loop import PlainLoop
from tests.benchmarks.timing import Figure, median_ms, ratio, take_turns

ROUNDS, LARGE_ROUNDS, PROCESSES = 7, 3, 5
LARGE = (500, 2)
DEFAULTS = setup_of(resolve((), {}, (), {}, Path("none.db")).settings)
PLAIN = "a plain Decimal loop"
# From a small process: Linux hands the peak of a parent down to its child, through exec.
PEAK = (
    "import resource, subprocess, sys; subprocess.run(sys.argv[1:], check=True, capture_output=True); "
    "print(resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss)"
)


def run() -> list[Figure]:
    """The figures."""
    panel = carry_panel()
    contenders = {mode: partial(_backtest, panel, mode) for mode in ("simple", "composite", "hold")}
    seconds = take_turns({**contenders, PLAIN: lambda: PlainLoop(panel).run()}, ROUNDS)
    found, plain = _backtest(panel, "simple"), PlainLoop(panel).run()
    small = {mode: statistics.median(times) for mode, times in seconds.items()}
    return [
        *((f"carry-year, {name}, in process", median_ms(times)) for name, times in seconds.items()),
        ("carry-year, simple over the plain loop", f"{ratio(seconds, 'simple', PLAIN):.2f}x"),
        ("carry-year, simple: trades, ledger lines", f"{found.counts.trades}, {len(found.ledger)}"),
        ("carry-year, the plain loop: ledger lines", f"{len(plain.ledger)}"),
        *_growth(small),
        *_whole_process(),
    ]


def _backtest(panel: Panel, mode: str) -> RunResult:
    stage = set_stage(panel, DEFAULTS, START_MS, panel.until_ms, {}, "bench")
    return asyncio.run(run_mode(stage, DEFAULTS, mode))


def _growth(small: dict[str, float]) -> list[Figure]:
    """500 pairs × 2 years beside 100 pairs × 1 year: ten times the data."""
    large = carry_panel(*LARGE)
    modes = ("simple", "composite")
    seconds = take_turns({mode: partial(_backtest, large, mode) for mode in modes}, LARGE_ROUNDS)
    figures: list[Figure] = []
    for mode, times in seconds.items():
        factor = statistics.median(times) / small[mode]
        figures.append((f"500 pairs x 2 years, {mode}, in process", median_ms(times)))
        figures.append((f"500 pairs x 2 years, {mode}, over carry-year (10x the data)", f"{factor:.1f}x"))
    return figures


def _whole_process() -> list[Figure]:
    """`fundarb backtest` on a store of the workload, with a cold and with a warm panel cache."""
    with tempfile.TemporaryDirectory() as folder:
        database = Path(folder) / "carry.db"
        asyncio.run(store_carry_year(database))
        command = [sys.executable, "-m", "fundarb", "backtest", "--db", str(database), "--no-save", "--format", "json"]
        cold = _timed(command)
        warm = take_turns({"warm": lambda: _timed(command)}, PROCESSES)["warm"]
        peak = int(subprocess.run([sys.executable, "-c", PEAK, *command], check=True, stdout=subprocess.PIPE).stdout)
    return [
        ("carry-year, fundarb backtest with its benchmarks, cold cache", median_ms([cold])),
        ("carry-year, fundarb backtest with its benchmarks, warm cache", median_ms(warm)),
        ("carry-year, fundarb backtest, warm cache: peak memory", f"{_mib(peak)} MiB"),
    ]


def _mib(peak: int) -> int:
    """`ru_maxrss` is in KiB, on macOS in bytes."""
    return peak // (2**20 if sys.platform == "darwin" else 2**10)


def _timed(command: list[str]) -> float:
    started = time.perf_counter()
    subprocess.run(command, check=True, capture_output=True)
    return time.perf_counter() - started

"""Backtests a second in the fast lane, everything that ranks a trial included, beside the exact lane over two processes.

Aims, after compilation, on both cores of a small machine: simple >= 10,000/s on carry-year and >= 2,000/s at 500 pairs x 2
years; composite with its weights swept >= 2,000/s; the exact lane over two processes >= 60/s; first compilation <= 5 s of
processor time, once a version. Printed as measured: sets a second of the clock on all cores (which others may be using
too), and of one core's own time. `read` is how long reading rate, spot and perp of every event and pair once takes."""

from __future__ import annotations

import os
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import replace
from decimal import Decimal
from pathlib import Path

import numpy as np

from fundarb.bootstrap.setup import setup_of
from fundarb.config import resolve
from fundarb.research.fast_lane import FastLane
from fundarb.research.kernel.tape import P_FILL, RATE, S_FILL
from fundarb.research.rules import Setup
from fundarb.research.search.processes import ProcessCrew
from fundarb.research.stage import Stage, set_stage
from fundarb.signals.panel import Panel
from tests.benchmarks.carry_year import START_MS, carry_panel
from tests.benchmarks.timing import Figure, take_turns

ROUNDS, EXACT_SETS, LARGE = 5, 24, (500, 2)
PLACES = Decimal("1e-8")
ENTRIES = [Decimal("0.00015") + Decimal("0.00005") * n for n in range(16)]
EXITS = [Decimal("-0.0002") + Decimal("0.00002") * n for n in range(16)]
FIRST_RUN = """
import time
from tests.benchmarks.bench_sweep import one_stage
from fundarb.research.fast_lane import FastLane
stage, setup = one_stage()
lane = FastLane(stage)
lane.tape
wall, own = time.perf_counter(), time.process_time()
lane.run([setup])
print(time.perf_counter() - wall, time.process_time() - own)
"""


def run() -> list[Figure]:
    """The figures."""
    small, cores = carry_panel(), os.cpu_count() or 1
    base = _setup()
    simple, weights = thresholds(base), swept_weights(_setup("strategy.mode=composite"), len(ENTRIES) * len(EXITS))
    stage = _stage(small, base)
    return [
        *_compiling(),
        *_speeds("carry-year, simple, 256 sets", stage, simple, cores),
        *_speeds("carry-year, composite, weights of 256 sets", stage, weights, cores),
        *_speeds("carry-year, composite, 256 sets of one ranking", stage, [weights[0]] * 256, cores),
        *_speeds("500 pairs x 2 years, simple, 256 sets", _stage(carry_panel(*LARGE), base), simple, cores),
        ("carry-year, simple, exact lane over 2 processes (aim >= 60/s)", _rate(*_exact(stage, simple))),
    ]


def one_stage() -> tuple[Stage, Setup]:
    """The workload and its plainest set."""
    setup = _setup()
    return _stage(carry_panel(), setup), setup


def thresholds(base: Setup) -> list[Setup]:
    """Every entry with every exit."""

    def one(entry: Decimal, leave: Decimal) -> Setup:
        simple = base.strategy.simple.model_copy(update={"entry": entry, "exit": leave})
        return replace(base, strategy=base.strategy.model_copy(update={"simple": simple}))

    return [one(entry, leave) for entry in ENTRIES for leave in EXITS]


def swept_weights(base: Setup, count: int) -> list[Setup]:
    """Weights drawn anew for every set."""
    noise, composite = np.random.default_rng(1), base.strategy.composite

    def one(drawn: Sequence[float]) -> Setup:
        named = zip(("carry", "persistence", "trend", "stability", "basis"), drawn, strict=True)
        weights = composite.weights.model_copy(update={name: Decimal(str(round(x, 4))) for name, x in named})
        changed = composite.model_copy(update={"weights": weights})
        return replace(base, strategy=base.strategy.model_copy(update={"composite": changed}))

    return [one(noise.uniform(0.05, 1.0, 5).tolist()) for _ in range(count)]


def _setup(*sets: str) -> Setup:
    return setup_of(resolve((), {}, sets, {}, Path("none.db")).settings)


def _stage(panel: Panel, setup: Setup) -> Stage:
    return set_stage(panel, setup, START_MS, panel.until_ms, {}, "bench")


def _speeds(name: str, stage: Stage, setups: Sequence[Setup], cores: int) -> Iterator[Figure]:
    """Sets a second by threads, and a set beside reading the matrices once."""
    lanes = {threads: FastLane(stage, threads=threads) for threads in sorted({1, cores})}
    own: list[float] = []

    def timed(lane: FastLane) -> Callable[[], object]:
        def go() -> None:
            began = time.process_time()
            lane.run(setups)
            own.append(time.process_time() - began)

        return go

    seconds = take_turns({f"threads: {n}": timed(lane) for n, lane in lanes.items()}, ROUNDS)
    for threads, times in seconds.items():
        yield f"{name}, {threads}", _rate(len(setups), min(times))
    a_set = min(own) / len(setups)
    reading = _reading(lanes[1])
    yield f"{name}, a second of one core", _rate(1, a_set)
    yield (
        f"{name}, a set over reading the matrices once",
        f"{a_set * 1e6:.0f} us / {reading * 1e6:.0f} us = {a_set / reading:.1f}x",
    )


def _reading(lane: FastLane) -> float:
    """Seconds to read rate, spot and perp of all events and pairs, each matrix in one piece."""
    matrices = [np.ascontiguousarray(lane.tape.cells[:, :, column]) for column in (RATE, S_FILL, P_FILL)]
    times = []
    for _ in range(9):
        began = time.process_time()
        for matrix in matrices:
            matrix.max()
        times.append(time.process_time() - began)
    return statistics.median(times)


def _exact(stage: Stage, setups: Sequence[Setup]) -> tuple[int, float]:
    """Sets and seconds of the exact lane in two processes, which have begun before."""
    crew, chunk = ProcessCrew(stage, 2), list(setups[:: len(setups) // EXACT_SETS])
    try:
        for begun in [crew.submit(chunk[:1]) for _ in range(4)]:
            begun.result()
        began = time.perf_counter()
        for done in [crew.submit(chunk[part::4]) for part in range(4)]:
            done.result()
        return len(chunk), time.perf_counter() - began
    finally:
        crew.close()


def _compiling() -> Iterator[Figure]:
    """The first run of a version, and the first of a process after it."""
    with tempfile.TemporaryDirectory() as folder:
        environ = {**os.environ, "XDG_CACHE_HOME": folder}
        for name in ("first run of a version, compiling (aim <= 5 s own)", "first run of a process, compiled before"):
            told = subprocess.run(
                [sys.executable, "-c", FIRST_RUN], env=environ, check=True, capture_output=True, text=True
            )
            wall, own = map(float, told.stdout.split())
            yield name, f"{wall:.1f} s, {own:.1f} s of one core"


def _rate(count: int, seconds: float) -> str:
    return f"{count / seconds:,.0f}/s"

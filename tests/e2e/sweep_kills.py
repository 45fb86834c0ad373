"""A campaign of kill -9 against `sweep --walk-forward`: after each, --resume ends with the answer and the ledger of an
undisturbed run, and runs nothing again that was finished, be it of the whole range or of a training stretch."""

from __future__ import annotations

import shutil
import sqlite3
import time
from collections import Counter
from pathlib import Path
from random import Random

from tests.e2e.asking import ask
from tests.e2e.sweeping import (
    DATABASE,
    answer,
    gone,
    met,
    started,
    stored_trials,
    workers_of,
    write_grid,
)

GRID = """
parameters:
  strategy.simple.entry: {min: 0.0001, max: 0.0004, num: 12}
  strategy.simple.exit: {min: 0.00001, max: 0.00009, num: 10}
"""
SETS, FOLDS = 120, 2
TRIALS = SETS * (1 + FOLDS)
WALK = ("--resume", "--walk-forward", "--train", "5d", "--test", "3d", "--purge", "1d")
FINAL = f"sweep --exact --workers 2 --format json {' '.join(WALK)}"


def campaign(filled: Path, folder: Path, rounds: int, seed: int) -> Counter[str]:
    """Kill so many sweeps, each at a random moment; how often each phase was hit."""
    random, hits = Random(seed), Counter[str]()
    whole = folder / "whole"
    shutil.copytree(filled, whole)
    write_grid(whole, GRID)
    expected, trials = answer(ask(FINAL, whole).stdout), ledger(whole)
    assert len(trials) == TRIALS
    for number in range(rounds):
        here = folder / f"round-{number}"
        shutil.copytree(filled, here)
        write_grid(here, GRID)
        hits[killed(here, random)] += 1
        before = set(stored_at(here))
        assert answer(ask(FINAL, here).stdout) == expected
        assert before <= set(stored_at(here))
        assert ledger(here) == trials
    return hits


def killed(here: Path, random: Random) -> str:
    """Start a sweep and kill it, at times a second time; the phase in which it was hit at last."""
    phase = "opening"
    for _ in range(random.choice((1, 1, 2))):
        wanted = random.choice((0, *[random.randrange(TRIALS)] * 6, TRIALS))
        with started(here, *WALK) as process:
            met(here, process, wanted)
            time.sleep(random.uniform(0, 0.05))
            workers = workers_of(process) if process.poll() is None else []
            process.kill()
        assert gone(workers)
        phase = phase_of(here)
    return phase


def phase_of(here: Path) -> str:
    """What was being done when it died."""
    kept = stored_trials(here)
    if kept == TRIALS:
        return "judging"
    return "opening" if not kept else "searching" if kept < SETS else "training"


def stored_at(here: Path) -> list[tuple[str, int]]:
    """Every trial and when it was stored: what is stored again has another time."""
    connection = sqlite3.connect(here / DATABASE)
    try:
        return connection.execute("SELECT trial_id, stored_ms FROM trials").fetchall()
    finally:
        connection.close()


def ledger(here: Path) -> dict[str, tuple[object, ...]]:
    """Every trial's figures by its identity."""
    connection = sqlite3.connect(here / DATABASE)
    try:
        found = connection.execute("SELECT trial_id, metrics, totals, counts, checksum FROM trials").fetchall()
    finally:
        connection.close()
    return {name: tuple(figures) for name, *figures in found}

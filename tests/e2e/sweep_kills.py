"""A campaign of kill -9 against `sweep`: after each, --resume ends with the answer and the ledger of an undisturbed run."""

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
    LONG,
    LONG_SETS,
    answer,
    gone,
    met,
    started,
    stored_trials,
    workers_of,
    write_grid,
)

FINAL = "sweep --exact --workers 2 --resume --format json"


def campaign(filled: Path, folder: Path, rounds: int, seed: int) -> Counter[str]:
    """Kill so many sweeps, each at a random moment; how often each phase was hit."""
    random, hits = Random(seed), Counter[str]()
    whole = folder / "whole"
    shutil.copytree(filled, whole)
    write_grid(whole, LONG)
    expected, trials = answer(ask(FINAL, whole).stdout), ledger(whole)
    assert len(trials) == LONG_SETS
    for number in range(rounds):
        here = folder / f"round-{number}"
        shutil.copytree(filled, here)
        write_grid(here, LONG)
        hits[killed(here, random)] += 1
        assert answer(ask(FINAL, here).stdout) == expected
        assert ledger(here) == trials
    return hits


def killed(here: Path, random: Random) -> str:
    """Start a sweep and kill it, at times a second time; the phase in which it was hit at last."""
    phase = "opening"
    for _ in range(random.choice((1, 1, 2))):
        wanted = random.choice((0, *[random.randrange(LONG_SETS)] * 6, LONG_SETS))
        with started(here, "--resume") as process:
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
    if kept == LONG_SETS:
        return "judging"
    return "searching" if kept else "opening"


def ledger(here: Path) -> dict[str, tuple[object, ...]]:
    """Every trial's figures by its identity."""
    connection = sqlite3.connect(here / DATABASE)
    try:
        found = connection.execute("SELECT trial_id, metrics, totals, counts, checksum FROM trials").fetchall()
    finally:
        connection.close()
    return {name: tuple(figures) for name, *figures in found}

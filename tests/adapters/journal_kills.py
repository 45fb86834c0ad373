"""A campaign of kill -9 against a process that writes the journal; every round is checked against a replayed copy."""

from __future__ import annotations

import signal
import subprocess
import sys
import time
from collections import Counter
from pathlib import Path
from random import Random

from fundarb.adapters.sqlite.connection import open_store
from fundarb.adapters.sqlite.journal import SqliteJournal
from tests.adapters.journal_script import action_of, contents, perform
from tests.fakes.journal import MemoryJournal

ROOT = Path(__file__).parents[2]
COMMIT_S = 0.004  # about what a durable commit takes: kills fall before, into and after one


async def campaign(database: Path, rounds: int, seed: int) -> Counter[str]:
    """Kill `rounds` times, carrying on in the same database; how often which write was hit, and what became of it."""
    random, hits, copy, done = Random(seed), Counter[str](), MemoryJournal(), 0
    for _ in range(rounds):
        acknowledged = killed_child(database, done, random.randint(1, 12), random.uniform(0, COMMIT_S))
        for step in range(done, acknowledged):
            await perform(copy, step)
        stored = await stored_contents(database)
        landed = stored != await contents(copy)
        if landed:  # then it must be the one step in flight, whole: committed, but killed before it could say so
            await perform(copy, acknowledged)
            assert stored == await contents(copy)
        done = acknowledged + landed
        hits[f"{action_of(acknowledged)}: {'committed, not acknowledged' if landed else 'not committed'}"] += 1
    return hits


def killed_child(database: Path, first: int, acks: int, delay_s: float) -> int:
    """Run a child from step `first`, kill it `delay_s` after its `acks`-th acknowledgement; the step after the last."""
    command = [sys.executable, "-m", "tests.adapters.journal_child", str(database), str(first)]
    with subprocess.Popen(command, cwd=ROOT, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True) as child:
        assert child.stdout is not None
        assert child.stderr is not None
        told = [child.stdout.readline() for _ in range(acks)]
        time.sleep(delay_s)
        child.send_signal(signal.SIGKILL)
        told += child.stdout.readlines()  # not communicate(): it would skip what readline has buffered
        errors = child.stderr.read()
    assert child.returncode == -signal.SIGKILL, errors
    steps = [int(line) for line in told if line.endswith("\n")]
    assert steps == list(range(first, first + len(steps)))
    assert len(steps) >= acks
    return first + len(steps)


async def stored_contents(database: Path) -> tuple[object, ...]:
    """What the next process finds."""
    async with open_store(database, "write", durable=True) as connection:
        async with connection.execute("PRAGMA integrity_check") as cursor:
            assert list(await cursor.fetchall()) == [("ok",)]
        return await contents(SqliteJournal(connection))

"""A campaign of kill -9 against imports; after each the store holds nothing of the import or all of it."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from collections import Counter
from collections.abc import Callable
from pathlib import Path
from random import Random

from fundarb.adapters.sqlite.connection import open_store
from fundarb.adapters.sqlite.market_reader import SqliteMarketReader
from fundarb.domain.instants import LATEST
from tests.adapters.import_child import PHASES
from tests.adapters.layout.files import BTC, HOUR, T0, Folder, rates

ROOT = Path(__file__).parents[2]
CANDLES = 120_000
SETTLEMENTS = 300
WHOLE = (1, SETTLEMENTS, CANDLES)
NOTHING = (0, 0, 0)
PHASE_S = 0.01  # about what reading or writing a batch takes,
COMMIT_S = 0.0003  # and a commit, most of whose pages are in the log already


def files(path: Path) -> Folder:
    """A folder with three files that take an import about a second."""
    folder = Folder(path)
    folder.instruments()
    folder.funding(*rates(SETTLEMENTS))
    folder.candles(*(f"{BTC},perp,1m,{T0 + n * HOUR // 60},{n + 1},{n + 2},0.5,1,{n}.5" for n in range(CANDLES)))
    return folder


async def campaign(folder: Folder, rounds: int, seed: int) -> Counter[str]:
    """Kill `rounds` imports into fresh stores: after the phase to be hit was announced some times, a random moment later.

    How often each phase was hit, counted by what the child said last."""
    random, hits = Random(seed), Counter[str]()
    for number in range(rounds):
        database = folder.path / f"round-{number}.db"
        wanted = ("reading", "writing", "committing", "writing", "opening")[number % 5]
        phase = killed_import(folder, database, wanted, random)
        stored = await contents(database) if database.exists() else NOTHING
        assert stored in (NOTHING, WHOLE), (phase, stored)
        if phase in ("opening", "reading", "writing"):
            assert stored == NOTHING, phase
        assert await finished(folder, database) == WHOLE
        hits[f"{phase}: {'all' if stored == WHOLE else 'nothing'} was there"] += 1
    return hits


def killed_import(folder: Folder, database: Path, wanted: str, random: Random) -> str:
    """Start an import, kill it in or after the phase, and say in which it was."""
    with started(folder, database) as child:
        entered = random.randint(1, 3) if wanted in ("reading", "writing") else 1
        wait_for(child, folder.path / "phase", wanted, entered)
        time.sleep(random.uniform(0, COMMIT_S if wanted == "committing" else PHASE_S))
        child.send_signal(signal.SIGKILL)
    phase = PHASES[(folder.path / "phase").read_bytes()]
    assert child.returncode == -signal.SIGKILL or phase == "done"
    return phase


def started(folder: Folder, database: Path, preexec_fn: Callable[[], None] | None = None) -> subprocess.Popen[str]:
    """An import in a process of its own."""
    phase = folder.path / "phase"
    phase.write_bytes(b"-")
    command = [sys.executable, "-m", "tests.adapters.import_child", str(database), str(folder.path), str(phase)]
    return subprocess.Popen(command, cwd=ROOT, stderr=subprocess.PIPE, text=True, preexec_fn=preexec_fn)


def wait_for(child: subprocess.Popen[str], told: Path, wanted: str, times: int) -> None:
    """Until the child has entered the phase so many times, or is past all chance of it."""
    descriptor, last = os.open(told, os.O_RDONLY), "starting"
    try:
        while times > 0 and last not in ("committing", "done") and child.poll() is None:
            now = PHASES.get(os.pread(descriptor, 1, 0), last)
            times -= now != last and now == wanted
            last = now
    finally:
        os.close(descriptor)


async def contents(database: Path) -> tuple[int, int, int]:
    """Instruments, settlements and candles as the next reader counts them; a sound database."""
    async with open_store(database, "write") as connection:
        [check] = await connection.execute_fetchall("PRAGMA integrity_check")
        assert check[0] == "ok"
        reader = SqliteMarketReader(connection)
        rows = Counter({one.kind.value: one.rows for one in await reader.streams(LATEST)})
        return len(await reader.pairs(LATEST)), rows["funding"], rows["perp"]


async def finished(folder: Folder, database: Path) -> tuple[int, int, int]:
    """What is there once the same import has run to its end."""
    with started(folder, database) as child:
        pass
    assert child.returncode == 0
    return await contents(database)

"""Loading a panel, cold and from the cache, beside fetching the same rows by hand and beside numpy.load; peak memory.

Aim: at least 5 times faster than `fetchall()` and `float()` with a warm cache, every byte of which is checked."""

from __future__ import annotations

import asyncio
import resource
import sqlite3
import subprocess
import sys
import tempfile
from collections.abc import Sequence
from contextlib import closing
from dataclasses import fields
from pathlib import Path

import numpy as np

from fundarb.adapters.layout.importing import import_files
from fundarb.adapters.sqlite.connection import open_store
from fundarb.adapters.sqlite.market_reader import SqliteMarketReader
from fundarb.adapters.sqlite.market_writer import SqliteMarketWriter
from fundarb.adapters.sqlite.panel_cache import cache_root, load_panel_cached
from fundarb.adapters.sqlite.panel_load import load_panel
from fundarb.domain.instants import LATEST
from fundarb.signals.panel import Panel
from tests.benchmarks.made_store import START_MS, make_store
from tests.benchmarks.timing import Figure, median_ms, ratio, take_turns

MAJORS = Path(__file__).parents[3] / "shared" / "data" / "majors-2020-2023"
ROUNDS = 5
YEAR_ROUNDS = 2
PAIRS_A_YEAR = 100  # a fifth of the 500 the panel must bear
MIB = 2**20


def run() -> list[Figure]:
    """Speeds on the majors (on made data where they are not there), speeds and memory on a made year of many pairs."""
    with tempfile.TemporaryDirectory() as folder:
        majors, year = Path(folder, "majors.db"), Path(folder, "year.db")
        pairs = asyncio.run(make_store(year, PAIRS_A_YEAR, 365))
        return [
            *_speeds_on_majors(majors),
            *_speeds(f"made year of {PAIRS_A_YEAR} pairs", year, pairs, YEAR_ROUNDS),
            *_memory(year, pairs),
        ]


def _speeds_on_majors(path: Path) -> list[Figure]:
    if MAJORS.is_dir():
        return _speeds(MAJORS.name, path, asyncio.run(_import_majors(path)), ROUNDS)
    return _speeds("made data", path, asyncio.run(make_store(path, 6, 1400)), ROUNDS)


def _speeds(name: str, path: Path, symbols: Sequence[str], rounds: int) -> list[Figure]:
    cached = asyncio.run(_load(path, symbols, cached=True))
    files = sorted(next(cache_root(path).iterdir()).glob("*.npy"))
    seconds = take_turns(
        {
            "by hand": lambda: _by_hand(path),
            "cold": lambda: asyncio.run(_load(path, symbols, cached=False)),
            "warm": lambda: asyncio.run(_load(path, symbols, cached=True)),
            "read": lambda: _touch(asyncio.run(_load(path, symbols, cached=True))),
            "numpy": lambda: [np.load(file) for file in files],
        },
        rounds,
    )
    return [
        (f"{name}: settlements, candles", f"{len(cached.settlements.rate)}, {_candles(cached)}"),
        ("fetchall() and float()", median_ms(seconds["by hand"])),
        ("cold load", f"{median_ms(seconds['cold'])}, {ratio(seconds, 'by hand', 'cold'):.1f}x as fast"),
        ("warm load (aim >= 5x)", f"{median_ms(seconds['warm'])}, {ratio(seconds, 'by hand', 'warm'):.0f}x as fast"),
        (
            "warm load, every number read",
            f"{median_ms(seconds['read'])}, {ratio(seconds, 'by hand', 'read'):.0f}x as fast",
        ),
        ("numpy.load of the same arrays", median_ms(seconds["numpy"])),
        ("warm load, every number read, over numpy.load", f"{ratio(seconds, 'read', 'numpy'):.2f}x"),
    ]


def _memory(path: Path, symbols: Sequence[str]) -> list[Figure]:
    panel = asyncio.run(_load(path, symbols, cached=True))
    peaks = {how: _peak_in_child(path, how, symbols) for how in ("import", "cold", "warm")}
    return [
        (f"made year of {PAIRS_A_YEAR} pairs: the panel itself", f"{_bytes(panel) / MIB:.1f} MiB"),
        ("peak of a process that only imports", f"{peaks['import'] / MIB:.1f} MiB"),
        ("peak above that, cold load", f"{(peaks['cold'] - peaks['import']) / MIB:.1f} MiB"),
        ("peak above that, warm load, every number read", f"{(peaks['warm'] - peaks['import']) / MIB:.1f} MiB"),
    ]


async def _import_majors(path: Path) -> list[str]:
    async with open_store(path, "write") as connection:
        reader, writer = SqliteMarketReader(connection), SqliteMarketWriter(connection)
        await import_files(
            reader,
            writer,
            funding=MAJORS / "funding.csv.gz",
            candles=MAJORS / "candles.csv.gz",
            instruments=MAJORS / "instruments.csv",
            seen_ms=START_MS,
        )
        return [pair.symbol for pair in await reader.pairs(LATEST)]


async def _load(path: Path, symbols: Sequence[str], *, cached: bool) -> Panel:
    async with open_store(path, "read") as connection:
        reader = SqliteMarketReader(connection)
        if cached:
            return await load_panel_cached(path, reader, symbols, LATEST)
        return await load_panel(reader, symbols, LATEST)


def _by_hand(path: Path) -> int:
    """What one would write without a panel: every row a tuple, every number a float."""
    with closing(sqlite3.connect(path)) as connection:
        rates = connection.execute("SELECT instrument_id, settled_at, rate FROM settlements").fetchall()
        settlements = [(instrument, at, float(rate)) for instrument, at, rate in rates]
        rows = connection.execute("SELECT * FROM candles").fetchall()
        candles = [
            (instrument, market, span, at, float(o), float(h), float(low), float(c), float(v or "nan"))
            for instrument, market, span, at, o, h, low, c, v in rows
        ]
    return len(settlements) + len(candles)


def _arrays(panel: Panel) -> list[np.ndarray[tuple[int, ...], np.dtype[np.generic]]]:
    parts = (panel.settlements, panel.perp, panel.spot, panel.mark)
    rows = [getattr(part, member.name) for part in parts for member in fields(part) if member.name != "wide"]
    return [panel.times, *rows]


def _touch(panel: Panel) -> None:
    """Read every number, as numpy.load does; a mapped file is read only where it is looked at."""
    for values in _arrays(panel):
        values.max(initial=0)


def _bytes(panel: Panel) -> int:
    return sum(values.nbytes for values in _arrays(panel))


def _candles(panel: Panel) -> int:
    return len(panel.perp.open) + len(panel.spot.open) + len(panel.mark.open)


def _peak_in_child(path: Path, how: str, symbols: Sequence[str]) -> int:
    command = [sys.executable, "-m", "tests.benchmarks.bench_panel", str(path), how, *symbols]
    return int(subprocess.run(command, check=True, stdout=subprocess.PIPE, text=True).stdout)


def _peak_bytes() -> int:
    """The high-water mark of this process. Linux carries `ru_maxrss` over from the parent through exec, so not that."""
    status = Path("/proc/self/status")
    if not status.exists():
        return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss  # bytes on macOS
    (line,) = (line for line in status.read_text().splitlines() if line.startswith("VmHWM"))
    return int(line.split()[1]) * 1024


def _main(path: Path, how: str, symbols: Sequence[str]) -> None:
    if how != "import":
        _touch(asyncio.run(_load(path, symbols, cached=how == "warm")))
    sys.stdout.write(f"{_peak_bytes()}\n")


if __name__ == "__main__":
    _main(Path(sys.argv[1]), sys.argv[2], sys.argv[3:])

"""Import of the majors' candles against the least that could do it: gzip, csv.reader and one bare executemany."""

from __future__ import annotations

import asyncio
import csv
import gzip
import sqlite3
import statistics
import tempfile
import time
from collections.abc import Callable
from pathlib import Path

from fundarb.adapters.layout.importing import import_files
from fundarb.adapters.sqlite.connection import open_store
from fundarb.adapters.sqlite.market_reader import SqliteMarketReader
from fundarb.adapters.sqlite.market_writer import SqliteMarketWriter

DATA = Path(__file__).parents[2].parent / "shared" / "data" / "majors-2020-2023"
ROUNDS = 3
TABLE = """
CREATE TABLE candles (symbol TEXT, market TEXT, interval TEXT, open_time_ms INTEGER, open TEXT, high TEXT, low TEXT,
close TEXT, volume TEXT, PRIMARY KEY (symbol, market, open_time_ms, interval)) WITHOUT ROWID"""


def run() -> list[tuple[str, str]]:
    """Rows a second of both, alternating, and the ratio of the medians."""
    if not DATA.is_dir():
        return [("import", f"not measured: {DATA} is not there")]
    bare, ours = [], []
    for _ in range(ROUNDS):
        bare.append(_rate(_bare))
        ours.append(_rate(_import))
    ratio = statistics.median(mine / least for mine, least in zip(ours, bare, strict=True))
    return [
        ("gzip + csv.reader + bare executemany, candles of the majors", f"{statistics.median(bare):,.0f} rows/s"),
        ("import of the same rows", f"{statistics.median(ours):,.0f} rows/s"),
        ("import / bare (aim 0.7)", f"{ratio:.2f}"),
    ]


def _rate(fill: Callable[[Path], int]) -> float:
    with tempfile.TemporaryDirectory() as folder:
        begun = time.perf_counter()
        rows = fill(Path(folder) / "bench.db")
        return rows / (time.perf_counter() - begun)


def _bare(database: Path) -> int:
    connection = sqlite3.connect(database, isolation_level=None)
    connection.execute("PRAGMA journal_mode = WAL")
    connection.execute("PRAGMA synchronous = NORMAL")
    connection.execute(TABLE)
    with gzip.open(DATA / "candles.csv.gz", "rt", newline="") as file:
        rows = csv.reader(file)
        next(rows)
        connection.execute("BEGIN IMMEDIATE")
        cursor = connection.executemany("INSERT INTO candles VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)", rows)
        connection.execute("COMMIT")
    connection.close()
    return cursor.rowcount


def _import(database: Path) -> int:
    return asyncio.run(_import_candles(database))


async def _import_candles(database: Path) -> int:
    async with open_store(database, "write") as connection:
        written = await import_files(
            SqliteMarketReader(connection),
            SqliteMarketWriter(connection),
            instruments=DATA / "instruments.csv",
            candles=DATA / "candles.csv.gz",
            seen_ms=0,
        )
    return written["candles"].new

"""A generated store of any size: pairs settling every 4 or 8 h, hourly candles on both legs, digits like a venue's."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import numpy as np

from fundarb.adapters.sqlite.connection import open_store
from fundarb.domain.instants import HOUR

START_MS = 1_672_531_200_000  # 2023-01-01
INSTRUMENT = """
INSERT INTO instruments (id, symbol, spot, multiplier, perp_step, perp_min_qty, perp_min_notional,
  spot_step, spot_min_qty, spot_min_notional, first_seen_ms, last_seen_ms)
VALUES (?, ?, ?, '1', '0.1', '0.1', '5', '0.01', '0.01', '5', ?, ?)"""
SETTLEMENT = "INSERT INTO settlements (instrument_id, settled_at, rate) VALUES (?, ?, ?)"
CANDLE = """
INSERT INTO candles (instrument_id, market, open_at, span_ms, open, high, low, close, volume)
VALUES (?, ?, ?, 3600000, ?, ?, ?, ?, ?)"""


async def make_store(path: Path, pairs: int, days: int) -> list[str]:
    """Write the store; the symbols of its pairs."""
    random = np.random.default_rng(7)
    symbols = [f"M{number:03}/USDT:USDT" for number in range(1, pairs + 1)]
    async with open_store(path, "write") as connection:
        for number, symbol in enumerate(symbols, start=1):
            await connection.execute("BEGIN IMMEDIATE")
            await connection.execute(INSTRUMENT, (number, symbol, symbol.partition(":")[0], START_MS, START_MS))
            await connection.executemany(SETTLEMENT, _settlements(random, number, days))
            for market in (0, 1):
                await connection.executemany(CANDLE, _candles(random, number, market, days))
            await connection.execute("COMMIT")
    return symbols


def _settlements(random: np.random.Generator, number: int, days: int) -> Iterator[tuple[int, int, str]]:
    """Most pairs settle every 8 h, every tenth every 4 h: 0.55 M a year of 500."""
    hours = 4 if number % 10 == 0 else 8
    for row, rate in enumerate(random.normal(1e-4, 2e-4, days * 24 // hours).round(8).tolist()):
        yield number, START_MS + row * hours * HOUR, f"{rate:.8f}".rstrip("0").rstrip(".")


def _candles(random: np.random.Generator, number: int, market: int, days: int) -> Iterator[tuple[int | str, ...]]:
    walk = 20 * np.exp(np.cumsum(random.normal(0, 0.005, days * 24 + 1)))
    volumes = random.uniform(100, 90_000, days * 24)
    for row, (opened, closed, volume) in enumerate(
        zip(walk[:-1].tolist(), walk[1:].tolist(), volumes.tolist(), strict=True)
    ):
        high, low = max(opened, closed) * 1.001, min(opened, closed) * 0.999
        texts = (f"{opened:.5f}", f"{high:.5f}", f"{low:.5f}", f"{closed:.5f}", f"{volume:.3f}")
        yield number, market, START_MS + row * HOUR, *texts

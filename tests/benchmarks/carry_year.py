"""The carry-year workload: 100 pairs, one year, 8 h funding around 1 bp, hourly candles of both legs; seeded.

Rates follow an AR(1) of φ .85 with Student t(4) shocks, clipped to ±75 bp; perps walk by .6 % an hour; spot is the perp
times one plus a small mean-reverting basis. Settlement t stands at the close of hour 8t + 7. A candle opens at the close
before it."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from fundarb.domain.instants import HOUR
from fundarb.domain.instrument import LotRule, Pair
from fundarb.domain.money import parse
from fundarb.signals.assembly import assemble, candle_rows, settlement_rows
from fundarb.signals.panel import CandleColumns, Panel, SettlementColumns

START_MS = 1_672_531_200_000  # 2023-01-01
PHI, RATE_SD, RATE_CAP = 0.85, 0.00015, 0.0075
Matrix = NDArray[np.float64]


def generate(pairs: int = 100, years: int = 1, seed: int = 7) -> tuple[Matrix, Matrix, Matrix]:
    """(rate per settlement, spot close per hour, perp close per hour), a column a pair."""
    periods = 1095 * years
    rng = np.random.default_rng(seed)
    shocks = rng.standard_t(4, (periods, pairs)) / np.sqrt(2.0) * (RATE_SD * np.sqrt(1 - PHI**2))
    rate: Matrix = np.round(np.clip(0.0001 + _autoregression(shocks, PHI), -RATE_CAP, RATE_CAP), 8).astype(np.float64)
    start = 10 ** rng.uniform(0, 4, pairs)
    perp = start * np.exp(np.cumsum(rng.normal(0, 0.006, (8 * periods, pairs)), axis=0))
    basis = _autoregression(rng.normal(0, 0.0005 * np.sqrt(1 - 0.9**2), (8 * periods, pairs)), 0.9)
    return rate, np.round(perp * (1 + basis), 6), np.round(perp, 6)


def _autoregression(shocks: Matrix, phi: float) -> Matrix:
    out = np.empty_like(shocks)
    level = np.zeros(shocks.shape[1])
    for row, shock in enumerate(shocks):
        level = phi * level + shock
        out[row] = level
    return out


def carry_panel(pairs: int = 100, years: int = 1, seed: int = 7) -> Panel:
    """The workload as a panel in memory; lots small enough never to matter."""
    rate, spot, perp = generate(pairs, years, seed)
    until_ms = START_MS + len(perp) * HOUR
    lots = LotRule(parse("0.0001"), parse("0.0001"), parse("5"))
    named = [
        Pair(f"P{n:03}/USDT:USDT", f"P{n:03}/USDT", parse("1"), lots, lots, first_seen_ms=START_MS)
        for n in range(pairs)
    ]
    stamps = START_MS + (np.arange(len(rate), dtype=np.int64) + 1) * 8 * HOUR
    settled = [SettlementColumns(stamps, np.ascontiguousarray(rate[:, n])) for n in range(pairs)]
    none = CandleColumns(*(np.empty(0, np.int64),) * 2, *(np.empty(0),) * 5)
    return assemble(
        named,
        settlement_rows(settled, until_ms),
        perp=candle_rows([_candles(perp[:, n]) for n in range(pairs)], until_ms),
        spot=candle_rows([_candles(spot[:, n]) for n in range(pairs)], until_ms),
        mark=candle_rows([none] * pairs, until_ms),
        until_ms=until_ms,
    )


def _candles(close: Matrix) -> CandleColumns:
    opened = np.concatenate((close[:1], close[:-1]))
    at = START_MS + np.arange(len(close), dtype=np.int64) * HOUR
    span = np.full(len(close), HOUR, dtype=np.int64)
    high, low = np.maximum(opened, close), np.minimum(opened, close)
    return CandleColumns(at, span, opened, high, low, close, np.full(len(close), 1000.0))

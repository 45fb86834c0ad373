"""Long random markets: mixed intervals, holes, gaps of more than a day, missing candles, several spans, absent volumes."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from numpy.random import Generator
from numpy.typing import NDArray

from fundarb.domain.instants import DAY, HOUR
from fundarb.domain.instrument import Pair
from fundarb.signals.panel import CandleColumns, Panel, SettlementColumns, SettlementRows
from tests.signals.making import NOTHING, T0, built, pair
from tests.signals.reference import Streams

SPANS_H = (1, 2, 4, 8)
HOLES_H = (3, 7, 9, 12, 16, 23, 24)


class Market(NamedTuple):
    """Pairs and what each has."""

    pairs: list[Pair]
    streams: list[Streams]
    until_ms: int

    def panel(self) -> Panel:
        """All of it."""
        return built(self.pairs, self.streams, self.until_ms)


def market(seed: int, days: int = 150, pairs: int = 2) -> Market:
    """A market that is the same for the same seed; pairs begin within the first twenty days."""
    rng = np.random.default_rng(seed)
    streams = [stream(rng, T0 + int(rng.integers(0, 20 * 24)) * HOUR, T0 + days * DAY) for _ in range(pairs)]
    return Market([pair(f"P{n}") for n in range(pairs)], streams, T0 + days * DAY)


def stream(rng: Generator, begin_ms: int, end_ms: int) -> Streams:
    """One pair's rows between two moments; candles begin some days before or after settlements."""
    shift = int(rng.integers(-10, 10)) * DAY
    perp, spot = (_candles(rng, begin_ms + shift, end_ms) for _ in range(2))
    return Streams(_settlements(rng, begin_ms, end_ms), perp, spot, NOTHING)


def _settlements(rng: Generator, begin_ms: int, end_ms: int) -> SettlementColumns:
    stamps, span = [begin_ms], int(rng.choice(SPANS_H))
    odd = HOLES_H if rng.random() < 0.6 else (*HOLES_H, 25, 60)  # more than 24 h ends every look back
    while True:
        span = int(rng.choice(SPANS_H)) if rng.random() < 0.03 else span
        step = span if rng.random() > 0.03 else int(rng.choice(odd))
        if stamps[-1] + step * HOUR > end_ms:
            return SettlementColumns(np.array(stamps, dtype=np.int64), _rates(rng, len(stamps)))
        stamps.append(stamps[-1] + step * HOUR)


def _rates(rng: Generator, count: int) -> NDArray[np.float64]:
    """Around 1 bp, a third exactly there, fat tails, now and then absurd."""
    rates = np.round(1e-4 + rng.standard_t(2, count) * 1e-4, 8)
    rates[rng.random(count) < 0.3] = 1e-4
    rates[rng.random(count) < 0.002] = 0.75
    return rates


def _candles(rng: Generator, begin_ms: int, end_ms: int) -> CandleColumns:
    """Four-hourly, for some weeks hourly beside them and for some days daily; 5 % missing, 5 % without a volume."""
    rows: list[tuple[int, int]] = []
    for span_h, share in ((24, 0.3), (4, 1.0), (1, 0.3)):
        grid = np.arange(begin_ms, end_ms, span_h * HOUR)
        some = rng.random(len(grid) // 40 + 1) < share
        kept = grid[np.repeat(some, 40)[: len(grid)] & (rng.random(len(grid)) > 0.05)]
        rows += [(int(at), span_h * HOUR) for at in kept]
    rows.sort()
    count = len(rows)
    closes = np.exp(np.cumsum(rng.normal(0, 1e-4, count))) * 100
    opens = np.concatenate((closes[:1], closes[:-1]))
    volumes = np.where(rng.random(count) < 0.05, np.nan, np.round(rng.gamma(2, 50, count), 3))
    at, spans = (np.array([row[n] for row in rows], dtype=np.int64) for n in (0, 1))
    return CandleColumns(at, spans, opens, np.maximum(opens, closes), np.minimum(opens, closes), closes, volumes)


def rows_of(*pairs: list[tuple[float, float]]) -> SettlementRows:
    """Settlements of pairs as rows of (hours after T0, rate), as a panel holds them."""
    streams = [
        Streams(
            SettlementColumns(
                np.array([T0 + round(hour * HOUR) for hour, _ in rows], dtype=np.int64),
                np.array([rate for _, rate in rows], dtype=np.float64),
            ),
            NOTHING,
            NOTHING,
            NOTHING,
        )
        for rows in pairs
    ]
    return built([pair(f"P{n}") for n in range(len(pairs))], streams, T0 + 10_000 * DAY).settlements


def steady(levels_bp: list[float], every_h: float = 8.0) -> SettlementRows:
    """One pair settling evenly at these levels (bp per 8 h), after a first row that has no interval."""
    rates = [0.0, *(level * every_h / 8.0 * 1e-4 for level in levels_bp)]
    return rows_of([(every_h * n, rate) for n, rate in enumerate(rates)])

"""A small replayed market for the contracts of Feed and Executor: hourly candles, and a stretch without spot."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from fundarb.domain.instants import HOUR
from fundarb.domain.instrument import Pair
from fundarb.engine.market import Market
from fundarb.engine.timeline import Timeline, build_timeline
from fundarb.signals.assembly import assemble, candle_rows, settlement_rows
from fundarb.signals.panel import CandleColumns, Panel, SettlementColumns

START_MS = 480_000 * HOUR
END_MS = START_MS + 48 * HOUR
SPOT_ENDS_MS = START_MS + 30 * HOUR


def candles(opens: Sequence[float]) -> CandleColumns:
    """Hourly candles from START_MS, each closing where the next opens."""
    opened = np.array(opens)
    closed = np.append(opened[1:], opened[-1:])
    at = START_MS + np.arange(len(opened), dtype=np.int64) * HOUR
    high, low = np.maximum(opened, closed), np.minimum(opened, closed)
    span = np.full(len(opened), HOUR, dtype=np.int64)
    return CandleColumns(at, span, opened, high, low, closed, np.full(len(opened), 1000.0))


def panel_of(pair: Pair, price: float = 20.0, until_ms: int = END_MS) -> Panel:
    """One pair as known at a moment: perp at `price`, its spot 30 hours long, a settlement every 8 hours."""
    spot = price / float(pair.multiplier)
    settled = START_MS + np.arange(0, 49, 8, dtype=np.int64) * HOUR
    rates = np.full(len(settled), 0.0003)
    hours = (END_MS - START_MS) // HOUR + 1
    spot_hours = (SPOT_ENDS_MS - START_MS) // HOUR
    none = CandleColumns(np.empty(0, np.int64), np.empty(0, np.int64), *(np.empty(0),) * 5)
    return assemble(
        [pair],
        settlement_rows([SettlementColumns(settled, rates)], until_ms),
        perp=candle_rows([candles([price + 0.1 * (hour % 5) for hour in range(hours)])], until_ms),
        spot=candle_rows(
            [candles([round(spot * (1 + 0.001 * (hour % 3)), 9) for hour in range(spot_hours)])], until_ms
        ),
        mark=candle_rows([none], until_ms),
        until_ms=until_ms,
    )


def replay(panel: Panel) -> tuple[Market, Timeline]:
    """The market and the events of the whole panel."""
    return Market(panel, spot_from_perp=False), build_timeline(panel, START_MS, END_MS)

"""Makes pairs and columns for panel tests, by hand or by hypothesis."""

from __future__ import annotations

from collections.abc import Sequence
from decimal import Decimal

import numpy as np
from hypothesis import strategies as st

from fundarb.domain.instants import HOUR
from fundarb.domain.instrument import LotRule, Pair
from fundarb.signals.assembly import assemble, candle_rows, settlement_rows
from fundarb.signals.panel import CandleColumns, Panel, SettlementColumns
from tests.signals.reference import Streams

T0 = 1_700_006_400_000  # a full hour
LOTS = LotRule(Decimal("0.001"), Decimal("0.001"), Decimal(5))


def pair(name: str, first: int | None = None, gone: int | None = None, spot: bool = True) -> Pair:
    """A pair named by its base."""
    return Pair(f"{name}/USDT:USDT", f"{name}/USDT" if spot else None, Decimal(1), LOTS, LOTS, first, gone)


def settlements(*rows: tuple[float, float]) -> SettlementColumns:
    """Rows of (hours after T0, rate)."""
    return SettlementColumns(
        np.array([T0 + round(hour * HOUR) for hour, _ in rows], dtype=np.int64), np.array([rate for _, rate in rows])
    )


def candles(*rows: tuple[float, float, float, float, float]) -> CandleColumns:
    """Rows of (opens hours after T0, span in hours, open, close, volume), in any order; high and low enclose them."""
    ordered = sorted(rows)
    numbers = np.array(ordered, dtype=np.float64).reshape(-1, 5)
    opens, closes = numbers[:, 2], numbers[:, 3]
    return CandleColumns(
        open_at=np.array([T0 + round(row[0] * HOUR) for row in ordered], dtype=np.int64),
        span_ms=np.array([round(row[1] * HOUR) for row in ordered], dtype=np.int64),
        open=opens,
        high=np.maximum(opens, closes) + 1,
        low=np.minimum(opens, closes) / 2,
        close=closes,
        volume=numbers[:, 4],
    )


NOTHING = candles()


def built(pairs: Sequence[Pair], streams: Sequence[Streams], until_ms: int) -> Panel:
    """The panel of these pairs as known at `until_ms`."""
    return assemble(
        pairs,
        settlement_rows([one.settlements for one in streams], until_ms),
        candle_rows([one.perp for one in streams], until_ms),
        candle_rows([one.spot for one in streams], until_ms),
        candle_rows([one.mark for one in streams], until_ms),
        until_ms,
    )


hours = st.integers(0, 80)
prices = st.integers(1, 10_000).map(lambda ticks: ticks / 100)
volumes = st.one_of(st.just(float("nan")), st.integers(0, 5_000).map(float))
rates = st.integers(-300, 300).map(lambda points: points / 1e6)
candle_sets = st.lists(
    st.tuples(hours, st.sampled_from([1, 4, 24]), prices, prices, volumes), max_size=25, unique_by=lambda row: row[:2]
).map(lambda rows: candles(*rows))
settlement_sets = st.lists(st.tuples(hours, rates), max_size=14, unique_by=lambda row: row[0]).map(
    lambda rows: settlements(*sorted(rows))
)
stream_sets = st.builds(Streams, settlement_sets, candle_sets, candle_sets, candle_sets)
moments = st.one_of(st.none(), hours.map(lambda hour: T0 + hour * HOUR))


@st.composite
def worlds(draw: st.DrawFn) -> tuple[list[Pair], list[Streams]]:
    """Up to three pairs with whatever they have; some unlisted for part of the time."""
    names = draw(st.lists(st.sampled_from(["AAA", "BTC", "ZED"]), unique=True, max_size=3).map(sorted))
    return [pair(name, draw(moments), draw(moments)) for name in names], [draw(stream_sets) for _ in names]

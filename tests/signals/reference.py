"""The panel computed row by row in plain Python from the words of the semantics: what the arrays are held against."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

from fundarb.domain.instants import DAY, HOUR
from fundarb.domain.instrument import Pair
from fundarb.signals.panel import NO_TIME, CandleColumns, SettlementColumns


@dataclass(frozen=True)
class Bar:
    """One candle; a NaN volume is none."""

    open_at: int
    span: int
    open: float
    close: float
    volume: float

    @property
    def close_at(self) -> int:
        """When it is known."""
        return self.open_at + self.span


@dataclass(frozen=True)
class Streams:
    """What one pair has."""

    settlements: SettlementColumns
    perp: CandleColumns
    spot: CandleColumns
    mark: CandleColumns


def bars(columns: CandleColumns) -> list[Bar]:
    """The candles of a market one by one."""
    return [
        Bar(*row)
        for row in zip(
            columns.open_at.tolist(),
            columns.span_ms.tolist(),
            columns.open.tolist(),
            columns.close.tolist(),
            columns.volume.tolist(),
            strict=True,
        )
    ]


def intervals(settled_at: Sequence[int]) -> list[int]:
    """Gap to the row before; a hole keeps the interval of the row before it, 8 h if that has none."""
    found: list[int] = []
    for row, at in enumerate(settled_at):
        if row == 0:
            found.append(0)
        elif at - settled_at[row - 1] <= 8 * HOUR:
            found.append(at - settled_at[row - 1])
        else:
            found.append(found[-1] or 8 * HOUR)
    return found


def opening(candles: Sequence[Bar], t: int) -> float:
    """The open of the candle that opens at t, of several the shortest."""
    return min(((bar.span, bar.open) for bar in candles if bar.open_at == t), default=(0, math.nan))[1]


def known_close(candles: Sequence[Bar], t: int) -> tuple[float, int]:
    """The close of the candle that closed last by t, of several the shortest, and when it closed."""
    closed = [bar for bar in candles if bar.close_at <= t]
    if not closed:
        return math.nan, NO_TIME
    last = max(closed, key=lambda bar: (bar.close_at, -bar.span))
    return last.close, last.close_at


def quote_volume(candles: Sequence[Bar], t: int, span: int = DAY) -> float:
    """Over the candles that close in (t - 24 h, t], of the shortest span among them."""
    inside = [bar for bar in candles if t - span < bar.close_at <= t and not math.isnan(bar.volume)]
    if not inside:
        return math.nan
    shortest = min(bar.span for bar in inside)
    return math.fsum(bar.volume * (bar.open + bar.close) / 2 for bar in inside if bar.span == shortest)


def row_of(t: int, pair: Pair, streams: Streams) -> dict[str, float | int | bool]:
    """What every matrix must hold for one pair at t."""
    settled_at = streams.settlements.settled_at.tolist()
    here = settled_at.index(t) if t in settled_at else None
    perp, spot, mark = bars(streams.perp), bars(streams.spot), bars(streams.mark)
    perp_close, perp_closed_at = known_close(perp, t)
    spot_close, spot_closed_at = known_close(spot, t)
    mark_open = opening(mark, t)
    return {
        "rate": math.nan if here is None else float(streams.settlements.rate[here]),
        "interval_ms": 0 if here is None else intervals(settled_at)[here],
        "mark": opening(perp, t) if math.isnan(mark_open) else mark_open,
        "perp_open": opening(perp, t),
        "spot_open": opening(spot, t),
        "perp_close": perp_close,
        "perp_closed_at": perp_closed_at,
        "spot_close": spot_close,
        "spot_closed_at": spot_closed_at,
        "quote_volume_24h": quote_volume(perp, t),
        "listed": pair.listed(t),
    }

"""When the market comes to a price: found in candles, hours first and then their minutes, so that no jump of time skips it.

A candle counts if it opened no earlier than what it is asked for; the minute still open counts as far as it got. So what
happens does not depend on how often the exchange is looked at.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from decimal import Decimal

from fundarb.sandbox.market.source import HOUR, MINUTE, MarketSource, Row, Series


@dataclass(frozen=True, slots=True)
class Watch:
    """A price waited for: reached from below by highs or from above by lows; `through` wants it exceeded."""

    symbol: str
    series: Series
    price: Decimal
    rising: bool
    since_ms: int
    through: bool = False

    def reached(self, price: Decimal) -> bool:
        """Whether a price is there."""
        if price == self.price:
            return not self.through
        return (price > self.price) == self.rising


def first_touch(market: MarketSource, watch: Watch, after_ms: int, until_ms: int) -> int | None:
    """The close of the first minute candle that touches and closes in (after, until]."""
    first_ms = max(_up(watch.since_ms, MINUTE), after_ms // MINUTE * MINUTE)
    for span_ms, start_ms, end_ms in _stretches(first_ms, until_ms // MINUTE * MINUTE):
        for row in market.candles(watch.symbol, watch.series, span_ms, start_ms, end_ms - span_ms, until_ms):
            if _touches(watch, row):
                return row.start_ms + MINUTE if span_ms == MINUTE else _minute_of(market, watch, row, until_ms)
    return None


def touched_now(market: MarketSource, watch: Watch, now_ms: int) -> bool:
    """Whether the minute still open has touched."""
    start_ms = now_ms // MINUTE * MINUTE
    if start_ms < watch.since_ms or start_ms == now_ms:
        return False
    rows = market.candles(watch.symbol, watch.series, MINUTE, start_ms, start_ms, now_ms)
    return any(_touches(watch, row) for row in rows)


def _minute_of(market: MarketSource, watch: Watch, hour: Row, until_ms: int) -> int:
    """The close of the minute in which an hour touched; the hour's own where its minutes do not show it."""
    last_ms = hour.start_ms + HOUR - MINUTE
    for row in market.candles(watch.symbol, watch.series, MINUTE, hour.start_ms, last_ms, until_ms):
        if _touches(watch, row):
            return row.start_ms + MINUTE
    return hour.start_ms + HOUR


def _touches(watch: Watch, row: Row) -> bool:
    return watch.reached(Decimal(row.high if watch.rising else row.low))


def _stretches(first_ms: int, end_ms: int) -> Iterator[tuple[int, int, int]]:
    """(span, start, end): minutes up to the first full hour, whole hours, and the minutes after them."""
    hours_from, hours_to = _up(first_ms, HOUR), end_ms // HOUR * HOUR
    if hours_from >= hours_to:
        pieces = [(MINUTE, first_ms, end_ms)]
    else:
        pieces = [(MINUTE, first_ms, hours_from), (HOUR, hours_from, hours_to), (MINUTE, hours_to, end_ms)]
    yield from (piece for piece in pieces if piece[1] < piece[2])


def _up(at_ms: int, span_ms: int) -> int:
    return -(-at_ms // span_ms) * span_ms

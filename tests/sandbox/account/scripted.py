"""A market that does what a test writes: steps of prices, settlements and a book, everything else follows from them."""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Sequence
from dataclasses import replace
from decimal import Decimal

from fundarb.sandbox.market.source import HOUR, MINUTE, Category, Instrument, Level, Quote, Row, Series

T0 = 1_735_718_400_000  # 2025-01-01 08:00
GONE = T0 + 100 * HOUR
D = Decimal

BTC = Instrument(
    symbol="BTCUSDT", category="linear", base="BTC", quote="USDT", contract="LinearPerpetual", kind="", tick=D("0.1"),
    step=D("0.001"), min_qty=D("0.001"), min_notional=D(5), max_qty=D(1000), max_market_qty=D(500), launch_ms=0,
    announced_ms=0, max_leverage=D(50), maintenance=D("0.005"),
)  # fmt: skip
BTC_SPOT = replace(
    BTC, category="spot", contract="", tick=D("0.01"), step=D("0.000001"), min_qty=D("0.000011"), max_leverage=D(0),
    maintenance=D(0),
)  # fmt: skip
INSTRUMENTS = (
    BTC, BTC_SPOT, replace(BTC, symbol="ETHUSDT", base="ETH"), replace(BTC_SPOT, symbol="ETHUSDT", base="ETH"),
    replace(BTC_SPOT, symbol="MNTUSDT", base="MNT"), replace(BTC, symbol="DEADUSDT", base="DEAD", gone_ms=GONE),
    replace(BTC_SPOT, symbol="DEADUSDT", base="DEAD", gone_ms=GONE),
    replace(BTC, symbol="SOONUSDT", base="SOON", launch_ms=T0 + 1000 * HOUR),
    replace(BTC, symbol="ENDUSDT", base="END", delivering_ms=T0),
)  # fmt: skip


class ScriptedMarket:
    """Every price is 100 (MNT 2) until `move` says otherwise; the book has 1000 at a tick around the price."""

    def __init__(self) -> None:
        self._steps: dict[tuple[str, str], list[tuple[int, Decimal]]] = {}
        self._rates: dict[str, list[tuple[int, str]]] = {}
        self.levels: list[tuple[int, Decimal]] = [(1, D(1000))]  # (ticks from the price, size), both sides

    def move(
        self, symbol: str, at_ms: int, price: str, series: Sequence[Series] = ("linear", "spot", "mark", "index")
    ) -> None:
        """From a moment on the price is another; moments of a series come in order."""
        for each in series:
            self._steps.setdefault((symbol, each), []).append((at_ms, D(price)))

    def settle(self, symbol: str, at_ms: int, rate: str) -> None:
        """A settlement; they come in order."""
        self._rates.setdefault(symbol, []).append((at_ms, rate))

    def price(self, symbol: str, series: Series, at_ms: int) -> Decimal:
        """The last step at or before a moment."""
        steps = self._steps.get((symbol, series), [])
        found = bisect_right(steps, at_ms, key=lambda step: step[0])
        return steps[found - 1][1] if found else D(2) if symbol == "MNTUSDT" else D(100)

    def instruments(self) -> Sequence[Instrument]:
        """All of them."""
        return INSTRUMENTS

    def announced_interval_ms(self, symbol: str, at_ms: int) -> int:
        """Eight hours."""
        return 8 * HOUR

    def settlements(self, symbol: str, first_ms: int, last_ms: int, newest: int) -> list[tuple[int, str]]:
        """Newest first."""
        rows = [row for row in self._rates.get(symbol, []) if first_ms <= row[0] <= last_ms]
        return rows[::-1][:newest]

    def candles(self, symbol: str, series: Series, span_ms: int, first_ms: int, last_ms: int, now_ms: int) -> list[Row]:
        """What the steps make of each span."""
        starts = range(-(-first_ms // span_ms) * span_ms, min(last_ms, now_ms) + 1, span_ms)
        return [self._candle(symbol, series, start_ms, min(start_ms + span_ms - 1, now_ms)) for start_ms in starts]

    def _candle(self, symbol: str, series: Series, start_ms: int, last_ms: int) -> Row:
        steps = self._steps.get((symbol, series), [])
        seen = [self.price(symbol, series, start_ms), *(p for at, p in steps if start_ms <= at <= last_ms)]
        opened, high, low, close = seen[0], max(seen), min(seen), seen[-1]
        return Row(start_ms, str(opened), str(high), str(low), str(close), "1", "100")

    def open_interest(self, symbol: str, span_ms: int, first_ms: int, last_ms: int) -> list[tuple[int, str]]:
        """Nobody asks."""
        raise AssertionError("the private side has no business with open interest")

    def quote(self, symbol: str, category: Category, at_ms: int) -> Quote:
        """The steps' prices."""
        last = self.price(symbol, category, at_ms)
        bids, asks = self.book(symbol, category, at_ms, 1)
        quote = Quote(last, bids[0], asks[0], last, last, last, D(0), D(0))
        if category == "spot":
            return quote
        return replace(quote, mark=self.price(symbol, "mark", at_ms), index=self.price(symbol, "index", at_ms))

    def book(self, symbol: str, category: Category, at_ms: int, depth: int) -> tuple[list[Level], list[Level]]:
        """The scripted levels around the price."""
        last = self.price(symbol, category, at_ms)
        tick = D("0.1") if category == "linear" else D("0.01")
        bids = [Level(last - ticks * tick, size) for ticks, size in self.levels[:depth]]
        asks = [Level(last + ticks * tick, size) for ticks, size in self.levels[:depth]]
        return bids, asks


def minute(number: int) -> int:
    """A minute after T0."""
    return T0 + number * MINUTE

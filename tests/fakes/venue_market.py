"""A market small enough to know by heart: BTC and ETH on spot and perp, one perp announced, one gone, one whose interval
changed twice, one dated future. Prices are a formula of the minute, so any answer can be computed beside it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from decimal import Decimal

from fundarb.sandbox.market.source import (
    DAY,
    HOUR,
    MINUTE,
    Category,
    Instrument,
    Level,
    Quote,
    Row,
    Series,
)

LAUNCH = 1_704_067_200_000  # 2024-01-01
NOW = LAUNCH + 400 * DAY + 17 * MINUTE
SHORTENED, LENGTHENED = LAUNCH + 300 * DAY, LAUNCH + 325 * DAY  # MOVEUSDT: 8 h, then 1 h, then 4 h
SOON, GONE = NOW + DAY, LAUNCH + 200 * DAY
STALE = 2 * HOUR
_LIFT = {"spot": Decimal(0), "linear": Decimal("0.5"), "mark": Decimal("0.4"), "index": Decimal("0.1")}


_BTC = Instrument(
    symbol="BTCUSDT",
    category="linear",
    base="BTC",
    quote="USDT",
    contract="LinearPerpetual",
    kind="",
    tick=Decimal("0.10"),
    step=Decimal("0.001"),
    min_qty=Decimal("0.001"),
    min_notional=Decimal(5),
    max_qty=Decimal("1190.000"),
    max_market_qty=Decimal("500.000"),
    launch_ms=LAUNCH,
    announced_ms=LAUNCH - 7 * DAY,
    max_leverage=Decimal("100.00"),
    maintenance=Decimal("0.005"),
    funding_cap=Decimal("0.005"),
)
_BTC_SPOT = replace(
    _BTC,
    category="spot",
    contract="",
    tick=Decimal("0.01"),
    step=Decimal("0.000001"),
    min_qty=Decimal("0.000011"),
    max_qty=Decimal(83),
    max_market_qty=Decimal("41.5"),
    max_leverage=Decimal(0),
    maintenance=Decimal(0),
    funding_cap=Decimal(0),
)
INSTRUMENTS = (
    _BTC_SPOT,
    replace(_BTC_SPOT, symbol="ETHUSDT", base="ETH"),
    _BTC,
    replace(_BTC, symbol="ETHUSDT", base="ETH"),
    replace(_BTC, symbol="MOVEUSDT", base="MOVE"),
    replace(_BTC, symbol="SOONUSDT", base="SOON", launch_ms=SOON, announced_ms=SOON - 7 * DAY),
    replace(_BTC, symbol="DEADUSDT", base="DEAD", delivery_announced_ms=GONE - 3 * DAY, gone_ms=GONE),
    replace(
        _BTC,
        symbol="BTC-26DEC25",
        contract="LinearFutures",
        gone_ms=LAUNCH + 725 * DAY,
        funding_cap=Decimal(0),
    ),
)


class TinyMarket:
    """Fills MarketSource."""

    def __init__(self, instruments: Sequence[Instrument] = INSTRUMENTS) -> None:
        self._instruments = tuple(instruments)
        self._by_symbol = {each.symbol: each for each in self._instruments if each.category == "linear"}

    def instruments(self) -> Sequence[Instrument]:
        """All of them."""
        return self._instruments

    def interval_ms(self, symbol: str, at_ms: int) -> int:
        """The interval in force at a moment."""
        if symbol != "MOVEUSDT" or at_ms < SHORTENED:
            return 8 * HOUR
        return HOUR if at_ms < LENGTHENED else 4 * HOUR

    def announced_interval_ms(self, symbol: str, at_ms: int) -> int:
        """What was in force two hours ago."""
        return self.interval_ms(symbol, at_ms - STALE)

    def settlements(self, symbol: str, first_ms: int, last_ms: int, newest: int) -> list[tuple[int, str]]:
        """A rate an interval, its digits from its stamp."""
        each = self._by_symbol[symbol]
        last_ms = min(last_ms, last_ms if each.gone_ms is None else each.gone_ms)
        hour_ms = last_ms // HOUR * HOUR
        found: list[tuple[int, str]] = []
        while len(found) < newest and hour_ms >= max(first_ms, each.launch_ms + 1):
            if hour_ms % self.interval_ms(symbol, hour_ms) == 0:
                found.append((hour_ms, f"0.0000{hour_ms // HOUR % 90 + 10}"))
            hour_ms -= HOUR
        return found

    def candles(self, symbol: str, series: Series, span_ms: int, first_ms: int, last_ms: int, now_ms: int) -> list[Row]:
        """Open and close on the formula; the highest and lowest are a step beyond them."""
        starts = range(-(-first_ms // span_ms) * span_ms, min(last_ms, now_ms) + 1, span_ms)
        return [self._candle(series, start_ms, min(start_ms + span_ms, now_ms)) for start_ms in starts]

    def open_interest(self, symbol: str, span_ms: int, first_ms: int, last_ms: int) -> list[tuple[int, str]]:
        """Digits from the stamp."""
        stamps = range(-(-first_ms // span_ms) * span_ms, last_ms + 1, span_ms)
        return [(stamp_ms, f"{1000 + stamp_ms // MINUTE % 500}.5") for stamp_ms in stamps]

    def quote(self, symbol: str, category: Category, at_ms: int) -> Quote:
        """The formula's price, and a spread of two hundredths."""
        last = price(category, at_ms)
        day = [price(category, at_ms - hour * HOUR) for hour in range(25)]
        traded = Quote(
            last,
            Level(last - Decimal("0.01"), Decimal(2)),
            Level(last + Decimal("0.01"), Decimal("1.5")),
            day[-1],
            max(day),
            min(day),
            Decimal("11801.27"),
            Decimal("243765620.65"),
        )
        if category == "spot":
            return traded
        marked = replace(
            traded, mark=price("mark", at_ms), index=price("index", at_ms), open_interest=Decimal("1234.5")
        )
        if self._by_symbol[symbol].contract == "LinearFutures":
            return marked
        interval_ms = self.interval_ms(symbol, at_ms)
        return replace(
            marked,
            funding_rate=Decimal("0.0001"),
            next_funding_ms=(at_ms // interval_ms + 1) * interval_ms,
            interval_ms=interval_ms,
        )

    def book(self, symbol: str, category: Category, at_ms: int, depth: int) -> tuple[list[Level], list[Level]]:
        """A level a hundredth."""
        last, step = price(category, at_ms), Decimal("0.01")
        bids = [Level(last - step * number, Decimal(number)) for number in range(1, depth + 1)]
        return bids, [Level(last + step * number, Decimal(number)) for number in range(1, depth + 1)]

    def _candle(self, series: Series, start_ms: int, end_ms: int) -> Row:
        first, last = price(series, start_ms), price(series, end_ms)
        low, high = min(first, last) - 1, max(first, last) + 1
        return Row(start_ms, str(first), str(high), str(low), str(last), "12.5", "1250.0")


def price(series: Series, at_ms: int) -> Decimal:
    """The price of a series at a moment: a saw of 1000 minutes."""
    if series == "premium":
        return Decimal(at_ms // MINUTE % 7).scaleb(-4)
    return 100 + Decimal(at_ms // MINUTE % 1000).scaleb(-2) + _LIFT[series]

"""Small markets that the tests ask, and candles added up the plain way."""

from __future__ import annotations

from collections.abc import Sequence
from decimal import Decimal
from functools import cache
from itertools import groupby

from fundarb.sandbox.market.coins import Coin
from fundarb.sandbox.market.made import MadeMarket
from fundarb.sandbox.market.source import DAY, EPOCH_MS, HOUR, MINUTE, Row, Series
from fundarb.sandbox.market.universe import changing

NOW = EPOCH_MS + 500 * DAY + 13 * HOUR + 47 * MINUTE + 31_337
SPANS = tuple(MINUTE * minutes for minutes in (1, 3, 5, 15, 30, 60, 120, 240, 360, 720, 1440))
BTC = Coin("BTC", 16500.0, 1.2e10, major=True, cap=0.00375, dated=(EPOCH_MS + 600 * DAY + 8 * HOUR,))
ETH = Coin("ETH", 1200.0, 6e9, major=True, cap=0.00375)
PEPE = Coin("PEPE", 0.0000011, 2e8, multiplier=1000, interval_h=4, cap=0.005)
HOT = Coin("HOT", 0.4, 5e6, cap=0.0015)  # so low a cap that it is reached often
LEAVER = Coin(
    "LEAVER",
    3.0,
    4e6,
    interval_h=4,
    launch_ms=EPOCH_MS + 100 * DAY + 10 * HOUR,
    announced_ms=EPOCH_MS + 90 * DAY,
    gone_ms=EPOCH_MS + 300 * DAY + 5 * HOUR,
)
TIA = changing(launch_ms=EPOCH_MS + 50 * DAY)
SERIES: tuple[tuple[str, Series], ...] = (
    ("BTCUSDT", "linear"),
    ("BTCUSDT", "spot"),
    ("BTCUSDT", "mark"),
    ("BTCUSDT", "index"),
    ("BTCUSDT", "premium"),
    ("1000PEPEUSDT", "linear"),
    ("PEPEUSDT", "spot"),
)


@cache
def small(seed: int = 11) -> MadeMarket:
    """A market of a few coins, made once."""
    return fresh(seed)


def fresh(seed: int = 11) -> MadeMarket:
    """The same market, of which nothing was asked yet."""
    return MadeMarket(seed, coins=[BTC, ETH, PEPE, HOT, LEAVER, TIA])


def added_up(rows: Sequence[Row], span_ms: int) -> list[Row]:
    """Longer candles from shorter ones, exactly and without hurry."""
    longer = []
    for start_ms, found in groupby(rows, key=lambda row: row.start_ms // span_ms * span_ms):
        group = list(found)
        volume, turnover = (
            plain(sum((Decimal(text) for text in texts), Decimal(0))) if texts[0] else ""
            for texts in ([row.volume for row in group], [row.turnover for row in group])
        )
        high = max((row.high for row in group), key=Decimal)
        low = min((row.low for row in group), key=Decimal)
        longer.append(Row(start_ms, group[0].open, high, low, group[-1].close, volume, turnover))
    return longer


def plain(value: Decimal) -> str:
    """Digits without exponent and trailing zeros."""
    text = format(value, "f")
    return text.rstrip("0").rstrip(".") if "." in text else text

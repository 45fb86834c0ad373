"""Made-up market data in the import layout, the same at every call: it shows how things work, never what they earn."""

from __future__ import annotations

import csv
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from random import Random

from fundarb.domain.instants import DAY, HOUR, parse_instant

DAYS = 14
START_MS = parse_instant("2024-01-01")
LOST_SETTLEMENT = 20  # of the last market: one hole for `data gaps` to find
LOST_CANDLES = range(100, 103)  # of its spot leg


@dataclass(frozen=True, slots=True)
class Market:
    """One made-up pair: what it is called, where its price starts and how often it settles."""

    base: str
    multiplier: int
    cents: int
    step: str
    interval_h: int

    @property
    def perp(self) -> str:
        """The perp's symbol."""
        return f"{self.base}/USDT:USDT"

    @property
    def spot(self) -> str:
        """The spot market's symbol."""
        return f"{self.base.removeprefix('1000')}/USDT"


MARKETS = (
    Market("BTC", 1, 4_200_000, "0.001", 8),
    Market("ETH", 1, 230_000, "0.01", 8),
    Market("1000PEPE", 1000, 140, "100", 4),
)
_INSTRUMENTS = (
    *("symbol", "spot", "multiplier"),
    *("perp_step", "perp_min_qty", "perp_min_notional"),
    *("spot_step", "spot_min_qty", "spot_min_notional"),
    *("first_seen_ms", "gone_ms"),
)
_FUNDING = ("symbol", "timestamp_ms", "rate")
_CANDLES = ("symbol", "market", "interval", "open_time_ms", "open", "high", "low", "close", "volume")
Row = Sequence[object]


def write_sample(directory: Path, seed: int = 7) -> dict[str, Path]:
    """Write the three files of the import layout; the path of each by the name of its option."""
    tables = {
        "instruments": (_INSTRUMENTS, _instrument_rows()),
        "funding": (_FUNDING, _funding_rows(Random(seed))),
        "candles": (_CANDLES, _candle_rows(Random(seed + 1))),
    }
    paths = {}
    for name, (header, rows) in tables.items():
        paths[name] = directory / f"{name}.csv"
        with paths[name].open("w", encoding="utf-8", newline="") as file:
            writer = csv.writer(file, lineterminator="\n")
            writer.writerow(header)
            writer.writerows(rows)
    return paths


def _instrument_rows() -> Iterator[Row]:
    for market in MARKETS:
        yield (market.perp, market.spot, market.multiplier, *(market.step, market.step, 5) * 2, START_MS, "")


def _funding_rows(random: Random) -> Iterator[Row]:
    """Rates that linger around the default of one basis point per eight hours."""
    for market in MARKETS:
        default = market.interval_h * 1250  # in 1e-8
        rate = default
        for number in range(DAYS * 24 // market.interval_h):
            rate = default + (rate - default) * 85 // 100 + random.randint(-3_000, 3_500)
            if market is not MARKETS[-1] or number != LOST_SETTLEMENT:
                yield market.perp, START_MS + number * market.interval_h * HOUR, _decimal(rate, 8)


def _candle_rows(random: Random) -> Iterator[Row]:
    for market in MARKETS:
        perp = market.cents * 10_000  # prices in millionths
        for number in range(DAYS * DAY // HOUR):
            opened, perp = perp, perp + perp * random.randint(-60, 62) // 10_000
            yield _candle(market, "perp", number, (opened, perp), random)
            if market is not MARKETS[-1] or number not in LOST_CANDLES:
                per_unit = 100_000 - random.randint(-2, 8)
                legs = [price * per_unit * 1000 // (100_000 * market.multiplier) for price in (opened, perp)]
                yield _candle(market, "spot", number, (legs[0], legs[1]), random, places=9)


def _candle(market: Market, name: str, number: int, ends: tuple[int, int], random: Random, places: int = 6) -> Row:
    opened, closed = ends
    high, low = max(ends) * 1002 // 1000, min(ends) * 998 // 1000
    prices = [_decimal(price, places) for price in (opened, high, low, closed)]
    return market.perp, name, "1h", START_MS + number * HOUR, *prices, random.randint(1_000, 90_000)


def _decimal(value: int, places: int) -> str:
    sign, digits = "-" if value < 0 else "", f"{abs(value):0{places + 1}d}"
    return f"{sign}{digits[:-places]}.{digits[-places:]}"

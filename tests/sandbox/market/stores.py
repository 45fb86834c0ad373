"""A store in memory with a hedged pair, a perp without spot, holes, and numbers of many digits."""

from __future__ import annotations

from decimal import Decimal

from fundarb.domain.instrument import LotRule, Pair
from fundarb.domain.market import Snapshot
from fundarb.ports.market import CandleDigits, MarketReader, OnConflict, RateDigits
from fundarb.sandbox.market.source import HOUR
from tests.fakes.market import MemoryMarket
from tests.fakes.market_reader import MemoryMarketReader
from tests.fakes.market_writer import MemoryMarketWriter

T0 = 1_600_000_000_000 // (24 * HOUR) * 24 * HOUR
LONG = "0.123456789012345678901"
PEPE, LONE, UNSEEN = "1000PEPE/USDT:USDT", "LONE/USDT:USDT", "UNSEEN/USDT:USDT"
HOLE = 30  # the hour that no candle of the perp opens at

_PERP = LotRule(Decimal(25), Decimal(50), Decimal(5))
_SPOT = LotRule(Decimal("0.1"), Decimal("0.1"), Decimal(5))
PAIRS = (
    Pair(PEPE, "PEPE/USDT", Decimal(1000), _PERP, _SPOT, T0 - HOUR, T0 + 96 * HOUR, Decimal("0.015")),
    Pair(LONE, None, Decimal(1), _SPOT, _SPOT),
    Pair(UNSEEN, None, Decimal(1), _SPOT, _SPOT),
)


def candles_of(symbol: str, market: str) -> list[CandleDigits]:
    """Four days of hours."""
    found = []
    for hour in range(96):
        if (market, hour) == ("perp", HOLE):
            continue
        base = Decimal(hour % 7 + 10) / 1000
        prices = [base, base + Decimal("0.00125"), base - Decimal("0.00025"), base + Decimal("0.001")]
        digits = [format(price.normalize(), "f") for price in prices]
        if (market, hour) == ("perp", 20):
            digits = ["0.12", "0.13", "0.11", LONG]
        volume = None if market == "mark" else str(1000 + hour)
        found.append(
            CandleDigits(symbol, market, HOUR, T0 + hour * HOUR, digits[0], digits[1], digits[2], digits[3], volume)
        )
    return found


def rates_of(symbol: str) -> list[RateDigits]:
    """Every eight hours, then every four; one is missing."""
    hours = [*range(8, 49, 8), *range(52, 97, 4)]
    hours.remove(24)
    digits = {48: LONG, 52: "-0.000075"}
    return [RateDigits(symbol, T0 + hour * HOUR, digits.get(hour, f"0.0001{hour}3")) for hour in hours]


async def reader() -> MarketReader:
    """The store."""
    market = MemoryMarket()
    writer = MemoryMarketWriter(market)
    async with writer.transaction():
        await writer.put_pairs(PAIRS, T0, OnConflict.REFUSE)
        for symbol, markets in ((PEPE, ("perp", "spot", "mark")), (LONE, ("perp",))):
            for name in markets:
                await writer.put_candles(candles_of(symbol, name), OnConflict.REFUSE)
        daily = CandleDigits(PEPE, "perp", 24 * HOUR, T0, "0.011", "0.2", "0.001", "0.0120", "7")
        await writer.put_candles([daily._replace(close="0.012")], OnConflict.REFUSE)
        await writer.put_settlements([*rates_of(PEPE), *rates_of(UNSEEN)], OnConflict.REFUSE)
        seen = [Snapshot(PEPE, T0 + hour * HOUR + 90_000, None, Decimal(100 + hour), None) for hour in (5, 6, 9)]
        await writer.put_snapshots(seen)
    return MemoryMarketReader(market)

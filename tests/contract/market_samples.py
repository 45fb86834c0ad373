"""Pairs and rows that the market contract is tried with."""

from __future__ import annotations

from decimal import Decimal

from fundarb.domain.instants import HOUR
from fundarb.domain.instrument import LotRule, Pair
from fundarb.domain.market import Span
from fundarb.ports.market import CandleDigits, MarketReader, OnConflict, RateDigits
from tests.contract.markets import Store

T0 = 1_704_067_200_000
LATER = T0 + 1000 * HOUR
ALWAYS = Span(0, 4_000_000_000_000)
LOTS = LotRule(Decimal("0.001"), Decimal("0.002"), Decimal(5))
BTC = Pair("BTC/USDT:USDT", "BTC/USDT", Decimal(1), LOTS, LOTS)
PEPE = Pair("1000PEPE/USDT:USDT", "PEPE/USDT", Decimal(1000), LOTS, LOTS, T0, T0 + 100 * HOUR, Decimal("0.01"))


def rate(hour: int, digits: str = "0.0001", symbol: str = BTC.symbol) -> RateDigits:
    """A settlement `hour` hours after T0."""
    return RateDigits(symbol, T0 + hour * HOUR, digits)


def candle(hour: int, market: str = "perp", span_ms: int = HOUR, close: str = "1.5") -> CandleDigits:
    """A candle of BTC that opens `hour` hours after T0."""
    volume = None if market == "mark" else "10"
    return CandleDigits(BTC.symbol, market, span_ms, T0 + hour * HOUR, "1", "2", "0.5", close, volume)


async def store_pairs(store: Store, *pairs: Pair) -> None:
    """Instruments, BTC and PEPE where none is named."""
    async with store.writer.transaction():
        await store.writer.put_pairs(pairs or (BTC, PEPE), T0, OnConflict.REFUSE)


async def store_rates(store: Store, *rows: RateDigits) -> None:
    """Settlements in a transaction of their own."""
    async with store.writer.transaction():
        await store.writer.put_settlements(rows, OnConflict.REFUSE)


async def store_candles(store: Store, *rows: CandleDigits) -> None:
    """Candles in a transaction of their own."""
    async with store.writer.transaction():
        await store.writer.put_candles(rows, OnConflict.REFUSE)


async def rates(
    reader: MarketReader, span: Span = ALWAYS, as_of_ms: int = LATER, symbol: str = BTC.symbol
) -> list[str]:
    """The rates stored, oldest first, as text."""
    return [str(row.rate) async for batch in reader.settlements(symbol, span, as_of_ms) for row in batch]


async def opens(
    reader: MarketReader, market: str = "perp", span: Span = ALWAYS, as_of_ms: int = LATER
) -> list[tuple[int, int]]:
    """Hours and lengths in hours of BTC's candles, in the order they come."""
    batches = reader.candles(BTC.symbol, market, span, as_of_ms)
    return [((row.open_at_ms - T0) // HOUR, row.span_ms // HOUR) async for batch in batches for row in batch]

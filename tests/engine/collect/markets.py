"""Venues and stores for tests of collecting: a few pairs of known history, a real database, one run of it all."""

from __future__ import annotations

from collections.abc import AsyncIterator, Callable, Iterable, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from decimal import Decimal
from pathlib import Path

from fundarb.adapters.sqlite.connection import open_store
from fundarb.adapters.sqlite.market_reader import SqliteMarketReader
from fundarb.adapters.sqlite.market_writer import SqliteMarketWriter
from fundarb.domain.instants import DAY, HOUR, LATEST
from fundarb.domain.instrument import Kind, Pair
from fundarb.domain.market import Span
from fundarb.engine.collect.choosing import Wish
from fundarb.engine.collect.order import Order
from fundarb.engine.collect.report import FetchReport, StreamReport
from fundarb.engine.collect.run import Collector
from fundarb.ports.market import MarketReader, MarketWriter
from fundarb.ports.venue import Ticker
from tests.fakes.venue import Asked, MemoryVenue

T0 = 1_704_067_200_000  # 2024-01-01
BTC, ETH, DOGE = "BTC/USDT:USDT", "ETH/USDT:USDT", "DOGE/USDT:USDT"
ALL = (Kind.FUNDING, Kind.SPOT, Kind.PERP, Kind.MARK)


@dataclass
class Store:
    """An open database and what was said on the way."""

    reader: MarketReader
    writer: MarketWriter
    notes: list[str] = field(default_factory=list)

    async def fetch(
        self,
        venue: MemoryVenue,
        *names: str,
        kinds: Sequence[Kind] = ALL,
        wish: Wish | None = None,
        back_ms: int = 90 * DAY,
        since_ms: int | None = None,
        until_ms: int | None = None,
        concurrency: int = 4,
        interval_ms: int = HOUR,
    ) -> FetchReport:
        """One run at the venue's present."""
        order = Order(kinds, interval_ms, venue.now_ms, back_ms, since_ms, until_ms, concurrency)
        collector = Collector(self.reader, self.writer, venue, order, lambda *_: None, self.notes.append)
        return await collector.run(lambda pairs: wish or Wish(names=names))

    async def settled(self, symbol: str) -> list[tuple[int, Decimal]]:
        """Every stored settlement."""
        rows = self.reader.settlements(symbol, Span(0, LATEST), LATEST)
        return [(row.settled_at_ms, row.rate) async for batch in rows for row in batch]

    async def opens(self, symbol: str, market: str) -> list[int]:
        """The opening times of every stored candle."""
        rows = self.reader.candles(symbol, market, Span(0, LATEST), LATEST)
        return [row.open_at_ms async for batch in rows for row in batch]


@asynccontextmanager
async def opened(path: Path) -> AsyncIterator[Store]:
    """A database, made if it is not there."""
    async with open_store(path, "write") as connection:
        yield Store(SqliteMarketReader(connection), SqliteMarketWriter(connection, lambda: T0))


def every(interval_ms: int, span: Span) -> Iterable[int]:
    """Settlements at each multiple of the interval in the span."""
    return range(-(-span.start_ms // interval_ms) * interval_ms, span.end_ms, interval_ms)


def listed(
    venue: MemoryVenue,
    symbol: str,
    span: Span,
    *,
    interval_ms: int = 8 * HOUR,
    first_seen_ms: int | None = None,
    gone_ms: int | None = None,
    turnover: int = 1_000_000,
) -> Pair:
    """A pair with a whole history over the span: settlements, candles of all markets, open interest, a ticker."""
    pair = venue.list_pair(symbol, first_seen_ms=first_seen_ms, gone_ms=gone_ms, interval_ms=interval_ms)
    venue.settle(symbol, every(interval_ms, Span(span.start_ms + 1, span.end_ms)))
    for market in ("spot", "perp", "mark"):
        venue.trade(symbol, market, HOUR, span)
    venue.hold(symbol, HOUR, span)
    if gone_ms is None:
        quote(venue, symbol, turnover)
    return pair


def quote(venue: MemoryVenue, symbol: str, turnover: int) -> None:
    """A ticker of this day's turnover."""
    upcoming = (venue.now_ms // (8 * HOUR) + 1) * 8 * HOUR
    numbers = (Decimal("0.0001"), upcoming, 8 * HOUR, Decimal(100), Decimal(turnover), Decimal(1000))
    venue.quotes.append(Ticker(symbol, venue.now_ms, *numbers))


def pages(venue: MemoryVenue, call: str | None = None, since: int = 0) -> list[Asked]:
    """The pages asked for, of one kind or of all, after so many requests."""
    return [one for one in venue.asked[since:] if one.span is not None and call in (None, one.call)]


def stream(report: FetchReport, symbol: str, kind: Kind) -> StreamReport:
    """One row of a report."""
    [found] = [one for one in report.streams if (one.stream.symbol, one.stream.kind) == (symbol, kind)]
    return found


def failing(*fits: Callable[[Asked], bool], error: Exception) -> Callable[[Asked], None]:
    """A `before` that raises wherever a request fits."""

    def before(asked: Asked) -> None:
        if any(fit(asked) for fit in fits):
            raise error

    return before

"""MarketReader over SQLite: every read takes a half-open span and tells nothing that was not known at `as_of`."""

from __future__ import annotations

from collections.abc import AsyncIterator, Iterator, Sequence
from contextlib import contextmanager
from decimal import Decimal, InvalidOperation

import aiosqlite

from fundarb.adapters.sqlite import columns, coverage_rows, instrument_rows
from fundarb.adapters.sqlite.streams import judged_streams
from fundarb.domain.instrument import MARKETS, Kind, ListingChange, Pair
from fundarb.domain.market import Candle, Coverage, Gap, PredictedRate, Settlement, Snapshot, Span, StreamSummary
from fundarb.domain.money import parse
from fundarb.errors import DatabaseCorrupt, UnknownPair
from fundarb.signals.panel import CandleColumns, SettlementColumns

BATCH = 10_000

SETTLEMENTS = """
SELECT settled_at, rate FROM settlements
WHERE instrument_id = ? AND settled_at >= ? AND settled_at < ? AND settled_at <= ? ORDER BY settled_at LIMIT ?"""

CANDLES = """
SELECT span_ms, open_at, open, high, low, close, volume FROM candles
WHERE instrument_id = ? AND market = ? AND (open_at, span_ms) > (?, ?) AND open_at < ? AND open_at + span_ms <= ?
ORDER BY open_at, span_ms LIMIT ?"""

PREDICTED = """
SELECT observed_at, for_settlement, rate FROM predicted
WHERE instrument_id = ? AND observed_at >= ? AND observed_at < ? AND observed_at <= ?
ORDER BY observed_at, for_settlement"""

SNAPSHOTS = """
SELECT observed_at, quote_volume, open_interest, mark FROM snapshots
WHERE instrument_id = ? AND observed_at >= ? AND observed_at < ? AND observed_at <= ? ORDER BY observed_at"""

CHANGES = """
SELECT seen_ms, field, before, after FROM listing_changes
WHERE instrument_id = ? AND seen_ms >= ? AND seen_ms < ? AND seen_ms <= ? ORDER BY seen_ms, id"""


class SqliteMarketReader:
    """Reads market facts through any open connection."""

    def __init__(self, connection: aiosqlite.Connection) -> None:
        self._connection = connection

    async def pairs(self, as_of_ms: int) -> tuple[Pair, ...]:
        """Every instrument first seen by then, in symbol order; `gone_ms` only where it had come."""
        return await instrument_rows.known(self._connection, as_of_ms)

    async def listing_changes(self, symbol: str, span: Span, as_of_ms: int) -> tuple[ListingChange, ...]:
        """What changed about an instrument, as it was seen."""
        rows = await self._observed(CHANGES, symbol, span, as_of_ms)
        return tuple(ListingChange(symbol, *row) for row in rows)

    async def settlements(self, symbol: str, span: Span, as_of_ms: int) -> AsyncIterator[Sequence[Settlement]]:
        """Settled rates, oldest first, in batches."""
        instrument, start = await self._id(symbol), span.start_ms
        while True:
            bounds = (instrument, start, span.end_ms, as_of_ms, BATCH)
            rows = list(await self._connection.execute_fetchall(SETTLEMENTS, bounds))
            if rows:
                with _stored_numbers():
                    settlements = [Settlement(symbol, at, Decimal(rate)) for at, rate in rows]
                yield settlements
            if len(rows) < BATCH:
                return
            start = rows[-1][0] + 1

    async def candles(self, symbol: str, market: str, span: Span, as_of_ms: int) -> AsyncIterator[Sequence[Candle]]:
        """Finished candles (open + span <= as_of) opening in the span, by open time, shorter first, in batches."""
        stream, after = (await self._id(symbol), MARKETS.index(market)), (span.start_ms, 0)
        while True:
            bounds = (*stream, *after, span.end_ms, as_of_ms, BATCH)
            rows = list(await self._connection.execute_fetchall(CANDLES, bounds))
            if rows:
                with _stored_numbers():
                    candles = [_candle(symbol, market, *row) for row in rows]
                yield candles
            if len(rows) < BATCH:
                return
            after = (rows[-1][1], rows[-1][0])

    async def predicted(self, symbol: str, span: Span, as_of_ms: int) -> tuple[PredictedRate, ...]:
        """Predicted rates observed in the span and by `as_of_ms`."""
        rows = await self._observed(PREDICTED, symbol, span, as_of_ms)
        return tuple(PredictedRate(symbol, at, target, parse(rate)) for at, target, rate in rows)

    async def snapshots(self, symbol: str, span: Span, as_of_ms: int) -> tuple[Snapshot, ...]:
        """Snapshots observed in the span and by `as_of_ms`."""
        rows = await self._observed(SNAPSHOTS, symbol, span, as_of_ms)
        return tuple(Snapshot(symbol, at, *(None if n is None else parse(n) for n in numbers)) for at, *numbers in rows)

    async def settlement_columns(self, symbol: str, span: Span, as_of_ms: int) -> SettlementColumns:
        """As `settlements`, as arrays, without a Python step a row."""
        return await columns.settlement_columns(self._connection, await self._id(symbol), span, as_of_ms)

    async def candle_columns(self, symbol: str, market: str, span: Span, as_of_ms: int) -> CandleColumns:
        """As `candles`, as arrays, without a Python step a row."""
        return await columns.candle_columns(self._connection, await self._id(symbol), market, span, as_of_ms)

    async def coverage(self, symbol: str, kind: Kind, as_of_ms: int) -> tuple[Coverage, ...]:
        """What was asked for, even when it came back empty, oldest first."""
        found = await coverage_rows.known_of(self._connection, symbol, kind, as_of_ms)
        return tuple(sorted(found, key=lambda one: (one.asked, one.span_ms)))

    async def streams(self, as_of_ms: int) -> tuple[StreamSummary, ...]:
        """One summary per pair, kind and interval stored."""
        return tuple([one.summary async for one in judged_streams(self._connection, as_of_ms) if one.summary])

    async def gaps(self, as_of_ms: int) -> tuple[Gap, ...]:
        """Every hole inside every stream (semantics §4), by pair, kind and time."""
        found = [gap async for one in judged_streams(self._connection, as_of_ms) for gap in one.gaps]
        return tuple(sorted(found, key=lambda gap: (gap.symbol, _ORDER[gap.kind], gap.span)))

    async def universe(self) -> tuple[tuple[str, ...], int | None]:
        """The stored universe and, if it was chosen by turnover, when."""
        rows = await self._connection.execute_fetchall(
            "SELECT symbol FROM universe JOIN instruments ON instruments.id = instrument_id ORDER BY position"
        )
        chosen = await self._meta("universe_chosen_ms")
        return tuple(row[0] for row in rows), None if chosen is None else int(chosen)

    async def revision(self) -> str:
        """A token that changes with every committed change of market data."""
        token = await self._meta("market_revision")
        assert token is not None  # the first migration writes it
        return token

    async def _observed(self, query: str, symbol: str, span: Span, as_of_ms: int) -> list[aiosqlite.Row]:
        bounds = (await self._id(symbol), span.start_ms, span.end_ms, as_of_ms)
        return list(await self._connection.execute_fetchall(query, bounds))

    async def _meta(self, key: str) -> str | None:
        rows = list(await self._connection.execute_fetchall("SELECT value FROM meta WHERE key = ?", (key,)))
        return str(rows[0][0]) if rows else None

    async def _id(self, symbol: str) -> int:
        rows = list(await self._connection.execute_fetchall("SELECT id FROM instruments WHERE symbol = ?", (symbol,)))
        if not rows:
            raise UnknownPair(f"{symbol}: no such pair is stored; `fundarb data list` shows those that are")
        return int(rows[0][0])


_ORDER = {kind: number for number, kind in enumerate(Kind)}


def _candle(
    symbol: str,
    market: str,
    span_ms: int,
    open_at: int,
    first: str,
    high: str,
    low: str,
    close: str,
    volume: str | None,
) -> Candle:
    prices = (Decimal(first), Decimal(high), Decimal(low), Decimal(close))
    return Candle(symbol, market, span_ms, open_at, *prices, None if volume is None else Decimal(volume))


@contextmanager
def _stored_numbers() -> Iterator[None]:
    """Numbers were checked on their way in; what is none any more was damaged since."""
    try:
        yield
    except InvalidOperation:
        raise DatabaseCorrupt(
            "the store holds something that is no number among its prices or rates; restore a backup of it"
        ) from None

"""The store as a run uses it: one writer at a time, and each page in one transaction with the coverage that it proves."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Mapping, Sequence
from contextlib import asynccontextmanager

from fundarb.domain.instants import LATEST
from fundarb.domain.market import Coverage, Span
from fundarb.engine.collect.rows import Row, put
from fundarb.engine.collect.streams import Stream
from fundarb.ports.market import MarketReader, MarketWriter, OnConflict, Written


class Shelf:
    """Reader and writer behind one lock."""

    def __init__(self, reader: MarketReader, writer: MarketWriter) -> None:
        self._reader, self._writer = reader, writer
        self._lock = asyncio.Lock()

    @asynccontextmanager
    async def transaction(self) -> AsyncIterator[MarketWriter]:
        """The writer, alone, inside a transaction."""
        async with self._lock, self._writer.transaction():
            yield self._writer

    async def put_page(self, stream: Stream, rows: Mapping[int, Row], coverage: Sequence[Coverage]) -> Written:
        """A page and what it says was asked for; a row that is stored already stays as it is."""
        async with self.transaction() as writer:
            written = await put(writer, stream, rows.values(), OnConflict.KEEP) if rows else Written()
            await writer.put_coverage(coverage)
            return written

    async def settled(self, symbol: str, span: Span) -> list[int]:
        """The stored settlement stamps of a span, in order."""
        async with self._lock:
            columns = await self._reader.settlement_columns(symbol, span, LATEST)
        return [int(at_ms) for at_ms in columns.settled_at]

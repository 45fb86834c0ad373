"""Every stored stream with its extent and its holes. Extents are aggregates along the primary key; times are read only
where an extent does not hold as many rows as its interval allows."""

from __future__ import annotations

from collections.abc import AsyncIterator, Sequence
from dataclasses import dataclass

import aiosqlite
import numpy as np

from fundarb.adapters.sqlite import coverage_rows, instrument_rows
from fundarb.adapters.sqlite.gaps import candle_gaps, settlement_gaps
from fundarb.domain.instrument import MARKETS, Kind, Pair
from fundarb.domain.market import Coverage, Gap, StreamSummary
from fundarb.signals.panel import Stamps

EXTENTS = """
SELECT market, count(*), min(open_at), max(open_at), min(span_ms), max(span_ms),
  min(open_at % span_ms) = max(open_at % span_ms)
FROM candles WHERE instrument_id = ? AND open_at + span_ms <= ? GROUP BY market"""

EXTENTS_BY_SPAN = """
SELECT market, count(*), min(open_at), max(open_at), span_ms, span_ms, min(open_at % span_ms) = max(open_at % span_ms)
FROM candles WHERE instrument_id = ? AND open_at + span_ms <= ? AND market = ? GROUP BY span_ms"""

SNAPSHOTS = """
SELECT quote_volume IS NULL AND mark IS NULL AS only_interest, count(*), min(observed_at), max(observed_at)
FROM snapshots WHERE instrument_id = ? AND observed_at <= ? GROUP BY only_interest"""


@dataclass(frozen=True, slots=True)
class JudgedStream:
    """A stream, what is stored of it (None where it was only asked for), and its holes."""

    summary: StreamSummary | None
    gaps: Sequence[Gap]


@dataclass(frozen=True, slots=True)
class _Extent:
    market: int
    rows: int
    first: int
    last: int
    shortest: int
    longest: int
    aligned: int

    @property
    def whole(self) -> bool:
        """Every place between the first row and the last is taken."""
        return bool(self.aligned) and self.rows == (self.last - self.first) // self.shortest + 1


async def judged_streams(connection: aiosqlite.Connection, as_of_ms: int) -> AsyncIterator[JudgedStream]:
    """Every stream known at `as_of_ms`, by pair, kind and interval."""
    asked: dict[tuple[str, Kind], list[Coverage]] = {}
    for one in await coverage_rows.known(connection, as_of_ms):
        asked.setdefault((one.symbol, one.kind), []).append(one)
    rows = await connection.execute_fetchall("SELECT symbol, id FROM instruments")
    ids = {row[0]: int(row[1]) for row in rows}
    for pair in await instrument_rows.known(connection, as_of_ms):
        view = _View(connection, pair, ids[pair.symbol], as_of_ms)
        yield await view.funding(asked.get((pair.symbol, Kind.FUNDING), []))
        async for stream in view.candles({kind: asked.get((pair.symbol, kind), []) for kind in _MARKET_KINDS}):
            yield stream
        for summary in await view.snapshots():
            yield JudgedStream(summary, ())


_MARKET_KINDS = tuple(Kind(market) for market in MARKETS)


@dataclass(frozen=True, slots=True)
class _View:
    """One pair as known at a moment."""

    connection: aiosqlite.Connection
    pair: Pair
    instrument_id: int
    as_of_ms: int

    async def funding(self, asked: Sequence[Coverage]) -> JudgedStream:
        settled_at = await self._stamps(
            "SELECT settled_at FROM settlements WHERE instrument_id = ? AND settled_at <= ? ORDER BY settled_at"
        )
        gaps = settlement_gaps(self.pair, settled_at, asked)
        if not len(settled_at):
            return JudgedStream(None, gaps)
        first, last = int(settled_at[0]), int(settled_at[-1])
        return JudgedStream(self._summary(Kind.FUNDING, 0, first, last, len(settled_at), len(gaps)), gaps)

    async def candles(self, asked: dict[Kind, list[Coverage]]) -> AsyncIterator[JudgedStream]:
        extents = await self._extents()
        for kind in _MARKET_KINDS:
            for span_ms in sorted(
                {span for found, span in extents if found is kind} | {c.span_ms for c in asked[kind]}
            ):
                extent = extents.get((kind, span_ms))
                here = [one for one in asked[kind] if one.span_ms == span_ms]
                gaps = candle_gaps(self.pair, kind, span_ms, await self._opens(kind, span_ms, extent), here)
                if extent is None:
                    yield JudgedStream(None, gaps)
                else:
                    numbers = (extent.first, extent.last, extent.rows, len(gaps))
                    yield JudgedStream(self._summary(kind, span_ms, *numbers), gaps)

    async def snapshots(self) -> list[StreamSummary]:
        rows = await self.connection.execute_fetchall(SNAPSHOTS, (self.instrument_id, self.as_of_ms))
        kinds = (Kind.SNAPSHOT, Kind.OPEN_INTEREST)
        return [
            self._summary(kinds[only_interest], 0, first, last, count, 0)
            for only_interest, count, first, last in sorted(rows, reverse=True)
        ]

    async def _extents(self) -> dict[tuple[Kind, int], _Extent]:
        bounds = (self.instrument_id, self.as_of_ms)
        found = [_Extent(*row) for row in await self.connection.execute_fetchall(EXTENTS, bounds)]
        for mixed in [extent for extent in found if extent.shortest < extent.longest]:
            found.remove(mixed)
            rows = await self.connection.execute_fetchall(EXTENTS_BY_SPAN, (*bounds, mixed.market))
            found += [_Extent(*row) for row in rows]
        return {(_MARKET_KINDS[extent.market], extent.shortest): extent for extent in found}

    async def _opens(self, kind: Kind, span_ms: int, extent: _Extent | None) -> Stamps:
        """The opens of a stream; its ends alone stand for one that is whole."""
        if extent is None:
            return np.empty(0, dtype=np.int64)
        if extent.whole:
            return np.arange(extent.first, extent.last + 1, span_ms, dtype=np.int64)
        return await self._stamps(
            "SELECT open_at FROM candles WHERE instrument_id = ? AND open_at + span_ms <= ? AND market = ? AND span_ms = ? "
            "ORDER BY open_at",
            _MARKET_KINDS.index(kind),
            span_ms,
        )

    async def _stamps(self, query: str, *more: int) -> Stamps:
        rows = await self.connection.execute_fetchall(query, (self.instrument_id, self.as_of_ms, *more))
        return np.fromiter((row[0] for row in rows), dtype=np.int64)

    def _summary(self, kind: Kind, span_ms: int, first: int, last: int, rows: int, gaps: int) -> StreamSummary:
        return StreamSummary(self.pair.symbol, kind, span_ms, first, last, rows, gaps)

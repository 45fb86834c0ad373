"""MarketReader in memory."""

from __future__ import annotations

from collections.abc import AsyncIterator, Iterable, Sequence
from dataclasses import replace
from decimal import Decimal

import numpy as np

from fundarb.adapters.sqlite.gaps import candle_gaps, settlement_gaps
from fundarb.domain.instrument import MARKETS, Kind, ListingChange, Pair
from fundarb.domain.market import Candle, Coverage, Gap, PredictedRate, Settlement, Snapshot, Span, StreamSummary
from fundarb.signals.panel import CandleColumns, SettlementColumns, Stamps
from tests.fakes.market import MemoryMarket, kind_of, seen


class MemoryMarketReader:
    """Fills the port `MarketReader`."""

    def __init__(self, market: MemoryMarket) -> None:
        self._market = market

    async def pairs(self, as_of_ms: int) -> tuple[Pair, ...]:
        """Every instrument first seen by then, in symbol order; `gone_ms` only where it had come."""
        return tuple(
            replace(pair, gone_ms=pair.gone_ms if pair.gone_ms is not None and pair.gone_ms <= as_of_ms else None)
            for _, pair in sorted(self._market.now.pairs.items())
            if pair.first_seen_ms is None or pair.first_seen_ms <= as_of_ms
        )

    async def listing_changes(self, symbol: str, span: Span, as_of_ms: int) -> tuple[ListingChange, ...]:
        """What changed about an instrument, as it was seen."""
        self._market.require_pair(symbol)
        mine = [c for c in self._market.now.changes if c.symbol == symbol and _within(c.seen_ms, span, as_of_ms)]
        return tuple(sorted(mine, key=seen))

    async def settlements(self, symbol: str, span: Span, as_of_ms: int) -> AsyncIterator[Sequence[Settlement]]:
        """Settled rates, oldest first, in batches."""
        self._market.require_pair(symbol)
        for (owner, at), rate in sorted(self._market.now.settlements.items()):
            if owner == symbol and _within(at, span, as_of_ms):
                yield [Settlement(symbol, at, Decimal(rate))]

    async def candles(self, symbol: str, market: str, span: Span, as_of_ms: int) -> AsyncIterator[Sequence[Candle]]:
        """Finished candles (open + span <= as_of) opening in the span, by open time, shorter first, in batches."""
        self._market.require_pair(symbol)
        for (owner, where, long, at), numbers in sorted(
            self._market.now.candles.items(), key=lambda row: (row[0][3], row[0][2])
        ):
            if (owner, where) == (symbol, market) and _within(at, span, as_of_ms - long):
                first, high, low, close, volume = (None if text is None else Decimal(text) for text in numbers)
                assert None not in (first, high, low, close)
                yield [Candle(symbol, market, long, at, first, high, low, close, volume)]  # type: ignore[arg-type]  # prices are there: asserted above

    async def predicted(self, symbol: str, span: Span, as_of_ms: int) -> tuple[PredictedRate, ...]:
        """Predicted rates observed in the span and by `as_of_ms`."""
        self._market.require_pair(symbol)
        rows = [PredictedRate(*key, rate) for key, rate in sorted(self._market.now.predicted.items())]
        return tuple(row for row in rows if row.symbol == symbol and _within(row.observed_at_ms, span, as_of_ms))

    async def snapshots(self, symbol: str, span: Span, as_of_ms: int) -> tuple[Snapshot, ...]:
        """Snapshots observed in the span and by `as_of_ms`."""
        self._market.require_pair(symbol)
        rows = [row for _, row in sorted(self._market.now.snapshots.items())]
        return tuple(row for row in rows if row.symbol == symbol and _within(row.observed_at_ms, span, as_of_ms))

    async def settlement_columns(self, symbol: str, span: Span, as_of_ms: int) -> SettlementColumns:
        """As `settlements`, as arrays."""
        rows = [row async for batch in self.settlements(symbol, span, as_of_ms) for row in batch]
        return SettlementColumns(
            _stamps(row.settled_at_ms for row in rows),
            np.array([float(row.rate) for row in rows]),
            _wide({"rate": [row.rate for row in rows]}),
        )

    async def candle_columns(self, symbol: str, market: str, span: Span, as_of_ms: int) -> CandleColumns:
        """As `candles`, as arrays."""
        rows = [row async for batch in self.candles(symbol, market, span, as_of_ms) for row in batch]
        names = ("open", "high", "low", "close", "volume")
        numbers = {name: [getattr(row, name) for row in rows] for name in names}
        return CandleColumns(
            _stamps(row.open_at_ms for row in rows),
            _stamps(row.span_ms for row in rows),
            **{name: np.array([np.nan if n is None else float(n) for n in column]) for name, column in numbers.items()},
            wide=_wide(numbers),
        )

    async def coverage(self, symbol: str, kind: Kind, as_of_ms: int) -> tuple[Coverage, ...]:
        """What was asked for, even when it came back empty, oldest first."""
        found = self._asked(symbol, kind, as_of_ms)
        return tuple(sorted(found, key=lambda one: (one.asked, one.span_ms)))

    async def streams(self, as_of_ms: int) -> tuple[StreamSummary, ...]:
        """One summary per pair, kind and interval stored."""
        found = []
        for symbol, kind, span_ms, stamps, gaps in [one async for one in self._judged(as_of_ms)]:
            if stamps:
                found.append(StreamSummary(symbol, kind, span_ms, stamps[0], stamps[-1], len(stamps), len(gaps)))
        return tuple(found)

    async def gaps(self, as_of_ms: int) -> tuple[Gap, ...]:
        """Every hole inside every stream (semantics §4), by pair, kind and time."""
        found = [gap async for one in self._judged(as_of_ms) for gap in one[4]]
        order = list(Kind)
        return tuple(sorted(found, key=lambda gap: (gap.symbol, order.index(gap.kind), gap.span)))

    async def universe(self) -> tuple[tuple[str, ...], int | None]:
        """The stored universe and, if it was chosen by turnover, when."""
        return self._market.now.universe

    async def revision(self) -> str:
        """A token that changes with every committed change of market data."""
        return str(self._market.now.revision)

    async def _judged(self, as_of_ms: int) -> AsyncIterator[tuple[str, Kind, int, list[int], Sequence[Gap]]]:
        for pair in await self.pairs(as_of_ms):
            settled = sorted(
                at for symbol, at in self._market.now.settlements if symbol == pair.symbol and at <= as_of_ms
            )
            asked = self._asked(pair.symbol, Kind.FUNDING, as_of_ms)
            yield pair.symbol, Kind.FUNDING, 0, settled, settlement_gaps(pair, _stamps(settled), asked)
            for market in MARKETS:
                kind = Kind(market)
                asked = self._asked(pair.symbol, kind, as_of_ms)
                mine = [
                    key
                    for key in self._market.now.candles
                    if key[:2] == (pair.symbol, market) and key[2] + key[3] <= as_of_ms
                ]
                for span_ms in sorted({key[2] for key in mine} | {one.span_ms for one in asked}):
                    opens = sorted(key[3] for key in mine if key[2] == span_ms)
                    here = [one for one in asked if one.span_ms == span_ms]
                    yield pair.symbol, kind, span_ms, opens, candle_gaps(pair, kind, span_ms, _stamps(opens), here)
            snapshots = [
                row
                for row in self._market.now.snapshots.values()
                if row.symbol == pair.symbol and row.observed_at_ms <= as_of_ms
            ]
            for kind in (Kind.OPEN_INTEREST, Kind.SNAPSHOT):
                times = sorted(row.observed_at_ms for row in snapshots if kind_of(row) is kind)
                yield pair.symbol, kind, 0, times, ()

    def _asked(self, symbol: str, kind: Kind, as_of_ms: int) -> list[Coverage]:
        streams = [spans for stream, spans in self._market.now.coverage.items() if stream[:2] == (symbol, kind)]
        return [one for spans in streams for one in spans if one.asked_at_ms <= as_of_ms]


def _within(at: int, span: Span, as_of_ms: int) -> bool:
    return span.start_ms <= at < span.end_ms and at <= as_of_ms


def _stamps(values: Iterable[int]) -> Stamps:
    return np.array(list(values), dtype=np.int64)


def _wide(columns: dict[str, list[Decimal | None]]) -> dict[str, dict[int, Decimal]]:
    """The numbers of more than 15 digits, by column and row."""
    found = {
        name: {
            row: value for row, value in enumerate(column) if value is not None and len(value.as_tuple().digits) > 15
        }
        for name, column in columns.items()
    }
    return {name: rows for name, rows in found.items() if rows}

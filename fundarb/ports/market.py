"""Market data in and out of the store. Every read takes a time range and `as_of`; numbers go in as canonical digits."""

from __future__ import annotations

from collections.abc import AsyncIterator, Iterable, Sequence
from contextlib import AbstractAsyncContextManager
from dataclasses import dataclass
from enum import StrEnum
from typing import NamedTuple, Protocol

from fundarb.domain.instrument import Kind, ListingChange, Pair
from fundarb.domain.market import (
    Candle,
    Coverage,
    Gap,
    PredictedRate,
    Settlement,
    Snapshot,
    Span,
    StreamSummary,
)
from fundarb.signals.panel import CandleColumns as CandleColumns
from fundarb.signals.panel import SettlementColumns as SettlementColumns


class RateDigits(NamedTuple):
    """A settled rate on its way in: snapped stamp, canonical text."""

    symbol: str
    settled_at_ms: int
    rate: str


class CandleDigits(NamedTuple):
    """A candle on its way in: canonical texts; None volume for mark candles."""

    symbol: str
    market: str
    span_ms: int
    open_at_ms: int
    open: str
    high: str
    low: str
    close: str
    volume: str | None


class OnConflict(StrEnum):
    """What to do with a value that differs from the stored one under the same key."""

    REFUSE = "refuse"  # import: raise Conflicting
    REPLACE = "replace"  # import --replace, fetch --repair: overwrite, keep the old value in events
    KEEP = "keep"  # trade: the stored one stays, the other goes to events


@dataclass(frozen=True, slots=True)
class Written:
    """What a put did: rows that were new, equal to stored ones, or differing."""

    new: int = 0
    same: int = 0
    conflicting: int = 0


class MarketReader(Protocol):
    """Reads market facts known at `as_of_ms` within a half-open span."""

    async def pairs(self, as_of_ms: int) -> tuple[Pair, ...]:
        """Every instrument first seen by then, in symbol order; `gone_ms` only where it had come.

        Only listing is as of: multiplier, lot rules and `mmr` are those stored now, whenever they came to be known, so
        that a correction (`--replace`) holds for the past too. What they were before is in `listing_changes`."""
        ...

    async def listing_changes(self, symbol: str, span: Span, as_of_ms: int) -> tuple[ListingChange, ...]:
        """What changed about an instrument, as it was seen."""
        ...

    def settlements(self, symbol: str, span: Span, as_of_ms: int) -> AsyncIterator[Sequence[Settlement]]:
        """Settled rates, oldest first, in batches."""
        ...

    def candles(self, symbol: str, market: str, span: Span, as_of_ms: int) -> AsyncIterator[Sequence[Candle]]:
        """Finished candles (open + span <= as_of) opening in the span, by open time, shorter first, in batches."""
        ...

    async def predicted(self, symbol: str, span: Span, as_of_ms: int) -> tuple[PredictedRate, ...]:
        """Predicted rates observed in the span and by `as_of_ms`."""
        ...

    async def snapshots(self, symbol: str, span: Span, as_of_ms: int) -> tuple[Snapshot, ...]:
        """Snapshots observed in the span and by `as_of_ms`."""
        ...

    async def settlement_columns(self, symbol: str, span: Span, as_of_ms: int) -> SettlementColumns:
        """As `settlements`, as arrays, without a Python step a row."""
        ...

    async def candle_columns(self, symbol: str, market: str, span: Span, as_of_ms: int) -> CandleColumns:
        """As `candles`, as arrays, without a Python step a row."""
        ...

    async def coverage(self, symbol: str, kind: Kind, as_of_ms: int) -> tuple[Coverage, ...]:
        """What was asked for, even when it came back empty, oldest first."""
        ...

    async def streams(self, as_of_ms: int) -> tuple[StreamSummary, ...]:
        """One summary per pair, kind and interval stored."""
        ...

    async def gaps(self, as_of_ms: int) -> tuple[Gap, ...]:
        """Every hole inside every stream (semantics §4), by pair, kind and time."""
        ...

    async def universe(self) -> tuple[tuple[str, ...], int | None]:
        """The stored universe and, if it was chosen by turnover, when."""
        ...

    async def revision(self) -> str:
        """A token that changes with every committed change of market data."""
        ...


class MarketWriter(Protocol):
    """Writes market facts inside `transaction()`: all of it or nothing."""

    def transaction(self) -> AbstractAsyncContextManager[None]:
        """Commit at the end, roll back on any exception."""
        ...

    async def put_pairs(self, pairs: Iterable[Pair], seen_ms: int, on_conflict: OnConflict) -> Written:
        """Instruments; a change of lot rules is recorded with the time it was seen."""
        ...

    async def put_settlements(self, rows: Sequence[RateDigits], on_conflict: OnConflict) -> Written:
        """Settled rates."""
        ...

    async def put_candles(self, rows: Sequence[CandleDigits], on_conflict: OnConflict) -> Written:
        """Finished candles."""
        ...

    async def put_predicted(self, rows: Iterable[PredictedRate]) -> Written:
        """Predicted rates, apart from settled ones."""
        ...

    async def put_snapshots(self, rows: Iterable[Snapshot]) -> Written:
        """Snapshots."""
        ...

    async def put_coverage(self, rows: Iterable[Coverage]) -> None:
        """What was asked for, merged with what touches it."""
        ...

    async def put_interval(self, symbol: str, seen_ms: int, interval_ms: int) -> None:
        """The announced funding interval as seen; recorded only when it changed."""
        ...

    async def put_universe(self, symbols: Sequence[str], chosen_ms: int | None) -> None:
        """The stored universe; `chosen_ms` when it was chosen by turnover."""
        ...

    async def prune(
        self, symbols: Sequence[str], kinds: Sequence[Kind], before_ms: int, *, dry_run: bool
    ) -> dict[str, dict[str, int]]:
        """Delete market rows older than `before_ms`; rows per pair and kind, deleted or (dry run) only counted."""
        ...

    async def forget_predicted(self, symbols: Sequence[str], before_ms: int) -> int:
        """Delete rates predicted before `before_ms`, settled ones staying; how many."""
        ...

"""Market facts as they were published: settled and predicted rates apart, candles, snapshots, and what was asked for."""

from __future__ import annotations

from dataclasses import dataclass
from decimal import Decimal
from typing import NamedTuple

from fundarb.domain.instrument import Kind


class Settlement(NamedTuple):
    """One funding payment as it was paid; the interval follows from the gap to the row before (semantics §1)."""

    symbol: str
    settled_at_ms: int
    rate: Decimal


class PredictedRate(NamedTuple):
    """What the venue announced at `observed_at` for a settlement still to come."""

    symbol: str
    observed_at_ms: int
    for_settlement_ms: int
    rate: Decimal


class Candle(NamedTuple):
    """A finished candle of one market of a pair; `symbol` is the pair's perp. Mark candles have no volume."""

    symbol: str
    market: str
    span_ms: int
    open_at_ms: int
    open: Decimal
    high: Decimal
    low: Decimal
    close: Decimal
    volume: Decimal | None


class Snapshot(NamedTuple):
    """Day volume, open interest and mark as seen at one moment."""

    symbol: str
    observed_at_ms: int
    quote_volume: Decimal | None
    open_interest: Decimal | None
    mark: Decimal | None


@dataclass(frozen=True, slots=True, order=True)
class Span:
    """A half-open stretch of time [start, end)."""

    start_ms: int
    end_ms: int

    def __post_init__(self) -> None:
        if self.end_ms < self.start_ms:
            raise ValueError(f"a span cannot end ({self.end_ms}) before it starts ({self.start_ms})")


@dataclass(frozen=True, slots=True)
class Coverage:
    """A stretch that was asked for, even when nothing came; `confirmed` once it was well-formed and empty twice."""

    symbol: str
    kind: Kind
    span_ms: int
    asked: Span
    rows: int
    asked_at_ms: int
    confirmed: bool = False


@dataclass(frozen=True, slots=True)
class Gap:
    """Rows that should be there and are not: [from, to), how many, and why we think so."""

    symbol: str
    kind: Kind
    span: Span
    missing: int
    reason: str


@dataclass(frozen=True, slots=True)
class StreamSummary:
    """One line of `data list`: a pair, a kind, its extent, rows and gaps."""

    symbol: str
    kind: Kind
    span_ms: int
    first_ms: int
    last_ms: int
    rows: int
    gaps: int

"""Stored rows beside a venue's, by value: what differs, what the store lacks, what the venue lacks."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from decimal import Decimal

from fundarb.domain.instrument import Kind
from fundarb.domain.market import Candle, Span
from fundarb.domain.money import canonical
from fundarb.engine.collect.rows import Row
from fundarb.engine.collect.streams import Stream
from fundarb.ports.market import CandleDigits, MarketReader, RateDigits


@dataclass(frozen=True, slots=True)
class Disagreement:
    """One row of which store and venue say different things; None where one of them has no such row."""

    stream: Stream
    at_ms: int
    stored: str | None
    venue: str | None


async def stored_values(reader: MarketReader, stream: Stream, span: Span, as_of_ms: int) -> dict[int, str]:
    """The stored rows of a span, each as one text."""
    match stream.kind:
        case Kind.FUNDING:
            settled = reader.settlements(stream.symbol, span, as_of_ms)
            return {row.settled_at_ms: canonical(row.rate) async for batch in settled for row in batch}
        case Kind.OPEN_INTEREST:
            seen = await reader.snapshots(stream.symbol, span, as_of_ms)
            return {
                row.observed_at_ms: canonical(row.open_interest)
                for row in seen
                if row.open_interest is not None and row.quote_volume is None and row.mark is None
            }
        case _:
            candles = reader.candles(stream.symbol, stream.kind.value, span, as_of_ms)
            rows = [row async for batch in candles for row in batch if row.span_ms == stream.span_ms]
            return {row.open_at_ms: _candle(row) for row in rows}


def disagreements(stream: Stream, stored: Mapping[int, str], told: Mapping[int, Row]) -> list[Disagreement]:
    """Where the two differ, in order of time."""
    venue = {at_ms: _told(row) for at_ms, row in told.items()}
    return [
        Disagreement(stream, at_ms, stored.get(at_ms), venue.get(at_ms))
        for at_ms in sorted({*stored, *venue})
        if stored.get(at_ms) != venue.get(at_ms)
    ]


def _told(row: Row) -> str:
    if isinstance(row, RateDigits):
        return row.rate
    if isinstance(row, CandleDigits):
        return _text(row.open, row.high, row.low, row.close, row.volume)
    return canonical(row.open_interest)


def _candle(row: Candle) -> str:
    return _text(*map(_digits, (row.open, row.high, row.low, row.close, row.volume)))


def _digits(value: Decimal | None) -> str | None:
    return None if value is None else canonical(value)


def _text(*numbers: str | None) -> str:
    return "/".join("" if number is None else number for number in numbers)

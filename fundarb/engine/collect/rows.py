"""Rows of any stream: asked of a venue, checked against what was asked, put into the store."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import TypeVar

from fundarb.domain.brief import brief
from fundarb.domain.instants import iso
from fundarb.domain.instrument import Kind
from fundarb.domain.market import Snapshot, Span
from fundarb.engine.collect.streams import Stream
from fundarb.errors import VenueUnreadable
from fundarb.ports.market import CandleDigits, MarketWriter, OnConflict, RateDigits, Written
from fundarb.ports.venue import OpenInterestAt, VenueData

Row = RateDigits | CandleDigits | OpenInterestAt
Rows = Sequence[RateDigits] | Sequence[CandleDigits] | Sequence[OpenInterestAt]
_LEAST = "0."  # what the digits of every number above 0 are not before
_Any = TypeVar("_Any", RateDigits, CandleDigits, OpenInterestAt)


async def ask(venue: VenueData, stream: Stream, span: Span) -> dict[int, Row]:
    """The rows of a page by stamp, oldest first: those of the span only, each stamp once, all on the grid."""
    match stream.kind:
        case Kind.FUNDING:
            rows: Iterable[Row] = await venue.funding_page(stream.symbol, span)
        case Kind.OPEN_INTEREST:
            rows = await venue.open_interest_page(stream.symbol, stream.span_ms, span)
        case _:
            rows = await venue.candle_page(stream.symbol, stream.kind.value, stream.span_ms, span)
    return _checked(stream, span, rows)


async def put(writer: MarketWriter, stream: Stream, rows: Iterable[Row], on_conflict: OnConflict) -> Written:
    """Store rows of a stream inside a transaction."""
    match stream.kind:
        case Kind.FUNDING:
            return await writer.put_settlements(_of(RateDigits, rows), on_conflict)
        case Kind.OPEN_INTEREST:
            held = _of(OpenInterestAt, rows)
            return await writer.put_snapshots(Snapshot(r.symbol, r.at_ms, None, r.open_interest, None) for r in held)
        case _:
            return await writer.put_candles(_of(CandleDigits, rows), on_conflict)


def stamp(row: Row) -> int:
    """When a settlement was, a candle opened, or open interest was measured."""
    if isinstance(row, RateDigits):
        return row.settled_at_ms
    return row.open_at_ms if isinstance(row, CandleDigits) else row.at_ms


def _checked(stream: Stream, span: Span, rows: Iterable[Row]) -> dict[int, Row]:
    given = [(stamp(row), row) for row in rows]
    inside = [one for one in given if span.start_ms <= one[0] < span.end_ms]  # without an unfinished candle
    found = dict(sorted(inside, key=_stamp_of))
    if len(found) < len(inside) and any(found[at_ms] != row for at_ms, row in inside):
        raise VenueUnreadable(f"{_name(stream)}: two different rows of one time in one reply")
    off = [at_ms for at_ms in found if at_ms % stream.span_ms] if stream.span_ms else []
    if off:
        raise VenueUnreadable(
            f"{_name(stream)}: a row at {iso(off[0])}, which is off its grid: {brief(str(found[off[0]]))}"
        )
    odd = _impossible(found.values())
    if odd is not None:
        raise VenueUnreadable(f"{_name(stream)}: cannot be, at {iso(stamp(odd))}: {brief(str(odd))}")
    return found


def _impossible(rows: Iterable[Row]) -> Row | None:
    """A row that an import would refuse: a price of 0 or less, a high below its low, a negative volume or interest.

    Canonical digits of 0 and of what is negative sort before all others; floats blur only what is as good as equal."""
    for row in rows:
        if isinstance(row, CandleDigits):
            _, _, _, _, opening, high, low, close, volume = row
            if opening < _LEAST or low < _LEAST or close < _LEAST or float(high) < float(low):
                return row
            if volume is not None and volume < "0":
                return row
        elif isinstance(row, OpenInterestAt) and row.open_interest < 0:
            return row
    return None


def _stamp_of(one: tuple[int, Row]) -> int:
    return one[0]


def _of(kind: type[_Any], rows: Iterable[Row]) -> list[_Any]:
    return [row for row in rows if isinstance(row, kind)]


def _name(stream: Stream) -> str:
    return f"{stream.symbol} {stream.kind}"

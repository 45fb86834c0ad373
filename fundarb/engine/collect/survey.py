"""What the store has of every stream, as the planner wants it, from one look at all of it."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass

from fundarb.domain.instants import LATEST
from fundarb.domain.instrument import Kind
from fundarb.domain.market import Gap, Span, StreamSummary
from fundarb.engine.collect.plan import Stored
from fundarb.engine.collect.streams import Stream
from fundarb.ports.market import MarketReader

CONFIRMED = "confirmed"
_ORDER = {kind: number for number, kind in enumerate(Kind)}


@dataclass(frozen=True, slots=True)
class Survey:
    """Summaries and holes of the whole store."""

    reader: MarketReader
    summaries: dict[Stream, StreamSummary]
    gaps: dict[tuple[str, Kind], list[Gap]]

    def symbols(self) -> list[str]:
        """Every pair of which anything is stored."""
        return sorted({stream.symbol for stream in self.summaries})

    async def stored(self, stream: Stream) -> Stored:
        """What there is of one stream. Open interest is stored without its interval: only what was asked for tells."""
        asked = await self.reader.coverage(stream.symbol, stream.kind, LATEST)
        own = [one for one in asked if one.span_ms == stream.span_ms]
        summary = None if stream.kind is Kind.OPEN_INTEREST else self.summaries.get(stream)
        extent = None if summary is None else Span(summary.first_ms, summary.last_ms + (stream.span_ms or 1))
        return Stored(extent, [gap.span for gap in self.holes(stream) if gap.reason != CONFIRMED], own)

    async def checkable(self, symbols: Sequence[str], kinds: Sequence[Kind]) -> list[Stream]:
        """Every stored stream of these pairs and kinds, of whatever interval."""
        found = {one for one in self.summaries if one.symbol in symbols and one.kind in kinds}
        found = {one for one in found if one.kind not in (Kind.OPEN_INTEREST, Kind.SNAPSHOT)}
        for symbol in symbols if Kind.OPEN_INTEREST in kinds else ():
            asked = await self.reader.coverage(symbol, Kind.OPEN_INTEREST, LATEST)
            found |= {Stream(symbol, Kind.OPEN_INTEREST, one.span_ms) for one in asked}
        return sorted(found, key=lambda one: (one.symbol, _ORDER[one.kind], one.span_ms))

    def holes(self, stream: Stream) -> list[Gap]:
        """The holes of one stream; among candles those of its interval."""
        found = self.gaps.get((stream.symbol, stream.kind), [])
        return [gap for gap in found if not stream.span_ms or _length(gap.span) == gap.missing * stream.span_ms]


async def look(reader: MarketReader) -> Survey:
    """The store as it is."""
    gaps: dict[tuple[str, Kind], list[Gap]] = defaultdict(list)
    for gap in await reader.gaps(LATEST):
        gaps[gap.symbol, gap.kind].append(gap)
    return Survey(reader, _by_stream(await reader.streams(LATEST)), dict(gaps))


def _by_stream(summaries: Sequence[StreamSummary]) -> dict[Stream, StreamSummary]:
    return {Stream(one.symbol, one.kind, one.span_ms): one for one in summaries}


def _length(span: Span) -> int:
    return span.end_ms - span.start_ms

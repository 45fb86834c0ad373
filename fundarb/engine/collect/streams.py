"""What is collected: one stream a pair, kind and interval. Settlements come at whole hours that the venue chooses; candles
and open interest stand on a grid. What lies before a listing or after its end, or is not finished yet, is never wanted."""

from __future__ import annotations

from dataclasses import dataclass

from fundarb.domain.instants import HOUR, MINUTE
from fundarb.domain.instrument import Kind, Pair
from fundarb.domain.market import Span
from fundarb.engine.collect.spans import down, up
from fundarb.ports.venue import PageRules

SETTLEMENT_STEP = HOUR  # no venue settles more often, or at another time than a whole hour
LATE = 10 * MINUTE  # how long a settlement may take to be published: younger absence proves nothing


@dataclass(frozen=True, slots=True)
class Stream:
    """A pair, a kind, and the interval of its grid (0: settlements)."""

    symbol: str
    kind: Kind
    span_ms: int

    @property
    def step_ms(self) -> int:
        """How far apart rows are at least."""
        return self.span_ms or SETTLEMENT_STEP

    def page_rows(self, rules: PageRules) -> int:
        """How many rows the venue gives at once."""
        match self.kind:
            case Kind.FUNDING:
                return rules.funding_rows
            case Kind.OPEN_INTEREST:
                return rules.open_interest_rows
            case _:
                return rules.candle_rows


@dataclass(frozen=True, slots=True)
class Wanted:
    """A stretch of a stream; coverage is claimed up to `known_ms`, since what is younger may still come."""

    stream: Stream
    span: Span
    known_ms: int


def wanted(stream: Stream, pair: Pair, asked: Span, now_ms: int) -> Wanted:
    """What of the span asked for can be there now."""
    start = asked.start_ms
    if stream.kind is Kind.FUNDING:
        if pair.first_seen_ms is not None:
            start = max(start, pair.first_seen_ms + 1)  # a settlement at the launch itself pays nobody
        end = min(asked.end_ms, now_ms + 1, *([] if pair.gone_ms is None else [pair.gone_ms + 1]))
        span = Span(start, max(start, end))
        return Wanted(stream, span, max(start, min(span.end_ms, now_ms - LATE)))
    step = stream.span_ms
    start = up(max(start, pair.first_seen_ms or start), step)
    ends = [up(asked.end_ms, step), down(now_ms, step), *([] if pair.gone_ms is None else [up(pair.gone_ms, step)])]
    span = Span(start, max(start, *[min(ends)]))
    return Wanted(stream, span, span.end_ms)

"""What a run is asked to bring, and which streams that means at a venue."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from fundarb.domain.instants import HOUR
from fundarb.domain.instrument import Kind, Pair
from fundarb.domain.market import Span
from fundarb.domain.when import write_duration
from fundarb.engine.collect.plan import Stored
from fundarb.engine.collect.spans import down
from fundarb.engine.collect.streams import Stream
from fundarb.errors import UsageError
from fundarb.ports.venue import PageRules

_CANDLES = (Kind.SPOT, Kind.PERP, Kind.MARK)


@dataclass(frozen=True, slots=True)
class Order:
    """Kinds, interval and range; `since_ms` None: on from what is stored, and at least `back_ms` long."""

    kinds: Sequence[Kind]
    interval_ms: int
    now_ms: int
    back_ms: int
    since_ms: int | None = None
    until_ms: int | None = None
    concurrency: int = 8

    @property
    def end_ms(self) -> int:
        """Where the range ends; what is not finished by now is never in it."""
        return self.now_ms + 1 if self.until_ms is None else self.until_ms

    @property
    def usual_start_ms(self) -> int:
        """Where the range starts for a stream of which nothing is stored."""
        if self.since_ms is not None:
            return self.since_ms
        anchor_ms = down(self.now_ms, HOUR) if self.until_ms is None else self.until_ms
        return anchor_ms - self.back_ms

    def span(self, stored: Stored) -> Span:
        """The range of one stream."""
        starts = [self.usual_start_ms]
        if self.since_ms is None:
            starts += [one.asked.start_ms for one in stored.asked if one.asked.start_ms < self.end_ms]
            starts += [] if stored.extent is None else [stored.extent.start_ms]
        start_ms = min(starts)
        return Span(start_ms, max(start_ms, self.end_ms))


def require_offered(order: Order, rules: PageRules) -> None:
    """Refuse what the venue does not keep: an interval of candles, a history of open interest."""
    if any(kind in order.kinds for kind in _CANDLES) and order.interval_ms not in rules.candle_spans_ms:
        offered = ", ".join(write_duration(span_ms) for span_ms in rules.candle_spans_ms)
        raise UsageError(f"the venue keeps no candles of {write_duration(order.interval_ms)}; choose from {offered}")
    if Kind.OPEN_INTEREST in order.kinds and not rules.open_interest_spans_ms:
        raise UsageError("the venue keeps no history of open interest; leave open-interest out of --kinds")


def streams_of(pair: Pair, order: Order, rules: PageRules) -> Iterator[Stream]:
    """The streams of a pair that are asked for and can be had."""
    for kind in order.kinds:
        match kind:
            case Kind.FUNDING:
                yield Stream(pair.symbol, kind, 0)
            case Kind.OPEN_INTEREST:
                yield Stream(pair.symbol, kind, _interest_span(order.interval_ms, rules))
            case Kind.SPOT:
                if pair.spot is not None:
                    yield Stream(pair.symbol, kind, order.interval_ms)
            case Kind.PERP:
                yield Stream(pair.symbol, kind, order.interval_ms)
            case Kind.MARK:
                if rules.mark_candles:
                    yield Stream(pair.symbol, kind, order.interval_ms)
            case Kind.SNAPSHOT:
                pass  # one request for all of them


def _interest_span(interval_ms: int, rules: PageRules) -> int:
    """The interval of open interest nearest to that of the candles: the next longer one, else the longest."""
    offered = sorted(rules.open_interest_spans_ms)
    return next((span_ms for span_ms in offered if span_ms >= interval_ms), offered[-1])

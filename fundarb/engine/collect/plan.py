"""The planner: what of a stream has to be asked, and in how many pages. Pure.

Rows that are stored are there, asked for or not; a stretch that came back empty is asked again after an hour, and once it
was empty then too it is confirmed and left alone."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field

from fundarb.domain.instants import HOUR
from fundarb.domain.instrument import Kind
from fundarb.domain.market import Coverage, Span
from fundarb.engine.collect.spans import common, down, holds_multiple, joined, minus, up
from fundarb.engine.collect.streams import SETTLEMENT_STEP, Stream, Wanted
from fundarb.ports.venue import PageRules

APART = HOUR  # between two answers that make an empty stretch a confirmed one
_USUAL_INTERVAL = 8 * HOUR


@dataclass(frozen=True, slots=True)
class Stored:
    """What the store has of a stream: its extent, the holes inside it, and what was asked for."""

    extent: Span | None = None
    holes: Sequence[Span] = ()
    asked: Sequence[Coverage] = ()

    def believed(self, now_ms: int) -> list[Span]:
        """Stretches whose emptiness is not to be asked about now."""
        return [one.asked for one in self.asked if one.confirmed or _empty_since(one, now_ms) < APART]

    def doubted(self, now_ms: int) -> list[Span]:
        """Stretches that came back empty long enough ago to be confirmed by the same answer now."""
        return [one.asked for one in self.asked if not one.confirmed and one.rows == 0 and _old(one, now_ms)]


@dataclass(frozen=True, slots=True)
class Task:
    """A stretch to be asked for, and what is known of its stream; `due_ms` is when the venue says it settled last."""

    wanted: Wanted
    missing: Sequence[Span]
    stored: Stored = field(default_factory=Stored)
    due_ms: int | None = None

    @property
    def stream(self) -> Stream:
        """Of what."""
        return self.wanted.stream


def missing(wanted: Wanted, stored: Stored, now_ms: int, last_due_ms: int | None = None) -> list[Span]:
    """The spans to ask for, in order, never touching each other.

    Where the venue says when it last settled (`last_due_ms`), a stretch too young to prove anything is left out if that
    settlement is stored: nothing can be new."""
    believed = stored.believed(now_ms)
    there = [one.asked for one in stored.asked if one.rows > 0]
    if stored.extent is not None:
        there.append(stored.extent)
    holes = stored.holes
    if last_due_ms is not None and stored.extent is not None and stored.extent.end_ms - 1 == last_due_ms:
        holes = common(Span(0, last_due_ms + 1), holes)  # the tail is whole: the next settlement is still to come
    spans = minus([wanted.span], there + believed) + minus(common(wanted.span, holes), believed)
    if wanted.stream.kind is Kind.FUNDING:
        due = [span for span in joined(spans) if holds_multiple(span, SETTLEMENT_STEP)]
        return [span for span in due if not _nothing_new(span, wanted, last_due_ms)]
    step = wanted.stream.span_ms
    grid = (Span(down(span.start_ms, step), up(span.end_ms, step)) for span in spans)
    return joined(found for span in grid for found in common(wanted.span, [span]))


def expected_requests(stream: Stream, spans: Iterable[Span], rules: PageRules, interval_ms: int | None) -> int:
    """How many pages the spans take; of settlements an estimate by the interval in force."""
    rows = stream.page_rows(rules)
    step = (interval_ms or _USUAL_INTERVAL) if stream.kind is Kind.FUNDING else stream.span_ms
    return sum(max(1, -(-_rows(span, step) // rows)) for span in spans)


def _nothing_new(span: Span, wanted: Wanted, last_due_ms: int | None) -> bool:
    """Whether the first settlement the span could hold is younger than what is known, and was not due."""
    first_ms = up(span.start_ms, SETTLEMENT_STEP)
    return last_due_ms is not None and first_ms > max(last_due_ms, wanted.known_ms)


def _rows(span: Span, step_ms: int) -> int:
    return -(-(span.end_ms - span.start_ms) // step_ms)


def _empty_since(one: Coverage, now_ms: int) -> int:
    """How long ago a stretch without rows was first asked for; for ever where rows came."""
    return now_ms - one.asked_at_ms if one.rows == 0 else APART


def _old(one: Coverage, now_ms: int) -> bool:
    return now_ms - one.asked_at_ms >= APART

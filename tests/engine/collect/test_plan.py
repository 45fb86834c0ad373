"""The planner over random coverage, listings and intervals: what is missing is asked, nothing else, in the fewest pages."""

from __future__ import annotations

from itertools import pairwise

from hypothesis import given
from hypothesis import strategies as st

from fundarb.domain.instants import HOUR
from fundarb.domain.instrument import Kind, Pair
from fundarb.domain.market import Coverage, Span
from fundarb.engine.collect.plan import Stored, missing
from fundarb.engine.collect.spans import common, joined, minus, windows
from fundarb.engine.collect.streams import LATE, Stream, Wanted, wanted
from tests.engine.collect.markets import BTC, T0
from tests.fakes.venue import MemoryVenue

NOW_H = 400
ROWS = 20  # of a page here, so that few hours make many pages
CANDLES = Stream(BTC, Kind.PERP, HOUR)
FUNDING = Stream(BTC, Kind.FUNDING, 0)

hours = st.integers(0, NOW_H)
minutes = st.integers(0, 59)


@st.composite
def spans(draw: st.DrawFn) -> Span:
    start, end = sorted((draw(hours), draw(hours)))
    return Span(T0 + start * HOUR, T0 + end * HOUR)


@st.composite
def asked_before(draw: st.DrawFn, stream: Stream) -> list[Coverage]:
    """What was asked at some time: with rows, empty lately, empty long ago, confirmed; never overlapping."""
    found: list[Coverage] = []
    for part in minus(draw(st.lists(spans(), max_size=4)), []):
        rows, age, confirmed = draw(st.sampled_from([(5, 0, False), (0, 10, False), (0, 90, False), (0, 0, True)]))
        at_ms = T0 + NOW_H * HOUR - age * 60_000
        found.append(Coverage(stream.symbol, stream.kind, stream.span_ms, part, rows, at_ms, confirmed))
    return found


@st.composite
def pairs(draw: st.DrawFn) -> Pair:
    bounds = sorted((draw(hours), draw(hours)))
    venue = MemoryVenue(T0)
    first, gone = (draw(st.sampled_from([None, T0 + at * HOUR + draw(minutes) * 60_000])) for at in bounds)
    return venue.list_pair(BTC, first_seen_ms=first, gone_ms=gone)


def places(parts: list[Span]) -> set[int]:
    """The hours a set of spans holds."""
    return {at for part in parts for at in range(-(-part.start_ms // HOUR) * HOUR, part.end_ms, HOUR)}


@given(asked_before(CANDLES), spans(), pairs(), minutes)
def test_pages_are_exactly_what_is_missing_while_listed_and_finished(
    known: list[Coverage], range_: Span, pair: Pair, minute: int
) -> None:
    now_ms = T0 + NOW_H * HOUR + minute * 60_000
    due = wanted(CANDLES, pair, range_, now_ms)
    pages = [page for span in missing(due, Stored(asked=known), now_ms) for page in windows(span, HOUR, ROWS)]
    left = {at for one in known for at in places([one.asked]) if one.rows or one.confirmed or _young(one, now_ms)}
    expected = {
        at
        for at in places([range_])
        if at not in left
        and at + HOUR <= now_ms
        and (pair.first_seen_ms is None or at >= pair.first_seen_ms)
        and (pair.gone_ms is None or at < pair.gone_ms)
    }
    assert places(pages) == expected
    assert sum(len(places([page])) for page in pages) == len(expected)
    assert all(0 < page.end_ms - page.start_ms <= ROWS * HOUR for page in pages)
    assert len(pages) == sum(-(-len(places([span])) // ROWS) for span in joined(pages))


@given(asked_before(FUNDING), spans(), pairs(), minutes)
def test_of_settlements_every_hour_is_asked_for_that_was_not_answered(
    known: list[Coverage], range_: Span, pair: Pair, minute: int
) -> None:
    now_ms = T0 + NOW_H * HOUR + minute * 60_000
    due = wanted(FUNDING, pair, range_, now_ms)
    found = missing(due, Stored(asked=known), now_ms)
    left = [one.asked for one in known if one.rows or one.confirmed or _young(one, now_ms)]
    first_ms = -1 if pair.first_seen_ms is None else pair.first_seen_ms
    last_ms = now_ms if pair.gone_ms is None else min(now_ms, pair.gone_ms)
    expected = {at for at in places([range_]) if first_ms < at <= last_ms} - places(left)
    assert places(found) == expected
    assert all(common(span, found) == [span] for span in found)


@given(st.lists(spans(), max_size=6), st.lists(spans(), max_size=6))
def test_sets_of_spans_add_up(some: list[Span], others: list[Span]) -> None:
    rest = minus(some, others)
    assert places(rest) == places(some) - places(others)
    assert all(left.end_ms < right.start_ms for left, right in pairwise(rest))
    assert places(joined([*some, *others])) == places(some) | places(others)


@given(spans(), st.lists(spans(), max_size=5))
def test_rows_that_are_stored_are_there_whoever_brought_them_and_holes_in_them_are_not(
    extent: Span, holes: list[Span]
) -> None:
    now_ms = T0 + (NOW_H + 1) * HOUR
    due = Wanted(CANDLES, Span(T0, T0 + NOW_H * HOUR), now_ms)
    inside = [part for hole in holes for part in common(extent, [hole])]
    found = missing(due, Stored(extent, inside), now_ms)
    assert places(found) == (places([due.span]) - places([extent])) | places(inside)


def test_where_the_venue_says_that_nothing_settled_since_nothing_is_asked() -> None:
    now_ms = T0 + 9 * HOUR + LATE // 2
    due = Wanted(FUNDING, Span(T0, now_ms + 1), now_ms - LATE)
    stored = Stored(asked=[Coverage(BTC, Kind.FUNDING, 0, Span(T0, now_ms - LATE), 2, T0)])
    assert missing(due, stored, now_ms, T0 + 8 * HOUR) == []
    assert len(missing(due, stored, now_ms, T0 + 9 * HOUR)) == 1
    assert len(missing(due, stored, now_ms)) == 1


def _young(one: Coverage, now_ms: int) -> bool:
    return now_ms - one.asked_at_ms < HOUR

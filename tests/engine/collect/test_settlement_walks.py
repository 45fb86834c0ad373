"""Funding walks over random histories of intervals: every row arrives, in at most two in a hundred requests too many."""

from __future__ import annotations

import asyncio
import tempfile
from dataclasses import replace
from decimal import Decimal
from itertools import pairwise
from pathlib import Path
from typing import Literal

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from fundarb.domain.instants import DAY, HOUR, MINUTE
from fundarb.domain.instrument import Kind
from fundarb.domain.market import Span
from fundarb.engine.collect.contiguity import in_doubt
from fundarb.ports.venue import Ticker
from tests.engine.collect.markets import BTC, T0, every, opened, pages
from tests.fakes.venue import BYBIT_LIKE, MemoryVenue

NOW = T0 + 120 * DAY + 40 * 60_000
regimes = st.lists(st.tuples(st.sampled_from([1, 2, 4, 8]), st.integers(1, 60)), min_size=1, max_size=5)


def history(parts: list[tuple[int, int]]) -> list[int]:
    """Settlements at one interval after another, the last one until now; an interval begins where it divides the day."""
    stamps: list[int] = []
    at = T0
    for interval, days in parts:
        end = at + days * DAY
        stamps += every(interval * HOUR, Span(at + 1, end + 1))
        at = end
    stamps += every(parts[-1][0] * HOUR, Span(at + 1, max(at + 1, NOW)))
    return [stamp for stamp in stamps if stamp <= NOW]


def walked(stamps: list[int], walk: Literal["backwards", "forwards"]) -> tuple[list[int], int]:
    """What a run over the whole history stores, and how many pages it takes."""

    async def run(folder: Path) -> tuple[list[int], int]:
        venue = MemoryVenue(NOW, replace(BYBIT_LIKE, funding_walk=walk))
        venue.list_pair(BTC, first_seen_ms=T0, interval_ms=(stamps[-1] - stamps[-2]))
        venue.settle(BTC, stamps)
        async with opened(folder / "walk.db") as store:
            report = await store.fetch(venue, BTC, kinds=[Kind.FUNDING], since_ms=T0)
            assert report.all_holes() == []
            return [at for at, _ in await store.settled(BTC)], len(pages(venue))

    with tempfile.TemporaryDirectory() as folder:
        return asyncio.run(run(Path(folder)))


@pytest.mark.parametrize("walk", ["backwards", "forwards"])
@settings(max_examples=15)
@given(parts=regimes)
def test_every_settlement_arrives_in_the_fewest_pages(
    walk: Literal["backwards", "forwards"], parts: list[tuple[int, int]]
) -> None:
    stamps = history(parts)
    found, asked = walked(stamps, walk)
    assert found == stamps
    least = -(-len(stamps) // 200)
    changes = sum(one[0] != other[0] for one, other in pairwise(parts))
    assert asked <= least + max(1, changes + least // 50)


@settings(max_examples=200)
@given(parts=regimes, data=st.data())
def test_a_lost_settlement_is_always_in_doubt_unless_an_interval_explains_its_absence(
    parts: list[tuple[int, int]], data: st.DataObject
) -> None:
    stamps = history(parts)
    if len(stamps) < 6:
        return
    lost = data.draw(st.integers(3, len(stamps) - 3))
    before, after = stamps[lost - 1], stamps[lost + 1]
    left = stamps[:lost] + stamps[lost + 1 :]
    doubts = in_doubt(left, Span(T0 + 1, NOW))
    neighbours = {before - stamps[lost - 2], stamps[lost + 2] - after}
    explained = after - before in neighbours and after - before <= 8 * HOUR
    assert explained or any(span.start_ms <= stamps[lost] < span.end_ms for span in doubts)


AT = T0 + 30 * DAY
_FUNDING = [Kind.FUNDING]


def announced(venue: MemoryVenue, next_ms: int) -> None:
    """A ticker that says when the next settlement of an interval of 8 h is."""
    numbers = (Decimal("0.0001"), next_ms, 8 * HOUR, Decimal(100), Decimal(1), Decimal(1))
    venue.quotes[:] = [Ticker(BTC, venue.now_ms, *numbers)]


async def test_an_interval_that_grew_makes_no_holes_while_its_first_settlement_is_to_come(tmp_path: Path) -> None:
    venue = MemoryVenue(AT + 5 * HOUR + 30 * MINUTE)
    venue.list_pair(BTC, first_seen_ms=T0)
    venue.settle(BTC, every(HOUR, Span(T0 + 1, AT + 1)))
    announced(venue, AT + 8 * HOUR)
    async with opened(tmp_path / "a.db") as store:
        report = await store.fetch(venue, BTC, kinds=_FUNDING, back_ms=20 * DAY)
        asked = len(venue.asked)
        assert report.all_holes() == []
        assert (await store.fetch(venue, BTC, kinds=_FUNDING, back_ms=20 * DAY)).all_holes() == []
        assert pages(venue, since=asked) == []
        venue.quotes.clear()  # without that word they are
        venue.now_ms += HOUR
        [(_, hole)] = (await store.fetch(venue, BTC, kinds=_FUNDING, back_ms=20 * DAY)).all_holes()
        assert hole.span.start_ms == AT + HOUR
        venue.now_ms = AT + 8 * HOUR + 30 * MINUTE
        venue.settle(BTC, [AT + 8 * HOUR])
        announced(venue, AT + 16 * HOUR)
        assert (await store.fetch(venue, BTC, kinds=_FUNDING, back_ms=20 * DAY)).all_holes() == []
        assert (await store.settled(BTC))[-1][0] == AT + 8 * HOUR


async def test_the_settlement_that_is_said_to_be_the_last_is_told_as_lacking_and_stored_once_it_comes(
    tmp_path: Path,
) -> None:
    venue = MemoryVenue(AT + 17 * MINUTE)
    venue.list_pair(BTC, first_seen_ms=T0)
    venue.settle(BTC, every(8 * HOUR, Span(T0 + 1, AT)))
    announced(venue, AT + 8 * HOUR)
    async with opened(tmp_path / "a.db") as store:
        [(_, hole)] = (await store.fetch(venue, BTC, kinds=_FUNDING, back_ms=20 * DAY)).all_holes()
        assert (hole.span.start_ms, hole.missing, len(pages(venue))) == (AT, 1, 2)
        venue.now_ms += 8 * HOUR
        venue.settle(BTC, [AT, AT + 8 * HOUR])
        venue.quotes.clear()
        assert (await store.fetch(venue, BTC, kinds=_FUNDING, back_ms=20 * DAY)).all_holes() == []
        assert [at for at, _ in await store.settled(BTC)][-3:] == [AT - 8 * HOUR, AT, AT + 8 * HOUR]


def test_nothing_is_in_doubt_where_every_gap_is_an_interval_in_force() -> None:
    stamps = [*every(8 * HOUR, Span(T0, T0 + 3 * DAY)), *every(HOUR, Span(T0 + 3 * DAY, T0 + 4 * DAY))]
    assert in_doubt(stamps, Span(T0, T0 + 4 * DAY)) == []

"""Funding walks over random histories of intervals: every row arrives, in at most two in a hundred requests too many."""

from __future__ import annotations

import asyncio
import tempfile
from dataclasses import replace
from itertools import pairwise
from pathlib import Path
from typing import Literal

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from fundarb.domain.instants import DAY, HOUR
from fundarb.domain.instrument import Kind
from fundarb.domain.market import Span
from fundarb.engine.collect.contiguity import in_doubt
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


def test_nothing_is_in_doubt_where_every_gap_is_an_interval_in_force() -> None:
    stamps = [*every(8 * HOUR, Span(T0, T0 + 3 * DAY)), *every(HOUR, Span(T0 + 3 * DAY, T0 + 4 * DAY))]
    assert in_doubt(stamps, Span(T0, T0 + 4 * DAY)) == []

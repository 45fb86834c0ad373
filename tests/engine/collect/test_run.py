"""Whole runs over a venue in memory and a real database."""

from __future__ import annotations

from pathlib import Path

from fundarb.domain.instants import DAY, HOUR
from fundarb.domain.instrument import Kind
from fundarb.domain.market import Span
from tests.engine.collect.markets import BTC, T0, every, listed, opened, pages, stream
from tests.fakes.venue import MemoryVenue

NOW = T0 + 400 * DAY + 17 * 60_000
HISTORY = Span(T0, NOW + 1)


async def test_a_first_run_brings_ninety_days_whole_in_as_few_requests_as_pages_allow(tmp_path: Path) -> None:
    venue = MemoryVenue(NOW)
    listed(venue, BTC, HISTORY)
    async with opened(tmp_path / "a.db") as store:
        report = await store.fetch(venue, BTC)
        start = NOW // HOUR * HOUR - 90 * DAY
        assert [at for at, _ in await store.settled(BTC)] == list(every(8 * HOUR, Span(start, NOW)))
        for market in ("spot", "perp", "mark"):
            assert await store.opens(BTC, market) == list(range(start, NOW // HOUR * HOUR, HOUR))
    assert (len(pages(venue, "funding")), len(pages(venue, "candles"))) == (2, 9)
    assert report.all_holes() == []
    assert stream(report, BTC, Kind.FUNDING).stored == 271


async def test_a_second_run_at_once_asks_for_nothing(tmp_path: Path) -> None:
    venue = MemoryVenue(NOW)
    listed(venue, BTC, HISTORY)
    async with opened(tmp_path / "a.db") as store:
        await store.fetch(venue, BTC)
        before = len(venue.asked)
        report = await store.fetch(venue, BTC)
    assert pages(venue, since=before) == []
    assert report.all_holes() == []

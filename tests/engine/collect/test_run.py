"""Whole runs over a venue in memory and a real database."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import TypeVar

from fundarb.adapters.sqlite.panel_load import load_panel
from fundarb.domain.instants import DAY, HOUR
from fundarb.domain.instrument import Kind
from fundarb.domain.market import Span
from fundarb.ports.market import CandleDigits, OnConflict, RateDigits
from tests.engine.collect.markets import BTC, T0, every, listed, opened, pages, stream
from tests.fakes.venue import MemoryVenue

NOW = T0 + 400 * DAY + 17 * 60_000
HISTORY = Span(T0, NOW + 1)

_Row = TypeVar("_Row")


class Glitching(MemoryVenue):
    """Answers the next few pages with nothing, well-formed."""

    empty = 0

    async def funding_page(self, symbol: str, span: Span) -> Sequence[RateDigits]:
        """Rates, or nothing."""
        return self._glitched(await super().funding_page(symbol, span))

    async def candle_page(self, symbol: str, market: str, span_ms: int, span: Span) -> Sequence[CandleDigits]:
        """Candles, or nothing."""
        return self._glitched(await super().candle_page(symbol, market, span_ms, span))

    def _glitched(self, rows: Sequence[_Row]) -> Sequence[_Row]:
        """Every third page is lost while there are any to lose."""
        if not self.empty or self.requests % 3:
            return rows
        self.empty -= 1
        return []


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


MOVED = (T0 + 300 * DAY, T0 + 325 * DAY)  # 8 h until the first, 1 h until the second, 4 h since


def moved(venue: MemoryVenue, symbol: str) -> list[int]:
    """A perp whose interval went 8 h, 1 h, 4 h, with today's interval announced; its settlements."""
    stamps = [*every(8 * HOUR, Span(T0 + 1, MOVED[0] + 1)), *every(HOUR, Span(MOVED[0] + 1, MOVED[1] + 1))]
    stamps += every(4 * HOUR, Span(MOVED[1] + 1, NOW))
    venue.list_pair(symbol, first_seen_ms=T0, interval_ms=4 * HOUR)
    venue.settle(symbol, stamps)
    return stamps


async def test_an_interval_that_changed_twice_loses_no_settlement(tmp_path: Path) -> None:
    venue = MemoryVenue(NOW)
    stamps = moved(venue, BTC)
    async with opened(tmp_path / "a.db") as store:
        report = await store.fetch(venue, BTC, kinds=[Kind.FUNDING], since_ms=T0)
        assert [at for at, _ in await store.settled(BTC)] == stamps
    assert report.all_holes() == []
    assert len(pages(venue)) == -(-len(stamps) // 200)


async def test_the_intervals_that_follow_from_the_stamps_are_those_that_were_in_force(tmp_path: Path) -> None:
    venue = MemoryVenue(NOW)
    moved(venue, BTC)
    async with opened(tmp_path / "a.db") as store:
        await store.fetch(venue, BTC, kinds=[Kind.FUNDING], since_ms=T0)
        panel = await load_panel(store.reader, [BTC], NOW)
    of = dict(zip(panel.settlements.settled_at.tolist(), panel.settlements.interval_ms.tolist(), strict=True))
    changed = {
        at: gap
        for at, gap in of.items()
        if gap != (8 * HOUR if at <= MOVED[0] else HOUR if at <= MOVED[1] else 4 * HOUR)
    }
    assert changed == {T0 + 8 * HOUR: 0}  # a first settlement has no interval


async def test_both_ends_extend(tmp_path: Path) -> None:
    venue = MemoryVenue(NOW)
    listed(venue, BTC, Span(T0, NOW + 3 * DAY))
    async with opened(tmp_path / "a.db") as store:
        await store.fetch(venue, BTC, back_ms=30 * DAY)
        before = len(venue.asked)
        await store.fetch(venue, BTC, since_ms=NOW // HOUR * HOUR - 270 * DAY)
        older = pages(venue, "candles", before)
        assert max(one.span.end_ms for one in older if one.span) == NOW // HOUR * HOUR - 30 * DAY
        assert len(older) == 3 * 6
        venue.now_ms += 2 * DAY
        before = len(venue.asked)
        report = await store.fetch(venue, back_ms=30 * DAY)
        assert len(pages(venue, "candles", before)) == 3
        assert len(pages(venue, "funding", before)) == 1
    assert report.all_holes() == []
    assert stream(report, BTC, Kind.PERP).span.start_ms == NOW // HOUR * HOUR - 270 * DAY


async def test_time_before_the_listing_and_after_its_end_is_neither_asked_for_nor_a_hole(tmp_path: Path) -> None:
    venue = MemoryVenue(NOW)
    life = Span(NOW - 60 * DAY, NOW - 20 * DAY)
    listed(venue, BTC, life, first_seen_ms=life.start_ms, gone_ms=life.end_ms)
    async with opened(tmp_path / "a.db") as store:
        report = await store.fetch(venue, BTC)
    spans = [one.span for one in pages(venue) if one.span]
    assert min(span.start_ms for span in spans) >= life.start_ms
    assert max(span.end_ms for span in spans) <= life.end_ms + HOUR
    assert report.all_holes() == []


async def test_a_hole_at_the_venue_is_listed_and_confirmed_by_the_same_answer_an_hour_later(tmp_path: Path) -> None:
    venue = MemoryVenue(NOW)
    listed(venue, BTC, HISTORY)
    lost = [NOW // (8 * HOUR) * 8 * HOUR - n * 8 * HOUR for n in (30, 31, 100)]
    venue.lose(BTC, lost)
    async with opened(tmp_path / "a.db") as store:
        first = await store.fetch(venue, BTC, kinds=[Kind.FUNDING])
        assert [(hole.missing, hole.reason) for _, hole in first.all_holes()] == [
            (1, "the venue has nothing there"),
            (2, "the venue has nothing there"),
        ]
        before = len(venue.asked)
        at_once = await store.fetch(venue, BTC, kinds=[Kind.FUNDING])
        assert pages(venue, since=before) == []
        assert len(at_once.holes(strict=False)) == 2
        venue.now_ms += HOUR
        later = await store.fetch(venue, BTC, kinds=[Kind.FUNDING])
        assert (len(later.holes(strict=False)), len(later.holes(strict=True))) == (0, 2)
        venue.now_ms += HOUR
        before = len(venue.asked)
        await store.fetch(venue, BTC, kinds=[Kind.FUNDING])
        assert [one.span and one.span.start_ms for one in pages(venue, since=before)] == [T0 + 400 * DAY]


async def test_an_empty_answer_that_was_wrong_leaves_no_hole(tmp_path: Path) -> None:
    venue = Glitching(NOW)
    listed(venue, BTC, HISTORY)
    async with opened(tmp_path / "a.db") as store:
        venue.empty = 3
        report = await store.fetch(venue, BTC)
        assert venue.empty == 0
        assert len(await store.settled(BTC)) == 271
    assert report.all_holes() == []


async def test_a_candle_that_is_not_finished_is_not_stored(tmp_path: Path) -> None:
    venue = MemoryVenue(NOW)
    listed(venue, BTC, HISTORY)
    async with opened(tmp_path / "a.db") as store:
        await store.fetch(venue, BTC)
        assert (await store.opens(BTC, "perp"))[-1] == NOW // HOUR * HOUR - HOUR


async def test_a_settlement_that_comes_late_is_asked_for_again(tmp_path: Path) -> None:
    venue = MemoryVenue(T0 + 100 * DAY + 2_000)
    listed(venue, BTC, Span(T0, T0 + 100 * DAY))
    async with opened(tmp_path / "a.db") as store:
        await store.fetch(venue, BTC, kinds=[Kind.FUNDING])
        venue.settle(BTC, [T0 + 100 * DAY])
        venue.now_ms += 60_000
        await store.fetch(venue, BTC, kinds=[Kind.FUNDING])
        assert (await store.settled(BTC))[-1][0] == T0 + 100 * DAY


async def test_open_interest_is_brought_and_its_holes_are_told(tmp_path: Path) -> None:
    venue = MemoryVenue(NOW)
    listed(venue, BTC, Span(NOW // HOUR * HOUR - 20 * DAY, NOW))
    kinds = [Kind.OPEN_INTEREST]
    async with opened(tmp_path / "a.db") as store:
        report = await store.fetch(venue, BTC, kinds=kinds, back_ms=30 * DAY)
        [(_, hole)] = report.all_holes()
        assert (hole.missing, stream(report, BTC, Kind.OPEN_INTEREST).stored) == (240, 480)
        assert stream(report, BTC, Kind.OPEN_INTEREST).requested == 720
        venue.now_ms += HOUR
        assert (await store.fetch(venue, BTC, kinds=kinds, back_ms=30 * DAY)).holes(strict=False) == []


async def test_between_settlements_a_run_at_once_after_another_asks_for_nothing(tmp_path: Path) -> None:
    venue = MemoryVenue(T0 + 20 * DAY + HOUR + 17 * 60_000)
    listed(venue, BTC, Span(T0, NOW))
    venue.quotes.clear()  # so that only what was asked for tells
    async with opened(tmp_path / "a.db") as store:
        for minutes in (0, 70, 70, 70):
            venue.now_ms += minutes * 60_000
            await store.fetch(venue, BTC, kinds=[Kind.FUNDING], back_ms=10 * DAY)
        before = len(venue.asked)
        await store.fetch(venue, BTC, kinds=[Kind.FUNDING], back_ms=10 * DAY)
    assert pages(venue, since=before) == []


async def test_rows_that_another_brought_are_not_asked_for(tmp_path: Path) -> None:
    venue = MemoryVenue(NOW)
    pair = listed(venue, BTC, HISTORY)
    old = Span(NOW // HOUR * HOUR - 200 * DAY, NOW // HOUR * HOUR - 5 * DAY)
    async with opened(tmp_path / "a.db") as store:
        async with store.writer.transaction():
            await store.writer.put_pairs([pair], NOW, OnConflict.REFUSE)
            await store.writer.put_candles(
                [CandleDigits(BTC, "perp", HOUR, at, "100", "100", "100", "100", "1") for at in every(HOUR, old)],
                OnConflict.REFUSE,
            )
        report = await store.fetch(venue, BTC, kinds=[Kind.PERP])
    assert [one.span and one.span.start_ms for one in pages(venue)] == [old.end_ms]
    assert stream(report, BTC, Kind.PERP).span.start_ms == old.start_ms


async def test_a_hole_among_candles_of_one_interval_is_none_of_another(tmp_path: Path) -> None:
    venue = MemoryVenue(NOW)
    listed(venue, BTC, Span(T0, NOW + DAY))
    venue.trade(BTC, "perp", 4 * HOUR, Span(NOW - 20 * DAY, NOW - 10 * DAY))
    async with opened(tmp_path / "a.db") as store:
        long = await store.fetch(venue, BTC, kinds=[Kind.PERP], back_ms=30 * DAY, interval_ms=4 * HOUR)
        assert len(long.all_holes()) == 2
        venue.now_ms += 2 * HOUR
        short = await store.fetch(venue, BTC, kinds=[Kind.PERP], back_ms=30 * DAY)
        before = len(venue.asked)
        await store.fetch(venue, BTC, kinds=[Kind.PERP], back_ms=30 * DAY)
    assert short.all_holes() == []
    assert pages(venue, since=before) == []

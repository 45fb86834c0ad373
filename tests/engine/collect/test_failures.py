"""What a run does when the venue fails it: it asks again, goes on with the rest, gives up in time, and says so."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest

from fundarb.domain.instants import DAY, LATEST
from fundarb.domain.instrument import Kind
from fundarb.domain.market import Span
from fundarb.engine.collect.choosing import Wish
from fundarb.errors import UsageError, VenueRefused, VenueUnreachable
from tests.engine.collect.markets import BTC, DOGE, ETH, T0, failing, listed, opened, pages, stream
from tests.fakes.venue import BYBIT_LIKE, Asked, MemoryVenue

NOW = T0 + 200 * DAY + 17 * 60_000
DOWN = VenueUnreachable("no answer in time")


def three() -> MemoryVenue:
    """A venue of three pairs."""
    venue = MemoryVenue(NOW)
    for turnover, symbol in enumerate((BTC, ETH, DOGE)):
        listed(venue, symbol, Span(T0, NOW), turnover=turnover + 1)
    return venue


async def test_a_stream_that_fails_once_is_asked_again_and_no_page_twice(tmp_path: Path) -> None:
    venue = three()
    failed: list[Asked] = []

    def before(asked: Asked) -> None:
        if asked.call == "candles" and asked.symbol == ETH and not failed:
            failed.append(asked)
            raise DOWN

    venue.before = before
    async with opened(tmp_path / "a.db") as store:
        report = await store.fetch(venue, BTC, ETH)
    assert (report.failure, report.all_holes()) == (None, [])
    assert len({(one.market, one.symbol, one.span) for one in pages(venue, "candles")}) == 18
    assert len(pages(venue, "candles")) == 19


async def test_one_stream_that_cannot_be_had_is_named_and_the_others_are_whole(tmp_path: Path) -> None:
    venue = three()
    venue.before = failing(
        lambda asked: (asked.symbol, asked.market) == (ETH, "mark"), error=VenueRefused("no such symbol")
    )
    async with opened(tmp_path / "a.db") as store:
        report = await store.fetch(venue, BTC, ETH)
        [(bad, hole)] = report.all_holes()
        assert (bad.symbol, bad.kind, hole.reason) == (ETH, Kind.MARK, "not fetched: no such symbol")
        assert hole.missing == 90 * 24
        assert isinstance(report.failure, VenueRefused)
        assert stream(report, ETH, Kind.PERP).stored == stream(report, BTC, Kind.MARK).stored == 90 * 24
        venue.before = lambda _: None
        assert (await store.fetch(venue)).all_holes() == []


async def test_a_venue_that_is_down_is_left_alone_soon_and_nothing_is_lost(tmp_path: Path) -> None:
    venue = three()

    def before(asked: Asked) -> None:
        if len(venue.asked) > 10:
            raise DOWN

    venue.before = before
    async with opened(tmp_path / "a.db") as store:
        report = await store.fetch(venue, BTC, ETH, DOGE, concurrency=2)
        asked = len(venue.asked)
        assert report.stopped is DOWN
        assert asked < 10 + 2 * 6
        venue.before = lambda _: None
        again = await store.fetch(venue, BTC, ETH, DOGE, concurrency=2)
    assert again.all_holes() == []
    stored = sum(one.stored for one in (*report.streams, *again.streams))
    assert stored == 3 * (271 + 3 * 90 * 24)
    assert all(one.requested == one.stored + one.known + one.differing + one.missing for one in report.streams)


async def test_without_tickers_named_pairs_are_brought_and_the_lack_is_told(tmp_path: Path) -> None:
    venue = three()
    venue.before = failing(lambda asked: asked.call == "tickers", error=DOWN)
    async with opened(tmp_path / "a.db") as store:
        report = await store.fetch(venue, BTC, kinds=[Kind.FUNDING, Kind.SNAPSHOT])
        assert report.failure is DOWN
        assert stream(report, BTC, Kind.FUNDING).stored == 271
        with pytest.raises(VenueUnreachable):
            await store.fetch(venue, wish=Wish(top=2))


async def test_what_a_run_wrote_before_the_list_failed_is_nothing(tmp_path: Path) -> None:
    venue = three()
    venue.before = failing(lambda asked: asked.call == "listings", error=DOWN)
    async with opened(tmp_path / "a.db") as store:
        with pytest.raises(VenueUnreachable):
            await store.fetch(venue, BTC)
        assert await store.reader.pairs(LATEST) == ()


async def test_a_venue_that_falters_now_and_then_is_not_taken_for_one_that_is_down(tmp_path: Path) -> None:
    venue = MemoryVenue(NOW)
    odd: list[Asked] = []
    for number in range(20):
        listed(venue, f"C{number}/USDT:USDT", Span(NOW - 5 * DAY, NOW))

    def before(asked: Asked) -> None:
        if asked.span is not None:
            odd.append(asked)
            if len(odd) < 60 and len(odd) % 2:
                raise DOWN

    venue.before = before
    async with opened(tmp_path / "a.db") as store:
        report = await store.fetch(venue, wish=Wish(everything=True), back_ms=4 * DAY, concurrency=2)
    assert (report.stopped, report.all_holes()) == (None, [])


async def test_a_settlement_that_is_gone_from_the_next_page_makes_the_page_no_answer(tmp_path: Path) -> None:
    venue = MemoryVenue(NOW)
    listed(venue, BTC, Span(T0, NOW))

    def before(asked: Asked) -> None:
        if len(pages(venue)) == 2 and asked.span is not None:
            venue.lose(BTC, [asked.span.end_ms - 1])  # the last row of the page before, asked for once more

    venue.before = before
    async with opened(tmp_path / "a.db") as store:
        report = await store.fetch(venue, BTC, kinds=[Kind.FUNDING])
        assert len(await store.settled(BTC)) == 271
    assert (report.failure, len(pages(venue))) == (None, 3)


async def test_a_pair_that_trades_without_a_ticker_is_told_and_one_that_is_closed_needs_none(tmp_path: Path) -> None:
    venue = three()
    listed(venue, "DEAD/USDT:USDT", Span(T0, NOW), gone_ms=NOW - DAY)
    venue.quotes = [one for one in venue.quotes if one.symbol != ETH]
    async with opened(tmp_path / "a.db") as store:
        report = await store.fetch(venue, BTC, ETH, "DEAD", kinds=[Kind.SNAPSHOT])
    assert [(one.symbol, hole.reason) for one, hole in report.all_holes()] == [
        (ETH, "the venue quotes no ticker of it")
    ]
    assert stream(report, ETH, Kind.SNAPSHOT).requested == stream(report, BTC, Kind.SNAPSHOT).requested == 1
    assert len(report.holes(strict=False)) == 1


async def test_open_interest_of_a_venue_that_keeps_none_is_a_mistake_of_the_asker(tmp_path: Path) -> None:
    venue = MemoryVenue(NOW, replace(BYBIT_LIKE, open_interest_spans_ms=()))
    listed(venue, BTC, Span(T0, NOW))
    async with opened(tmp_path / "a.db") as store:
        with pytest.raises(UsageError, match="keeps no history of open interest"):
            await store.fetch(venue, BTC, kinds=[Kind.OPEN_INTEREST])

"""The register: first seen, changes, intervals, disappearances; a list that lacks too much is not believed."""

from __future__ import annotations

from dataclasses import replace
from decimal import Decimal
from pathlib import Path

import pytest

from fundarb.domain.instants import DAY, HOUR, LATEST
from fundarb.domain.instrument import Kind
from fundarb.domain.market import Span
from fundarb.engine.collect.registry import merge
from fundarb.errors import VenueUnreadable
from tests.engine.collect.markets import BTC, DOGE, ETH, T0, listed, opened
from tests.fakes.venue import MemoryVenue

NOW = T0 + 10 * DAY


async def test_changes_are_kept_with_the_time_they_were_seen(tmp_path: Path) -> None:
    venue = MemoryVenue(NOW)
    listed(venue, BTC, Span(T0, NOW), first_seen_ms=T0)
    async with opened(tmp_path / "a.db") as store:
        await store.fetch(venue, BTC, kinds=[Kind.FUNDING])
        venue.now_ms += DAY
        [one] = venue.listed
        lots = replace(one.pair.perp_lots, step=Decimal("0.01"))
        venue.listed[0] = replace(one, pair=replace(one.pair, perp_lots=lots), interval_ms=HOUR)
        await store.fetch(venue, BTC, kinds=[Kind.FUNDING])
        changes = await store.reader.listing_changes(BTC, Span(0, LATEST), LATEST)
        assert [(change.seen_ms, change.field, change.after) for change in changes] == [
            (NOW, "funding_interval_ms", str(8 * HOUR)),
            (NOW + DAY, "perp_step", "0.01"),
            (NOW + DAY, "funding_interval_ms", str(HOUR)),
        ]


async def test_what_is_not_listed_any_more_is_gone_since_now_and_keeps_its_past(tmp_path: Path) -> None:
    venue = MemoryVenue(NOW)
    for symbol in (BTC, ETH):
        listed(venue, symbol, Span(T0, NOW + 2 * DAY), first_seen_ms=T0)
    async with opened(tmp_path / "a.db") as store:
        await store.fetch(venue, BTC, ETH, back_ms=5 * DAY)
        before = await store.settled(ETH)
        venue.now_ms += DAY
        venue.listed = [one for one in venue.listed if one.pair.symbol == BTC]
        venue.quotes = [one for one in venue.quotes if one.symbol == BTC]
        report = await store.fetch(venue, BTC, back_ms=5 * DAY)
        [gone] = [pair.gone_ms for pair in await store.reader.pairs(LATEST) if pair.symbol == ETH]
        assert gone == NOW + DAY
        assert await store.settled(ETH) == before
        assert report.all_holes() == []
        assert store.notes == [f"{ETH} is not listed any more: kept as gone since now"]


def test_a_list_that_lacks_too_many_is_not_believed() -> None:
    venue = MemoryVenue(NOW)
    stored = [venue.list_pair(f"C{number}/USDT:USDT", first_seen_ms=T0) for number in range(30)]
    assert len(merge(stored, venue.listed[:25], NOW).vanished) == 5
    with pytest.raises(VenueUnreadable, match="lacks 6 of 30 pairs"):
        merge(stored, venue.listed[:24], NOW)


@pytest.mark.parametrize(
    ("leaves_ms", "gone_ms"), [(None, None), (NOW + HOUR, None), (NOW, NOW), (NOW - 3 * DAY, NOW - 3 * DAY)]
)
def test_what_is_ending_is_there_until_the_time_that_is_told(leaves_ms: int | None, gone_ms: int | None) -> None:
    venue = MemoryVenue(NOW)
    stored = [venue.list_pair(BTC, first_seen_ms=T0)]
    ending = [replace(venue.listed[0], trading=False, ending=True, leaves_ms=leaves_ms)]
    (kept,) = merge(stored, ending, NOW).pairs
    assert kept.gone_ms == gone_ms


def test_a_list_that_closes_or_unpairs_too_many_without_a_word_is_not_believed() -> None:
    venue = MemoryVenue(NOW)
    stored = [venue.list_pair(f"C{number}/USDT:USDT", first_seen_ms=T0) for number in range(30)]
    closed = [replace(one, trading=False) for one in venue.listed]
    bare = [replace(one, pair=replace(one.pair, spot=None)) for one in venue.listed]
    merge(stored, [*closed[:5], *venue.listed[5:]], NOW)
    merge(stored, [*bare[:5], *venue.listed[5:]], NOW)
    with pytest.raises(VenueUnreadable, match="lacks 6 of 30 pairs"):
        merge(stored, [*closed[:6], *venue.listed[6:]], NOW)
    with pytest.raises(VenueUnreadable, match="lacks 6 of 30 spot markets"):
        merge(stored, [*bare[:6], *venue.listed[6:]], NOW)
    ended = [replace(one, trading=False, pair=replace(one.pair, gone_ms=NOW - DAY)) for one in venue.listed]
    assert merge(stored, ended, NOW).vanished == ()


@pytest.mark.parametrize("gone_ms", [None, NOW - DAY])
def test_a_spot_market_that_is_gone_stays_with_its_multiplier_and_lots(gone_ms: int | None) -> None:
    venue = MemoryVenue(NOW)
    told = venue.list_pair("1000PEPE/USDT:USDT", spot="PEPE/USDT", multiplier=1000, first_seen_ms=T0)
    stored = replace(told, spot_lots=replace(told.spot_lots, step=Decimal(10)))
    bare = replace(told, spot=None, multiplier=Decimal(1), gone_ms=gone_ms)
    venue.listed = [replace(venue.listed[0], pair=bare, trading=gone_ms is None)]
    assert merge([stored], venue.listed, NOW).pairs == (replace(stored, gone_ms=gone_ms),)


async def test_of_a_market_that_is_gone_nothing_is_asked_and_its_past_stays_judged(tmp_path: Path) -> None:
    venue = MemoryVenue(NOW)
    for symbol in (BTC, ETH, DOGE):
        listed(venue, symbol, Span(T0, NOW + 2 * DAY), first_seen_ms=T0)
    async with opened(tmp_path / "a.db") as store:
        await store.fetch(venue, back_ms=5 * DAY)
        venue.now_ms += DAY
        [btc] = [one for one in venue.listed if one.pair.symbol == BTC]
        doge = [one for one in venue.listed if one.pair.symbol == DOGE]
        venue.listed = [replace(btc, pair=replace(btc.pair, spot=None)), *doge]
        report = await store.fetch(venue)
        assert (report.failure, report.all_holes()) == (None, [])
        assert store.notes[-2:] == [
            f"not listed by this venue, so nothing was asked: {ETH}",
            f"the venue lists no spot market, so no spot candles were asked: {BTC}",
        ]
        assert (await store.opens(BTC, "spot"))[-1] == NOW - HOUR
        assert (await store.opens(BTC, "perp"))[-1] == venue.now_ms - HOUR
        assert (await store.opens(DOGE, "spot"))[-1] == venue.now_ms - HOUR


def test_what_a_venue_does_not_tell_keeps_its_stored_value() -> None:
    venue = MemoryVenue(NOW)
    told = venue.list_pair(DOGE)
    stored = replace(told, first_seen_ms=T0, mmr=Decimal("0.01"))
    assert merge([stored], venue.listed, NOW).pairs == (stored,)


def test_one_seen_closed_without_a_time_is_gone_since_then() -> None:
    venue = MemoryVenue(NOW)
    told = venue.list_pair(DOGE, first_seen_ms=T0)
    closed = [replace(venue.listed[0], trading=False)]
    [first] = merge([told], closed, NOW).pairs
    [later] = merge([first], closed, NOW + DAY).pairs
    assert (first.gone_ms, later.gone_ms) == (NOW, NOW)
    announced = [replace(venue.listed[0], trading=False, pair=replace(told, first_seen_ms=NOW + DAY))]
    assert merge([], announced, NOW).pairs[0].gone_ms is None


def test_one_that_was_to_leave_by_now_has_left_though_the_list_is_older() -> None:
    venue = MemoryVenue(NOW)
    told = venue.list_pair(DOGE, first_seen_ms=T0)
    leaving = [replace(venue.listed[0], leaves_ms=NOW)]
    assert merge([told], leaving, NOW - 1).pairs[0].gone_ms is None
    assert merge([told], leaving, NOW).pairs[0].gone_ms == NOW
    assert merge([told], leaving, NOW + DAY).pairs[0].gone_ms is None  # a list that old would not say it trades

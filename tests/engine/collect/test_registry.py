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

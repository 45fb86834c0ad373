"""Which pairs a run is about, and what it keeps as the universe."""

from __future__ import annotations

from decimal import Decimal
from pathlib import Path

import pytest

from fundarb.domain.instants import DAY, LATEST
from fundarb.domain.instrument import Kind
from fundarb.domain.market import Span
from fundarb.engine.collect.choosing import Wish
from fundarb.errors import UnknownPair, UsageError
from tests.engine.collect.markets import T0, Store, listed, opened, pages, quote
from tests.fakes.venue import MemoryVenue

NOW = T0 + 10 * DAY
KINDS = [Kind.FUNDING, Kind.SNAPSHOT]


def forty() -> MemoryVenue:
    """Forty pairs, the higher the number the busier; the busiest has no spot market, one is dead, one not open yet."""
    venue = MemoryVenue(NOW)
    for number in range(40):
        listed(venue, f"C{number:02d}/USDT:USDT", Span(T0, NOW), first_seen_ms=T0, turnover=number + 1)
    venue.list_pair("BARE/USDT:USDT", spot="", first_seen_ms=T0)
    quote(venue, "BARE/USDT:USDT", 10**9)
    listed(venue, "DEAD/USDT:USDT", Span(T0, NOW - 5 * DAY), first_seen_ms=T0, gone_ms=NOW - 5 * DAY)
    venue.list_pair("SOON/USDT:USDT", first_seen_ms=NOW + DAY)
    return venue


async def chosen(store: Store, venue: MemoryVenue, *names: str, wish: Wish | None = None) -> set[str]:
    """The bases of the pairs of a run."""
    report = await store.fetch(venue, *names, kinds=KINDS, wish=wish, back_ms=8 * DAY)
    return {one.stream.symbol.partition("/")[0] for one in report.streams}


async def test_an_empty_store_takes_the_thirty_busiest_with_a_spot_market_and_remembers_when(tmp_path: Path) -> None:
    async with opened(tmp_path / "a.db") as store:
        venue = forty()
        first = await chosen(store, venue)
        assert first == {f"C{number:02d}" for number in range(10, 40)}
        symbols, when = await store.reader.universe()
        assert ({symbol.partition("/")[0] for symbol in symbols}, when) == (first, NOW)
        assert store.notes[0].startswith("chosen: the 30 pairs of highest turnover that have a spot market: C39, C38, ")
        venue.quotes.clear()
        assert await chosen(store, venue) == first


async def test_names_top_and_all(tmp_path: Path) -> None:
    async with opened(tmp_path / "a.db") as store:
        venue = forty()
        assert await chosen(store, venue, "C05", "BARE") == {"C05", "BARE"}
        assert await store.reader.universe() == ((), None)
        assert await chosen(store, venue) == {"C05", "BARE"}
        assert await chosen(store, venue, wish=Wish(top=2)) == {"C39", "C38"}
        assert await store.reader.universe() == (("C38/USDT:USDT", "C39/USDT:USDT"), NOW)
        everything = await chosen(store, venue, wish=Wish(everything=True, exclude=["C01/USDT:USDT"]))
        assert everything == {f"C{number:02d}" for number in range(40) if number != 1} | {"DEAD"}
        assert (await store.reader.universe())[1] is None
        with pytest.raises(UnknownPair):
            await chosen(store, venue, "NOSUCH")


async def test_the_dead_keep_their_history(tmp_path: Path) -> None:
    async with opened(tmp_path / "a.db") as store:
        await chosen(store, forty(), wish=Wish(everything=True))
        settled = await store.settled("DEAD/USDT:USDT")
    assert settled[-1][0] == NOW - 5 * DAY - 8 * 3_600_000


async def test_one_that_is_not_open_yet_is_asked_for_nothing(tmp_path: Path) -> None:
    venue = forty()
    async with opened(tmp_path / "a.db") as store:
        report = await store.fetch(venue, "SOON")
    assert pages(venue) == []
    assert report.all_holes() == []


async def test_tickers_leave_a_snapshot_and_what_is_predicted_for_which_settlement(tmp_path: Path) -> None:
    async with opened(tmp_path / "a.db") as store:
        await chosen(store, forty(), "C05")
        [seen] = await store.reader.snapshots("C05/USDT:USDT", Span(0, LATEST), LATEST)
        [predicted] = await store.reader.predicted("C05/USDT:USDT", Span(0, LATEST), LATEST)
    assert (seen.observed_at_ms, seen.quote_volume, seen.mark) == (NOW, Decimal(6), Decimal(100))
    assert (predicted.observed_at_ms, predicted.for_settlement_ms) == (NOW, NOW + 8 * 3_600_000)


async def test_an_interval_the_venue_does_not_keep_is_refused_with_the_choices(tmp_path: Path) -> None:
    venue = forty()
    async with opened(tmp_path / "a.db") as store:
        with pytest.raises(UsageError, match=r"keeps no candles of 7m; choose from 1m, 3m, "):
            await store.fetch(venue, "C05", interval_ms=7 * 60_000)
    assert venue.asked == []

"""What every VenueData promises: pages bounded as its rules say, in order, of the span asked for and nothing else."""

from __future__ import annotations

from collections.abc import AsyncIterator

import pytest

from fundarb.domain.instants import DAY, HOUR
from fundarb.domain.market import Span
from fundarb.errors import VenueRefused
from fundarb.ports.venue import VenueData
from tests.adapters.ccxt.walking import walk_funding
from tests.contract.venues import BTC, COMING, DEAD, MARKET, MOVE, VENUES
from tests.fakes.venue_market import GONE, LAUNCH, LENGTHENED, NOW, SHORTENED, SOON


@pytest.fixture(params=sorted(VENUES))
async def venue(request: pytest.FixtureRequest) -> AsyncIterator[VenueData]:
    """A venue of each kind."""
    async with VENUES[request.param]() as opened:
        yield opened


async def test_its_time_is_the_venues(venue: VenueData) -> None:
    assert await venue.server_ms() == NOW


async def test_it_lists_the_living_the_coming_and_the_dead_in_symbol_order(venue: VenueData) -> None:
    listed = {one.pair.symbol: one for one in await venue.listings()}
    assert list(listed) == sorted(listed)
    assert {BTC, MOVE, DEAD, COMING} <= set(listed)
    assert listed[BTC].pair.spot == "BTC/USDT"
    assert listed[MOVE].pair.spot is None
    assert (listed[DEAD].pair.first_seen_ms, listed[DEAD].pair.gone_ms, listed[DEAD].trading) == (LAUNCH, GONE, False)
    assert (listed[COMING].pair.first_seen_ms, listed[COMING].pair.gone_ms) == (SOON, None)


@pytest.mark.parametrize(
    "span", [Span(LAUNCH, NOW), Span(SHORTENED - DAY, LENGTHENED + DAY), Span(NOW - HOUR, NOW + DAY)]
)
async def test_walking_its_funding_brings_every_settlement(venue: VenueData, span: Span) -> None:
    rows = await walk_funding(venue, MOVE, span)
    settled = reversed(MARKET.settlements("MOVEUSDT", span.start_ms, min(span.end_ms - 1, NOW), 100_000))
    assert [(row.settled_at_ms, row.rate) for row in rows] == [(at, rate.rstrip("0")) for at, rate in settled]
    assert {row.symbol for row in rows} <= {MOVE}


async def test_a_funding_page_holds_at_most_its_rows_from_the_end_the_walk_begins_at(venue: VenueData) -> None:
    page = await venue.funding_page(MOVE, Span(LAUNCH, NOW))
    stamps = [row.settled_at_ms for row in page]
    assert len(stamps) == venue.rules.funding_rows
    assert stamps == sorted(stamps)
    newest = MARKET.settlements("MOVEUSDT", LAUNCH, NOW, 1)[0][0]
    assert venue.rules.funding_walk == "backwards"
    assert stamps[-1] == newest


async def test_both_ends_of_a_span_of_funding_are_half_open(venue: VenueData) -> None:
    at = LAUNCH + 8 * HOUR
    assert [row.settled_at_ms for row in await venue.funding_page(BTC, Span(at, at + 8 * HOUR))] == [at]
    assert list(await venue.funding_page(BTC, Span(at + 1, at + 8 * HOUR))) == []
    assert list(await venue.funding_page(BTC, Span(LAUNCH - DAY, LAUNCH))) == []


@pytest.mark.parametrize("market", ["spot", "perp", "mark"])
async def test_a_page_of_candles_is_whole_oldest_first_and_ends_with_the_one_open_now(
    venue: VenueData, market: str
) -> None:
    last = NOW // HOUR * HOUR
    span = Span(last - (venue.rules.candle_rows - 1) * HOUR, last + 1)
    page = await venue.candle_page(BTC, market, HOUR, span)
    assert [candle.open_at_ms for candle in page] == list(range(span.start_ms, span.end_ms, HOUR))
    assert {(candle.symbol, candle.market, candle.span_ms) for candle in page} == {(BTC, market, HOUR)}
    assert all((candle.volume is None) == (market == "mark") for candle in page)


async def test_ends_off_the_grid_and_times_to_come_bring_what_opens_between(venue: VenueData) -> None:
    last = NOW // HOUR * HOUR
    page = await venue.candle_page(BTC, "perp", HOUR, Span(last - 2 * HOUR + 1, last + 5 * HOUR))
    assert [candle.open_at_ms for candle in page] == [last - HOUR, last]
    assert list(await venue.candle_page(BTC, "perp", HOUR, Span(last + 1, last + 2))) == []
    assert list(await venue.candle_page(BTC, "perp", HOUR, Span(last, last))) == []


async def test_the_dead_still_have_their_history(venue: VenueData) -> None:
    page = await venue.candle_page(DEAD, "perp", HOUR, Span(GONE - 3 * HOUR, GONE + 3 * HOUR))
    assert [candle.open_at_ms for candle in page] == [GONE - 3 * HOUR, GONE - 2 * HOUR, GONE - HOUR]
    assert (await venue.funding_page(DEAD, Span(LAUNCH, NOW)))[-1].settled_at_ms == GONE


async def test_open_interest_comes_like_candles(venue: VenueData) -> None:
    last = NOW // HOUR * HOUR
    span = Span(last - (venue.rules.open_interest_rows - 1) * HOUR, last + 1)
    page = await venue.open_interest_page(BTC, HOUR, span)
    assert [row.at_ms for row in page] == list(range(span.start_ms, span.end_ms, HOUR))
    assert all(row.symbol == BTC and row.open_interest > 0 for row in page)


async def test_more_than_a_page_holds_is_a_mistake_of_the_caller_and_is_not_asked(venue: VenueData) -> None:
    await venue.listings()
    rules = venue.rules
    with pytest.raises(ValueError, match="a page holds"):
        await venue.candle_page(BTC, "perp", HOUR, Span(LAUNCH, LAUNCH + (rules.candle_rows + 1) * HOUR))
    with pytest.raises(ValueError, match="a page holds"):
        await venue.open_interest_page(BTC, HOUR, Span(LAUNCH, LAUNCH + (rules.open_interest_rows + 1) * HOUR))


async def test_a_perp_nobody_lists_is_refused(venue: VenueData) -> None:
    for asking in (
        venue.funding_page("NONE/USDT:USDT", Span(LAUNCH, NOW)),
        venue.candle_page("NONE/USDT:USDT", "perp", HOUR, Span(NOW - HOUR, NOW)),
        venue.open_interest_page("NONE/USDT:USDT", HOUR, Span(NOW - HOUR, NOW)),
    ):
        with pytest.raises(VenueRefused, match="lists no NONE/USDT:USDT"):
            await asking


async def test_requests_are_counted(venue: VenueData) -> None:
    await venue.listings()
    before = venue.requests
    await venue.funding_page(BTC, Span(LAUNCH, NOW))
    await venue.candle_page(BTC, "spot", HOUR, Span(NOW - HOUR, NOW))
    assert venue.requests == before + 2

"""Five other venues by their quirks, through the real ccxt classes, against replies in their recorded shapes."""

from __future__ import annotations

from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from decimal import Decimal

import pytest
from aiohttp import web

from fundarb.adapters.ccxt.opening import Manner, Where, open_venue_data
from fundarb.adapters.ccxt.pacing import Allowance
from fundarb.domain.instants import DAY, HOUR
from fundarb.domain.instrument import LotRule
from fundarb.domain.market import Span
from fundarb.errors import ConfigError, VenueRefused, VenueUnreadable
from fundarb.ports.venue import VenueData
from tests.adapters.ccxt.asking import ONCE
from tests.adapters.ccxt.recorded import BEGAN, NOW, RECORDED, Recorded
from tests.adapters.ccxt.serving import Served, serving
from tests.adapters.ccxt.walking import walk_funding

ALL = Span(BEGAN, NOW)
WALKS = {
    "binance": "forwards",
    "okx": "backwards",
    "gate": "backwards",
    "bitget": "newest-only",
    "hyperliquid": "forwards",
}
TICK = Decimal("0.001")
LOTS = {
    "binance": (LotRule(TICK, TICK, Decimal(100)), LotRule(TICK, TICK, Decimal(5))),
    "okx": (LotRule(TICK, TICK, Decimal(0)), LotRule(Decimal("1e-8"), Decimal("0.00001"), Decimal(0))),
    "gate": (
        LotRule(Decimal("0.0001"), Decimal("0.0001"), Decimal(0)),
        LotRule(Decimal("0.0001"), Decimal("0.0001"), Decimal(3)),
    ),
    "bitget": (LotRule(TICK, TICK, Decimal(5)), LotRule(Decimal("0.000001"), Decimal(0), Decimal(1))),
    "hyperliquid": (
        LotRule(Decimal("0.00001"), Decimal(0), Decimal(10)),
        LotRule(Decimal("0.00001"), Decimal(0), Decimal(10)),
    ),
}


@asynccontextmanager
async def opened(recorded: Recorded) -> AsyncIterator[tuple[VenueData, Served]]:
    """The venue, answering by its recording."""
    manner = Manner(patience=ONCE, allowance=Allowance(10_000, 1.0))
    async with (
        serving(recorded.answers) as served,
        open_venue_data(Where(recorded.id, url=served.url), lambda: NOW, manner) as data,
    ):
        yield data, served


every_venue = pytest.mark.parametrize("make", RECORDED.values(), ids=list(RECORDED))
Make = Callable[[], Recorded]


@every_venue
async def test_every_settlement_arrives_whatever_the_intervals_were(make: Make) -> None:
    recorded = make()
    async with opened(recorded) as (data, _):
        assert data.rules.funding_walk == WALKS[recorded.id]
        rows = await walk_funding(data, recorded.perp, ALL)
    assert [row.settled_at_ms for row in rows] == list(recorded.stamps)
    assert {row.rate for row in rows} == {"0.000123"}
    assert {row.symbol for row in rows} == {recorded.perp}


@every_venue
async def test_a_part_of_the_history_is_that_part(make: Make) -> None:
    recorded, part = make(), Span(BEGAN + 22 * DAY, BEGAN + 23 * DAY)
    async with opened(recorded) as (data, _):
        rows = await walk_funding(data, recorded.perp, part)
    assert [row.settled_at_ms for row in rows] == [at for at in recorded.stamps if part.start_ms <= at < part.end_ms]


@every_venue
@pytest.mark.parametrize("market", ["perp", "spot", "mark"])
@pytest.mark.parametrize("back_h", [1400, 150])
async def test_a_page_of_candles_is_whole_and_in_base_units(make: Make, market: str, back_h: int) -> None:
    recorded = make()
    start_ms = NOW // HOUR * HOUR - back_h * HOUR
    async with opened(recorded) as (data, _):
        rows = min(data.rules.candle_rows, back_h)
        span = Span(start_ms, start_ms + rows * HOUR)
        if market == "mark" and not data.rules.mark_candles:
            with pytest.raises(VenueRefused, match="has no mark candles"):
                await data.candle_page(recorded.perp, market, HOUR, span)
            return
        page = await data.candle_page(recorded.perp, market, HOUR, span)
    assert [candle.open_at_ms for candle in page] == list(range(span.start_ms, span.end_ms, HOUR))
    assert {candle[5:8] for candle in page} == {("64000", "62000", "63100.5")}
    assert {candle.volume for candle in page} == {None if market == "mark" else _volume(recorded, market)}


def _volume(recorded: Recorded, market: str) -> str:
    return "1250" if (recorded.id, market) == ("okx", "spot") else "12.5"


@every_venue
async def test_lots_are_in_base_units_and_digits_exact(make: Make) -> None:
    recorded = make()
    async with opened(recorded) as (data, _):
        (listed,) = await data.listings()
    assert (listed.pair.symbol, listed.pair.spot) == (recorded.perp, recorded.spot)
    assert listed.pair.multiplier == 1
    assert (listed.pair.perp_lots, listed.pair.spot_lots) == LOTS[recorded.id]
    assert listed.trading
    assert listed.pair.gone_ms is None


@every_venue
async def test_tickers_tell_what_the_venue_tells(make: Make) -> None:
    recorded = make()
    async with opened(recorded) as (data, _):
        (ticker,) = await data.tickers()
        assert await data.server_ms() == NOW
    assert ticker.symbol == recorded.perp
    assert ticker.predicted_rate in (Decimal("0.0001"), Decimal("0.0000125"))
    assert ticker.next_settlement_ms is None or NOW < ticker.next_settlement_ms <= NOW + 8 * HOUR
    assert ticker.observed_at_ms == NOW


@every_venue
async def test_a_page_of_html_is_never_an_empty_history(make: Make) -> None:
    recorded = make()
    paths = [path for path in recorded.answers if "und" in path and "ate" in path] or ["/info"]

    def page(query: object) -> web.Response:
        return web.Response(text="<html>Just a moment...</html>", content_type="text/html")

    async with opened(recorded) as (data, served):
        await data.listings()
        for path in paths:
            served.answers[path] = page
        with pytest.raises(VenueUnreadable):
            await data.funding_page(recorded.perp, ALL)


@every_venue
async def test_requests_are_counted_and_stay_at_the_address_given(make: Make) -> None:
    recorded = make()
    async with opened(recorded) as (data, served):
        await walk_funding(data, recorded.perp, ALL)
        assert data.requests == len(served.asked)


@every_venue
async def test_what_is_not_listed_is_refused(make: Make) -> None:
    recorded = make()
    async with opened(recorded) as (data, _):
        with pytest.raises(VenueRefused, match="lists no DOGE/USDT:USDT"):
            await data.funding_page("DOGE/USDT:USDT", ALL)
        with pytest.raises(VenueRefused, match="keeps no rows of 7 minutes"):
            await data.candle_page(recorded.perp, "perp", 420_000, Span(0, 420_000))


async def test_a_venue_without_a_clock_or_rates_of_all_perps_goes_by_ours_and_tells_what_it_has() -> None:
    async with opened(RECORDED["binance"]()) as (data, served):
        exchange = data._exchange  # type: ignore[attr-defined]  # of the venues that lack these none is recorded
        exchange.has["fetchTime"] = exchange.has["fetchFundingRates"] = False
        assert await data.server_ms() == NOW
        assert served.asked == []
        (ticker,) = await data.tickers()
        assert (ticker.symbol, ticker.predicted_rate, ticker.interval_ms) == ("BTC/USDT:USDT", None, None)
        assert ticker.quote_volume is not None


async def test_open_interest_comes_where_ccxt_has_it_and_is_refused_where_not() -> None:
    span = Span(NOW - 10 * HOUR, NOW)
    async with opened(RECORDED["binance"]()) as (data, _):
        rows = await data.open_interest_page("BTC/USDT:USDT", HOUR, span)
        assert [row.open_interest for row in rows] == [Decimal("20403.637")] * 10
    async with opened(RECORDED["bitget"]()) as (data, _):
        with pytest.raises(VenueRefused, match="bitget lacks fetchOpenInterestHistory"):
            await data.open_interest_page("BTC/USDT:USDT", HOUR, span)


async def test_okx_is_asked_for_what_is_older_and_its_realised_rates_are_taken() -> None:
    async with opened(RECORDED["okx"]()) as (data, served):
        await data.funding_page("BTC/USDT:USDT", ALL)
        assert served.queries("/api/v5/public/funding-rate-history") == [
            {"instId": "BTC-USDT-SWAP", "limit": "100", "after": str(NOW)}
        ]


async def test_gate_is_asked_in_seconds_in_windows_that_cannot_overflow() -> None:
    async with opened(RECORDED["gate"]()) as (data, served):
        await walk_funding(data, "BTC/USDT:USDT", ALL)
        windows = [
            (int(query["from"]), int(query["to"])) for query in served.queries("/api/v4/futures/usdt/funding_rate")
        ]
    assert all(0 < end - start <= 100 * 3600 + 1 for start, end in windows)


async def test_a_venue_that_is_none_or_lacks_the_calls_is_a_mistake_of_the_configuration() -> None:
    with pytest.raises(ConfigError, match=r"no exchange is called binanse; did you mean binance\?"):
        async with open_venue_data(Where("binanse"), lambda: NOW, Manner()):
            pass
    with pytest.raises(ConfigError, match="ccxt's zaif lacks fetchFundingRateHistory, fetchOHLCV, perpetual swaps"):
        async with open_venue_data(Where("zaif", url="http://127.0.0.1:9"), lambda: NOW, Manner()):
            pass

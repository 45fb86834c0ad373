"""The habits of the venue that lose data for whoever does not know them, one test a habit."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from fundarb.sandbox.clock import SteppedClock
from fundarb.sandbox.market.source import DAY, HOUR, MINUTE
from fundarb.sandbox.public.kline import Truncation
from tests.fakes.venue_market import (
    GONE,
    INSTRUMENTS,
    LAUNCH,
    LENGTHENED,
    NOW,
    SHORTENED,
    SOON,
    TinyMarket,
)
from tests.sandbox.clients import ccxt_client
from tests.sandbox.running import running_sandbox
from tests.sandbox.server.asking import refusal, result, send

BTC: dict[str, str | int] = {"category": "linear", "symbol": "BTCUSDT"}
LAST_FUNDING, LAST_HOUR = NOW // (8 * HOUR) * 8 * HOUR, NOW // HOUR * HOUR
BAD = 10001


def stamps(rows: list[dict[str, Any]], name: str = "fundingRateTimestamp") -> list[int]:
    return [int(row[name]) for row in rows]


async def funding(url: str, **params: str | int) -> list[int]:
    return stamps((await result(url, "funding/history", **{**BTC, **params}))["list"])


async def candles(url: str, path: str = "kline", **params: str | int) -> list[int]:
    found = await result(url, path, **{**BTC, "interval": "60", **params})
    return [int(row[0]) for row in found["list"]]


async def interest(url: str, **params: str | int) -> tuple[list[int], str]:
    found = await result(url, "open-interest", **{**BTC, "intervalTime": "1h", **params})
    return stamps(found["list"], "timestamp"), found["nextPageCursor"]


def backwards(last_ms: int, rows: int, span_ms: int) -> list[int]:
    return [last_ms - number * span_ms for number in range(rows)]


async def test_funding_comes_newest_first_with_both_ends_inclusive() -> None:
    first = LAST_FUNDING - 5 * 8 * HOUR
    async with running_sandbox() as sandbox:
        found = await funding(sandbox.url, startTime=first, endTime=LAST_FUNDING)
        assert found == backwards(LAST_FUNDING, 6, 8 * HOUR)
        assert await funding(sandbox.url, startTime=first + 1, endTime=LAST_FUNDING - 1) == found[1:-1]


async def test_funding_with_a_start_only_is_an_error() -> None:
    async with running_sandbox() as sandbox:
        told = await refusal(sandbox.url, "funding/history", **BTC, startTime=LAUNCH)
    assert told == (BAD, "Time Is Invalid")


async def test_funding_with_an_end_only_or_neither_is_the_latest_page() -> None:
    async with running_sandbox() as sandbox:
        assert await funding(sandbox.url) == backwards(LAST_FUNDING, 200, 8 * HOUR)
        earlier = LAST_FUNDING - 24 * HOUR
        assert await funding(sandbox.url, endTime=earlier) == backwards(earlier, 200, 8 * HOUR)
        assert await funding(sandbox.url, endTime=NOW + DAY, limit=1) == [LAST_FUNDING]


async def test_funding_keeps_the_newest_where_the_window_overflows() -> None:
    async with running_sandbox() as sandbox:
        found = await funding(sandbox.url, startTime=LAUNCH, endTime=LAST_FUNDING, limit=10)
    assert found == backwards(LAST_FUNDING, 10, 8 * HOUR)


async def test_a_funding_limit_above_200_is_capped_without_a_word() -> None:
    async with running_sandbox() as sandbox:
        assert len(await funding(sandbox.url, limit=1000)) == 200


async def test_ccxt_loses_the_row_at_since() -> None:
    since = LAST_FUNDING - 300 * 8 * HOUR
    async with running_sandbox() as sandbox, ccxt_client(sandbox.url) as client:
        exact = await client.fetch_funding_rate_history("BTC/USDT:USDT", since, 200)
        cured = await client.fetch_funding_rate_history("BTC/USDT:USDT", since - 1, 200)
    assert exact[0]["timestamp"] == since + 8 * HOUR
    assert cured[0]["timestamp"] == since


async def test_the_announced_interval_is_stale_and_history_knows_no_interval() -> None:
    for at_ms, announced, in_force in ((SHORTENED + HOUR, 480, "1"), (LENGTHENED + HOUR, 60, "4"), (NOW, 240, "4")):
        async with running_sandbox(clock=SteppedClock(at_ms, lambda: 0)) as sandbox:
            listed = await result(sandbox.url, "instruments-info", category="linear", symbol="MOVEUSDT")
            ticker = await result(sandbox.url, "tickers", category="linear", symbol="MOVEUSDT")
        assert listed["list"][0]["fundingInterval"] == announced
        assert ticker["list"][0]["fundingIntervalHour"] == in_force


async def test_candles_include_the_one_that_holds_the_start_and_the_unclosed_one() -> None:
    start = LAST_HOUR - 3 * HOUR + MINUTE
    async with running_sandbox() as sandbox:
        assert await candles(sandbox.url, start=start) == backwards(LAST_HOUR, 4, HOUR)
        assert await candles(sandbox.url, start=start, end=LAST_HOUR) == backwards(LAST_HOUR, 4, HOUR)
        assert await candles(sandbox.url, start=start, end=LAST_HOUR - 1) == backwards(LAST_HOUR - HOUR, 3, HOUR)


async def test_candles_are_200_unless_asked_and_never_more_than_1000() -> None:
    async with running_sandbox() as sandbox:
        assert await candles(sandbox.url) == backwards(LAST_HOUR, 200, HOUR)
        assert await candles(sandbox.url, limit=5000) == backwards(LAST_HOUR, 1000, HOUR)
        assert await candles(sandbox.url, end=LAST_HOUR - DAY, limit=2) == backwards(LAST_HOUR - DAY, 2, HOUR)


@pytest.mark.parametrize("path", ["kline", "mark-price-kline", "index-price-kline", "premium-index-price-kline"])
async def test_candles_with_a_start_only_go_forward(path: str) -> None:
    async with running_sandbox() as sandbox:
        found = await candles(sandbox.url, path, start=LAUNCH + DAY, limit=10)
    assert found == backwards(LAUNCH + DAY + 9 * HOUR, 10, HOUR)


@pytest.mark.parametrize(("truncation", "last"), [("newest", LAUNCH + 30 * DAY), ("oldest", LAUNCH + 9 * HOUR)])
async def test_which_end_of_an_overflowing_kline_window_survives_is_a_switch(truncation: Truncation, last: int) -> None:
    async with running_sandbox(truncation=truncation) as sandbox:
        found = await candles(sandbox.url, start=LAUNCH, end=LAUNCH + 30 * DAY, limit=10)
    assert found == backwards(last, 10, HOUR)


async def test_candles_begin_at_the_launch_and_those_of_the_dead_end_with_them() -> None:
    async with running_sandbox() as sandbox:
        assert await candles(sandbox.url, start=LAUNCH - 9 * DAY, end=LAUNCH + HOUR) == [LAUNCH + HOUR, LAUNCH]
        assert await candles(sandbox.url, start=LAUNCH - 9 * DAY, end=LAUNCH - DAY) == []
        dead = await candles(sandbox.url, symbol="DEADUSDT", limit=2)
        settled = await funding(sandbox.url, symbol="DEADUSDT", limit=1)
        stood, _ = await interest(sandbox.url, symbol="DEADUSDT", limit=1)
    assert dead == [GONE - HOUR, GONE - 2 * HOUR]
    assert settled == [GONE]
    assert stood == [GONE - HOUR]


async def test_open_interest_ignores_a_start_without_an_end() -> None:
    async with running_sandbox() as sandbox:
        found, _ = await interest(sandbox.url, startTime=LAUNCH)
    assert found == backwards(LAST_HOUR, 50, HOUR)


async def test_open_interest_is_anchored_at_its_inclusive_end_and_paged_by_cursor() -> None:
    first, last = LAST_HOUR - 500 * HOUR, LAST_HOUR - 100 * HOUR
    async with running_sandbox() as sandbox:
        pages: list[list[int]] = []
        cursor: dict[str, str] = {}
        while True:
            page, following = await interest(sandbox.url, startTime=first, endTime=last, limit=300, **cursor)
            pages.append(page)
            if not following:
                break
            cursor = {"cursor": following}
    assert [len(page) for page in pages][:3] == [200, 200, 1]
    assert [stamp for page in pages for stamp in page] == backwards(last, 401, HOUR)


async def test_cursors_come_percent_encoded_and_sometimes_on_the_last_page() -> None:
    more = [replace(INSTRUMENTS[2], symbol=f"X{number}USDT", base=f"X{number}") for number in range(40)]
    last_pages = set()
    for count in range(20, 40):
        async with running_sandbox(market=TinyMarket(more[:count])) as sandbox:
            page = await result(sandbox.url, "instruments-info", category="linear", limit=15)
            assert page["nextPageCursor"] == f"first%3DX0USDT%26offset%3D{15}"
            path = "/v5/market/instruments-info?category=linear&limit=1000&cursor="
            rest = (await send("GET", sandbox.url, path + page["nextPageCursor"])).json["result"]
            last_pages.add(rest["nextPageCursor"] == "")
            assert len(page["list"]) + len(rest["list"]) == count
    assert last_pages == {True, False}


@pytest.mark.parametrize("count", [20, 21, 22, 23])
async def test_ccxt_ends_its_listing_whatever_the_last_page_says(count: int) -> None:
    more = [replace(INSTRUMENTS[2], symbol=f"X{number}USDT", base=f"X{number}") for number in range(count)]
    async with running_sandbox(market=TinyMarket(more)) as sandbox, ccxt_client(sandbox.url) as client:
        assert len(await client.fetch_markets()) == count


async def test_a_cursor_that_was_encoded_once_more_is_understood() -> None:
    async with running_sandbox() as sandbox:
        page = await result(sandbox.url, "instruments-info", category="linear", limit=2)
        again = page["nextPageCursor"].replace("%", "%25")
        rest = await result(sandbox.url, "instruments-info", category="linear", limit=2, cursor=again)
        assert {row["symbol"] for row in rest["list"]} == {"ETHUSDT", "MOVEUSDT"}
        assert await refusal(sandbox.url, "instruments-info", category="linear", cursor="nonsense") == (
            BAD,
            "params error: cursor invalid",
        )


async def test_spot_never_pages_and_knows_no_status_but_trading() -> None:
    async with running_sandbox() as sandbox:
        spot = await result(sandbox.url, "instruments-info", category="spot", limit=1)
        closed = await result(sandbox.url, "instruments-info", category="spot", status="Closed")
    assert [row["symbol"] for row in spot["list"]] == ["BTCUSDT", "ETHUSDT"]
    assert "nextPageCursor" not in spot
    assert closed["list"] == []


async def test_a_delisting_is_announced_and_then_the_symbol_leaves_the_listing() -> None:
    clock, seen = SteppedClock(LAUNCH, lambda: 0), []
    async with running_sandbox(clock=clock) as sandbox:
        for at_ms in (GONE - 4 * DAY, GONE - 2 * DAY, GONE):
            clock.step_to(at_ms)
            found = await result(sandbox.url, "instruments-info", category="linear", symbol="DEADUSDT")
            seen.append([row["deliveryTime"] for row in found["list"]])
        gone = await refusal(sandbox.url, "tickers", category="linear", symbol="DEADUSDT")
    assert seen == [["0"], [str(GONE)], []]
    assert gone == (BAD, "Not supported symbols")


async def test_a_symbol_that_is_delivering_is_listed_apart_and_trades_no_more() -> None:
    clock, dead = (
        SteppedClock(GONE - 1, lambda: 0),
        replace(INSTRUMENTS[2], symbol="DEADUSDT", base="DEAD", gone_ms=GONE),
    )
    market = TinyMarket([*INSTRUMENTS[:2], replace(dead, delivering_ms=GONE - HOUR)])
    seen = []
    async with running_sandbox(clock=clock, market=market) as sandbox:
        for at_ms in (GONE - 1, GONE):
            clock.step_to(at_ms)
            for status in ("Trading", "Delivering", "Closed"):
                found = await result(sandbox.url, "instruments-info", category="linear", status=status)
                seen.append([(row["symbol"], row["status"]) for row in found["list"]])
            assert (await result(sandbox.url, "tickers", category="linear"))["list"] == []
            book = await refusal(sandbox.url, "orderbook", category="linear", symbol="DEADUSDT")
            assert book == (BAD, "Not supported symbols")
    assert seen == [[], [("DEADUSDT", "Delivering")], [], [], [], [("DEADUSDT", "Closed")]]


async def test_an_announced_symbol_is_listed_apart_until_it_trades() -> None:
    async with running_sandbox() as sandbox:
        (early,) = (await result(sandbox.url, "instruments-info", category="linear", status="PreLaunch"))["list"]
        history = await funding(sandbox.url, symbol="SOONUSDT")
        book = await refusal(sandbox.url, "orderbook", category="linear", symbol="SOONUSDT")
    assert (early["symbol"], early["isPreListing"], early["launchTime"]) == ("SOONUSDT", True, str(SOON))
    assert early["preListingInfo"]["curAuctionPhase"] == "NotStarted"
    assert history == []
    assert book == (BAD, "Not supported symbols")


async def test_dated_futures_stand_among_the_linear_with_an_interval_of_nought() -> None:
    async with running_sandbox() as sandbox:
        found = await result(sandbox.url, "instruments-info", category="linear", symbol="BTC-26DEC25")
    (dated,) = found["list"]
    assert (dated["contractType"], dated["fundingInterval"]) == ("LinearFutures", 0)
    assert dated["deliveryTime"] != "0"


@pytest.mark.parametrize(
    ("name", "params", "words"),
    [
        ("kline", {"symbol": "NOPEUSDT", "interval": "60"}, "Not supported symbols"),
        ("kline", {"symbol": "BTCUSDT", "interval": "61"}, "Invalid period!"),
        ("kline", {"symbol": "BTCUSDT"}, "params error: interval is required"),
        ("kline", {"symbol": "BTCUSDT", "interval": "60", "start": "2024-01-01"}, "params error: start invalid"),
        ("kline", {"symbol": "BTCUSDT", "interval": "60", "limit": "0"}, "params error: limit invalid"),
        ("kline", {"symbol": "BTCUSDT", "interval": "60", "start": 2, "end": 1}, "Time Is Invalid"),
        ("funding/history", {"category": "spot", "symbol": "BTCUSDT"}, "params error: Category is invalid"),
        ("funding/history", {"category": "linear"}, "params error: symbol is required"),
        ("open-interest", {**BTC, "intervalTime": "2h"}, "params error: intervalTime invalid"),
        ("tickers", {}, "params error: category is required"),
        ("instruments-info", {"category": "linear", "status": "Dead"}, "params error: status invalid"),
    ],
)
async def test_what_cannot_be_asked_is_refused_in_words(name: str, params: dict[str, str | int], words: str) -> None:
    async with running_sandbox() as sandbox:
        assert await refusal(sandbox.url, name, **params) == (BAD, words)

"""Reads: a reply that is none is an error of the right kind, says which, and is never taken for "nothing"."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Awaitable, Callable
from typing import Any

import ccxt
import pytest
from aiohttp import web

from fundarb.adapters.ccxt.failures import reading, translate
from fundarb.domain.instants import HOUR
from fundarb.domain.market import Span
from fundarb.errors import VenueError, VenueRefused, VenueThrottled, VenueUnreachable, VenueUnreadable
from fundarb.ports.venue import VenueData
from tests.adapters.ccxt.asking import NOW, ONCE, bybit_data
from tests.adapters.ccxt.serving import Rude, misbehaving, saying, serving
from tests.adapters.ccxt.test_verdicts import hang_up, reset, say_nothing
from tests.fakes.venue_market import TinyMarket
from tests.sandbox.running import running_sandbox

BTC = "BTC/USDT:USDT"
LATELY = Span(NOW - 100 * HOUR, NOW)
JSON = "application/json"
Ask = Callable[[VenueData], Awaitable[object]]
CALLS: dict[str, tuple[str, Ask]] = {
    "time": ("/v5/market/time", lambda data: data.server_ms()),
    "listings": ("/v5/market/instruments-info", lambda data: data.listings()),
    "tickers": ("/v5/market/tickers", lambda data: data.tickers()),
    "funding": ("/v5/market/funding/history", lambda data: data.funding_page(BTC, LATELY)),
    "perp": ("/v5/market/kline", lambda data: data.candle_page(BTC, "perp", HOUR, LATELY)),
    "spot": ("/v5/market/kline", lambda data: data.candle_page(BTC, "spot", HOUR, LATELY)),
    "mark": ("/v5/market/mark-price-kline", lambda data: data.candle_page(BTC, "mark", HOUR, LATELY)),
    "open interest": ("/v5/market/open-interest", lambda data: data.open_interest_page(BTC, HOUR, LATELY)),
}
FAULTS: dict[str, tuple[dict[str, Any], type[VenueError]]] = {
    "timeout": ({"fault": "timeout"}, VenueUnreachable),
    "reset": ({"fault": "reset"}, VenueUnreachable),
    "cut": ({"fault": "truncate", "where": "after"}, VenueUnreadable),
    "html 200": ({"fault": "html", "status": 200}, VenueUnreadable),
    "html 502": ({"fault": "html", "status": 502}, VenueUnreachable),
    "html 524": ({"fault": "html", "status": 524}, VenueUnreachable),
    "broken json": ({"fault": "broken-json", "where": "after"}, VenueUnreadable),
    "null": ({"fault": "null-body"}, VenueUnreadable),
    "empty": ({"fault": "empty-body"}, VenueUnreadable),
    "403": ({"fault": "forbidden"}, VenueThrottled),
    "geo-block": ({"fault": "geo-block"}, VenueRefused),
    "10002": ({"fault": "code", "code": 10002}, VenueRefused),
    "10006": ({"fault": "code", "code": 10006}, VenueThrottled),
    "10016": ({"fault": "code", "code": 10016}, VenueUnreachable),
    "10001": ({"fault": "code", "code": 10001}, VenueRefused),
}


@pytest.mark.parametrize("fault", FAULTS)
@pytest.mark.parametrize("call", CALLS)
async def test_every_fault_at_every_path_is_an_error_of_its_kind(call: str, fault: str) -> None:
    (path, ask), (written, kind) = CALLS[call], FAULTS[fault]
    timeout_s = 0.5 if fault == "timeout" else 20.0
    async with running_sandbox(market=TinyMarket()) as sandbox, bybit_data(sandbox.url, timeout_s=timeout_s) as data:
        if call != "listings":
            await data.listings()
        sandbox.set_faults({"path": path, "name": "it", **written})
        with pytest.raises(kind) as raised:
            await ask(data)
        assert sandbox.fired["it"] == (2 if fault == "reset" else 1)  # aiohttp sends again on a dead connection
        assert data.requests == len(sandbox.requests)
    assert type(raised.value) is kind
    assert ("geo-block" in str(raised.value)) == (fault in ("403", "geo-block"))


@pytest.mark.parametrize(
    ("conduct", "kind"),
    [
        (hang_up, VenueUnreachable),
        (reset, VenueUnreachable),
        (say_nothing, VenueUnreachable),
        (saying(200, b'{"retCode"', JSON, 900), VenueUnreadable),
        (saying(500, b"oops"), VenueUnreachable),
        (saying(503, b"<html>busy</html>"), VenueUnreachable),
        (saying(444, b""), VenueUnreadable),
        (saying(200, b'{"retCode":0,"result":[],"time":1}', JSON), VenueUnreadable),
        (saying(200, b'{"result":{},"time":1}', JSON), VenueUnreadable),
        (saying(200, b'{"retCode":"0","result":{},"time":1}', JSON), VenueUnreadable),
        (saying(200, b'{"retCode":0,"result":{}}', JSON), VenueUnreadable),
        (saying(200, b'{"retCode":0,"result":{},"time":"soon"}', JSON), VenueUnreadable),
        (saying(200, b'{"retCode":0,"result":{},"time":1.5}', JSON), VenueUnreadable),
        (saying(403, b'{"error":"Forbidden"}', JSON), VenueUnreachable),
        (saying(429, b"slow down"), VenueThrottled),
        (saying(200, b'{"retCode":429,"retMsg":"high load","result":{},"time":1}', JSON), VenueThrottled),
        (saying(403, b"Access too frequent."), VenueThrottled),
        (saying(403, b"not available in your country"), VenueRefused),
    ],
)
async def test_a_line_that_fails_or_lies_is_never_the_time(conduct: Rude, kind: type[VenueError]) -> None:
    async with misbehaving(conduct) as url, bybit_data(url, ONCE, timeout_s=0.5) as data:
        with pytest.raises(kind) as raised:
            await data.server_ms()
    assert type(raised.value) is kind
    assert str(raised.value).startswith("time: ")
    assert "\n" not in str(raised.value)


async def test_an_answer_with_a_status_of_failure_is_none_and_addresses_are_not_repeated() -> None:
    async with misbehaving(saying(502, b'{"retCode":0,"result":{},"time":1}', JSON)) as url, bybit_data(url) as data:
        with pytest.raises(VenueUnreachable, match="time: HTTP 502") as raised:
            await data.server_ms()
    assert "127.0.0.1" not in str(raised.value)


async def test_nobody_there_is_said_so() -> None:
    async with misbehaving(hang_up) as url:
        pass
    async with bybit_data(url) as data:
        with pytest.raises(VenueUnreachable, match="no connection"):
            await data.server_ms()


async def test_a_refusal_carries_the_venues_own_code_and_words() -> None:
    body = {"retCode": 10001, "retMsg": "params error: symbol invalid", "result": {}, "time": 1}
    async with serving({"/v5/market/time": lambda _: body}) as served, bybit_data(served.url) as data:
        with pytest.raises(VenueRefused, match="time: HTTP 200, code 10001, params error: symbol invalid") as refused:
            await data.server_ms()
    assert refused.value.code == "10001"


async def test_the_wait_a_throttle_names_is_handed_on() -> None:
    def slow(query: Any) -> web.Response:
        return web.Response(status=429, text="slow down", headers={"Retry-After": "7"})

    async with serving({"/v5/market/time": slow}) as served, bybit_data(served.url) as data:
        with pytest.raises(VenueThrottled) as throttled:
            await data.server_ms()
    assert throttled.value.__cause__ is not None
    assert isinstance(throttled.value.__cause__, VenueThrottled)
    assert throttled.value.__cause__.wait_s == 7


def _listing(rows: object) -> dict[str, Any]:
    return {"retCode": 0, "retMsg": "OK", "result": {"category": "linear", "list": rows}, "time": NOW}


@pytest.mark.parametrize(
    "rows",
    [
        [["1738627200000", "1", "2", "0.5"]],
        [["1738627200000", "1", "2", "0.5", "1.x", "3", "4"]],
        [["1738623600001", "1", "2", "0.5", "1", "3", "4"]],
        [["1738630800000", "1", "2", "0.5", "1", "3", "4"]],
        [["1738627200000", "1", "2", "0.5", "1", "3", "4"], ["1738627200000", "1", "2", "0.5", "1", "3", "4"]],
        [["1738623600000", "1", "2", "0.5", "1", "3", "4"], ["1738627200000", "1", "2", "0.5", "1", "3", "4"]],
        [[1738627200000, 1.5, 2.5, 0.5, 1.5, 3.5, 4.5]],
        [None],
        "rows",
        None,
    ],
)
async def test_candles_that_make_no_sense_are_no_candles(rows: object) -> None:
    async with running_sandbox(market=TinyMarket()) as sandbox, bybit_data(sandbox.url) as data:
        await data.listings()
        whole = json.dumps(_listing(rows)).encode()
        async with misbehaving(saying(200, whole, JSON)) as url, bybit_data(url) as other:
            other._known, other._known_ms = data._known, data._known_ms  # type: ignore[attr-defined]  # as they were before
            with pytest.raises(VenueUnreadable, match="perp candles of BTC/USDT:USDT"):
                await other.candle_page(BTC, "perp", HOUR, LATELY)


@pytest.mark.parametrize(
    ("error", "kind"),
    [
        (ccxt.RequestTimeout("x"), VenueUnreachable),
        (ccxt.ExchangeNotAvailable("x"), VenueUnreachable),
        (ccxt.RateLimitExceeded("x"), VenueThrottled),
        (ccxt.DDoSProtection("x"), VenueThrottled),
        (ccxt.InvalidNonce("x"), VenueRefused),
        (ccxt.BadResponse("x"), VenueUnreadable),
        (ccxt.NullResponse("x"), VenueUnreadable),
        (ccxt.AuthenticationError("x"), VenueRefused),
        (ccxt.PermissionDenied("x"), VenueRefused),
        (ccxt.BadSymbol("x"), VenueRefused),
        (ccxt.BadRequest("x"), VenueRefused),
        (ccxt.NotSupported("x"), VenueRefused),
        (ccxt.OnMaintenance("x"), VenueUnreachable),
        (ccxt.ExchangeError("x"), VenueRefused),
    ],
)
def test_every_class_of_ccxts_means_one_of_ours(error: ccxt.BaseError, kind: type[VenueError]) -> None:
    assert type(translate(error, "time")) is kind


def test_what_goes_wrong_while_a_reply_is_read_is_unreadable() -> None:
    with pytest.raises(VenueUnreadable, match="time: the reply makes no sense: KeyError: 'time'"), reading("time"):
        raise KeyError("time")


async def test_being_cancelled_is_nobodys_failure() -> None:
    with pytest.raises(asyncio.CancelledError), reading("time"):
        raise asyncio.CancelledError


PERP = {
    "symbol": "BTCUSDT",
    "contractType": "LinearPerpetual",
    "status": "Trading",
    "baseCoin": "BTC",
    "quoteCoin": "USDT",
    "lotSizeFilter": {"qtyStep": "0.001", "minOrderQty": "0.001", "minNotionalValue": "5"},
}


@pytest.mark.parametrize(
    ("rows", "words"),
    [
        ([], "no USDT perp is among 0"),
        ([{**PERP, "quoteCoin": "USDC"}], "no USDT perp"),
        ([{**PERP, "launchTime": "100000000000000000000"}], "no time in milliseconds"),
        ([{**PERP, "launchTime": "-1"}], "no time in milliseconds"),
        ([{**PERP, "lotSizeFilter": {"qtyStep": "0.001", "minOrderQty": "-1"}}], "must not be negative"),
        ([{**PERP, "lotSizeFilter": {"qtyStep": "0", "minOrderQty": "1"}}], "must be above 0"),
    ],
)
async def test_a_listing_that_cannot_be_is_no_listing(rows: list[object], words: str) -> None:
    def listing(query: Any) -> dict[str, Any]:
        return _listing(rows if query["category"] == "linear" and "status" not in query else [])

    async with serving({"/v5/market/instruments-info": listing}) as served, bybit_data(served.url) as data:
        with pytest.raises(VenueUnreadable, match=f"instruments: .*{words}"):
            await data.listings()


async def test_two_values_of_open_interest_at_one_time_are_none() -> None:
    rows = [{"timestamp": str(NOW // HOUR * HOUR - HOUR), "openInterest": held} for held in ("1", "2")]
    answers: dict[str, Callable[[Any], Any]] = {
        "/v5/market/instruments-info": lambda query: _listing([PERP] if query["category"] == "linear" else []),
        "/v5/market/open-interest": lambda _: _listing(rows),
    }
    async with serving(answers) as served, bybit_data(served.url) as data:
        with pytest.raises(VenueUnreadable, match="two values at"):
            await data.open_interest_page(BTC, HOUR, LATELY)

"""What became of an order: every code and every way a line can fail, sent through the real ccxt client."""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

import ccxt
import pytest
from aiohttp import web

from fundarb.adapters.ccxt.verdicts import ordering
from fundarb.errors import OrderRefused, OrderUnknown, VenueError
from tests.adapters.ccxt.asking import strict_bybit
from tests.adapters.ccxt.serving import misbehaving, saying, serving

NOT_PLACED = """
    10001 10002 10003 10004 10005 10006 10007 10008 10009 10010 10017 10018 10024 10027 10028 10029 110003
    110004 110006 110007 110012 110014 110017 110021 110044 110045 110063 110074 110090 110094 170124 170130
    170131 170134 170135 170136 170137 170140 170193 170210 170222 30228
"""
MAYBE_PLACED = """
    10000 10014 10016 12141 429 5004 110001 110008 110010 110072 110079 110118 110120 110121 170001 170007
    170032 170141 170146 170149 170213 170234 170381 987654
"""
AS_IT_WAS = (110025, 110026, 110043)
ORDER = {"category": "linear", "symbol": "BTCUSDT", "side": "Sell", "orderType": "Market", "qty": "0.01"}


async def send(exchange: Any) -> Any:
    """Create an order."""
    with ordering("create"):
        return await exchange.privatePostV5OrderCreate({**ORDER, "orderLinkId": "fa-1-p"})


@asynccontextmanager
async def refusing(code: int, words: str = "as it is") -> AsyncIterator[Any]:
    """A client of a venue that answers everything with one code."""
    body = {"retCode": code, "retMsg": words, "result": {}, "retExtInfo": {}, "time": 1}
    async with serving({"/v5/order/create": lambda _: body}) as served, strict_bybit(served.url) as exchange:
        yield exchange


@pytest.mark.parametrize("code", list(map(int, NOT_PLACED.split())))
async def test_codes_that_say_it_was_not_placed(code: int) -> None:
    async with refusing(code) as exchange:
        with pytest.raises(OrderRefused, match=f"code {code}, as it is") as refused:
            await send(exchange)
    assert refused.value.code == str(code)


@pytest.mark.parametrize("code", list(map(int, MAYBE_PLACED.split())))
async def test_codes_after_which_only_asking_tells(code: int) -> None:
    async with refusing(code) as exchange:
        with pytest.raises(OrderUnknown, match="ask for its client id"):
            await send(exchange)


async def test_a_request_timeout_under_another_code_is_unknown_too() -> None:
    async with refusing(10016, "Request timeout, please try again later") as exchange:
        with pytest.raises(OrderUnknown):
            await send(exchange)


@pytest.mark.parametrize("code", AS_IT_WAS)
async def test_codes_that_say_it_was_so_already_are_no_failure(code: int) -> None:
    async with refusing(code) as exchange:
        assert await send(exchange) is None


async def test_an_order_that_was_taken_comes_back() -> None:
    body = {"retCode": 0, "retMsg": "OK", "result": {"orderId": "1"}, "retExtInfo": {}, "time": 1}
    async with serving({"/v5/order/create": lambda _: body}) as served, strict_bybit(served.url) as exchange:
        assert (await send(exchange))["result"] == {"orderId": "1"}
        assert len(served.asked) == 1


@pytest.mark.parametrize("status", [400, 404, 408, 444, 500, 502, 503, 504, 520, 521, 522, 523, 524, 525, 527, 530])
async def test_no_answer_of_the_venue_leaves_it_unknown(status: int) -> None:
    async with misbehaving(saying(status, b"<html>a page</html>")) as url, strict_bybit(url) as exchange:
        with pytest.raises(OrderUnknown, match=str(status)):
            await send(exchange)


@pytest.mark.parametrize("body", [b"<html></html>", b"", b"null", b'{"retCode": 0, "res', b"[]", b"{}", b'{"a": 1}'])
async def test_garbage_with_status_200_is_never_an_order(body: bytes) -> None:
    async with misbehaving(saying(200, body, "application/json")) as url, strict_bybit(url) as exchange:
        with pytest.raises(OrderUnknown):
            await send(exchange)


async def test_success_without_a_result_is_never_an_order() -> None:
    body = json.dumps({"retCode": 0, "retMsg": "OK", "result": None}).encode()
    async with misbehaving(saying(200, body, "application/json")) as url, strict_bybit(url) as exchange:
        with pytest.raises(OrderUnknown):
            await send(exchange)


async def test_a_body_cut_short_leaves_it_unknown() -> None:
    conduct = saying(200, b'{"retCode": 0', "application/json", 500)
    async with misbehaving(conduct) as url, strict_bybit(url) as exchange:
        with pytest.raises(OrderUnknown):
            await send(exchange)


async def hang_up(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    writer.close()


async def reset(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    writer.transport.abort()


async def say_nothing(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    await reader.read()


@pytest.mark.parametrize("conduct", [hang_up, reset])
async def test_a_connection_lost_leaves_it_unknown(conduct: Any) -> None:
    async with misbehaving(conduct) as url, strict_bybit(url) as exchange:
        with pytest.raises(OrderUnknown):
            await send(exchange)


async def test_no_answer_in_time_leaves_it_unknown() -> None:
    async with misbehaving(say_nothing) as url, strict_bybit(url, timeout_s=0.3) as exchange:
        with pytest.raises(OrderUnknown, match="in time"):
            await send(exchange)


async def test_a_cancelled_sending_had_reached_the_venue_and_is_sent_once() -> None:
    arrived = asyncio.Event()

    async def hear(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        arrived.set()
        await reader.read()

    async with misbehaving(hear) as url, strict_bybit(url) as exchange:
        sending = asyncio.create_task(send(exchange))
        await asyncio.wait_for(arrived.wait(), 20)
        sending.cancel()
        with pytest.raises(asyncio.CancelledError):
            await sending


async def test_no_connection_means_not_placed() -> None:
    async with misbehaving(hang_up) as url:
        pass
    async with strict_bybit(url) as exchange:
        with pytest.raises(OrderRefused, match="no connection"):
            await send(exchange)


@pytest.mark.parametrize(("status", "words"), [(403, "access too frequent"), (403, "Forbidden"), (429, "slow down")])
async def test_a_throttle_in_plain_text_means_not_placed(status: int, words: str) -> None:
    answers = {"/v5/order/create": lambda _: web.Response(status=status, text=words)}
    async with serving(answers) as served, strict_bybit(served.url) as exchange:
        with pytest.raises(OrderRefused, match=str(status)):
            await send(exchange)


async def test_a_403_as_json_without_a_code_means_not_placed() -> None:
    answers = {"/v5/order/create": lambda _: web.json_response({"error": "Forbidden"}, status=403)}
    async with serving(answers) as served, strict_bybit(served.url) as exchange:
        with pytest.raises(OrderRefused, match="geo-block"):
            await send(exchange)


async def test_what_ccxt_itself_refuses_was_not_placed() -> None:
    with pytest.raises(OrderRefused), ordering("create"):
        raise ccxt.InvalidOrder("amount should be above 0")


async def test_a_mistake_while_the_reply_is_read_leaves_it_unknown() -> None:
    with pytest.raises(OrderUnknown), ordering("create"):
        raise KeyError("orderId")


async def test_a_failure_in_our_words_stays_what_it_is() -> None:
    told = OrderUnknown("asked already")
    with pytest.raises(VenueError) as raised, ordering("create"):
        raise told
    assert raised.value is told

"""The strict client: it keeps to its address and its clock, resends nothing, leaves nothing open and no context changed."""

from __future__ import annotations

import asyncio
import contextvars
import decimal
import gc
import logging
import threading
from typing import Any

import aiohttp
import ccxt.async_support
import pytest
from aiohttp import web
from ccxt.base.decimal_to_precision import ROUND, SIGNIFICANT_DIGITS, TICK_SIZE, decimal_to_precision

from fundarb.adapters.ccxt.decimals import foreign_decimals
from fundarb.adapters.ccxt.strict import rehomed
from fundarb.domain.money import CONTEXT, install_context
from fundarb.errors import VenueUnreadable
from tests.adapters.ccxt.asking import KEYS, NOW, bybit_data, strict_bybit, wiring
from tests.adapters.ccxt.serving import misbehaving, saying, serving
from tests.fakes.venue_market import TinyMarket
from tests.sandbox.running import running_sandbox

OK = {"retCode": 0, "retMsg": "OK", "result": {}, "retExtInfo": {}, "time": NOW}


async def test_every_address_is_replaced_by_the_one_configured_and_paths_are_kept() -> None:
    async with strict_bybit("http://127.0.0.1:9") as exchange:
        assert set(exchange.urls["api"].values()) == {"http://127.0.0.1:9"}
    assert rehomed({"a": {"b": "https://api.{hostname}/v4"}, "c": None}, "http://h") == {
        "a": {"b": "http://h/v4"},
        "c": None,
    }


@pytest.mark.parametrize("switch", ["sandbox", "testnet"])
async def test_a_test_mode_never_replaces_a_configured_address(switch: str) -> None:
    async with strict_bybit("http://127.0.0.1:9", testnet=True) as exchange:
        assert not exchange.isSandboxModeEnabled
        assert set(exchange.urls["api"].values()) == {"http://127.0.0.1:9"}
    with pytest.raises(ccxt.async_support.ExchangeError, match="was replaced"):
        async with strict_bybit("http://127.0.0.1:9", {switch: True}):
            pass


async def test_without_an_address_the_environment_is_ccxts_own() -> None:
    async with strict_bybit(None) as main, strict_bybit(None, testnet=True) as test:
        assert main.urls["api"]["public"] == "https://api.{hostname}"
        assert test.urls["api"]["public"] == "https://api-testnet.{hostname}"


async def test_a_request_elsewhere_does_not_leave() -> None:
    async with strict_bybit("http://127.0.0.1:9") as exchange:
        exchange.urls["api"]["public"] = "http://127.0.0.2:9"
        with pytest.raises(ccxt.async_support.BadResponse, match=r"127\.0\.0\.2:9 is not the configured address"):
            await exchange.publicGetV5MarketTime({})


async def test_a_redirect_is_not_followed() -> None:
    def elsewhere(query: Any) -> web.Response:
        return web.Response(status=302, headers={"Location": "/v5/market/elsewhere"})

    async with serving({"/v5/market/time": elsewhere}) as served, bybit_data(served.url) as data:
        with pytest.raises(VenueUnreadable, match="redirected to /v5/market/elsewhere"):
            await data.server_ms()
        assert [path for _, path, _ in served.asked] == ["/v5/market/time"]


async def test_it_goes_by_the_clock_it_is_given() -> None:
    async with strict_bybit("http://127.0.0.1:9") as exchange:
        assert (exchange.milliseconds(), exchange.seconds(), exchange.microseconds()) == (NOW, NOW // 1000, NOW * 1000)
        signed = exchange.sign("v5/order/realtime", ["private"], "GET", {"category": "linear"})
        assert signed["headers"]["X-BAPI-TIMESTAMP"] == str(NOW)


async def test_nothing_is_resent_and_nothing_is_said_aloud(capsys: pytest.CaptureFixture[str], caplog: Any) -> None:
    seen = list[str]()

    def fail(query: Any) -> web.Response:
        seen.append("create")
        return web.Response(status=503, text="busy")

    with caplog.at_level(logging.DEBUG):
        async with serving({"/v5/order/create": fail}) as served, strict_bybit(served.url) as exchange:
            with pytest.raises(ccxt.async_support.ExchangeNotAvailable):
                await exchange.privatePostV5OrderCreate({"category": "linear"})
    assert seen == ["create"]
    assert KEYS["apiKey"] not in caplog.text + "".join(capsys.readouterr())


async def test_proxies_of_the_environment_are_not_trusted(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("http_proxy", "HTTP_PROXY", "https_proxy", "ALL_PROXY"):
        monkeypatch.setenv(name, "http://127.0.0.1:1")
    async with serving({"/v5/market/time": lambda _: OK}) as served, bybit_data(served.url) as data:
        assert await data.server_ms() == NOW


async def test_sessions_are_closed_however_it_ends(monkeypatch: pytest.MonkeyPatch) -> None:
    opened = list[aiohttp.ClientSession]()
    original = aiohttp.ClientSession.__init__

    def watch(self: aiohttp.ClientSession, *rest: Any, **more: Any) -> None:
        opened.append(self)
        original(self, *rest, **more)

    monkeypatch.setattr(aiohttp.ClientSession, "__init__", watch)
    with pytest.raises(RuntimeError):
        async with strict_bybit("http://127.0.0.1:9"):
            raise RuntimeError
    with pytest.raises(ccxt.async_support.ExchangeError):
        async with strict_bybit("http://127.0.0.1:9", {"sandbox": True}):
            pass
    reached = asyncio.Event()

    async def wait(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        reached.set()
        await reader.read()

    async def ask(url: str) -> None:
        async with bybit_data(url) as data:
            await data.server_ms()

    async with misbehaving(wait) as url:
        task = asyncio.create_task(ask(url))
        await asyncio.wait_for(reached.wait(), 30)
        task.cancel()
        with pytest.raises(asyncio.CancelledError):
            await task
    assert len(opened) == 3
    assert all(session.closed for session in opened)
    gc.collect()  # an unclosed session or exchange would say so now, and warnings are errors


async def test_what_left_is_counted_as_it_leaves() -> None:
    wired = wiring("http://127.0.0.1:9")
    assert wired.sent == 0
    async with misbehaving(saying(200, b"<html>")) as url, bybit_data(url) as data:
        for _ in range(3):
            with pytest.raises(VenueUnreadable):
                await data.server_ms()
        assert data.requests == 3
    async with bybit_data(url) as data:
        with pytest.raises(Exception, match="no connection"):
            await data.server_ms()
        assert data.requests == 0


async def test_the_clock_hears_every_reply() -> None:
    heard = list[tuple[str, object]]()

    def hear(headers: Any, reply: Any, sent_s: float, replied_s: float) -> None:
        assert sent_s <= replied_s
        heard.append((headers["X-Sandbox-Clock"], reply["time"]))

    async with running_sandbox(market=TinyMarket()) as sandbox, bybit_data(sandbox.url, heard=hear) as data:
        await data.server_ms()
        await data.listings()
    assert heard == [("step", NOW)] * data.requests
    assert data.requests > 4


def _as_ccxt_does() -> tuple[str, str]:
    """Two of its roundings, inexact both, the second by significant digits."""
    with foreign_decimals():
        return (
            decimal_to_precision("1.23456", ROUND, 2),
            decimal_to_precision("123.456", ROUND, 3, SIGNIFICANT_DIGITS),
        )


def _context() -> tuple[int, str, frozenset[Any]]:
    now = decimal.getcontext()
    return now.prec, now.rounding, frozenset(signal for signal, on in now.traps.items() if on)


async def test_ccxts_decimals_work_and_change_nothing_of_ours_in_tasks_and_threads() -> None:
    install_context()
    before = _context()
    assert before[0] == CONTEXT.prec
    with pytest.raises(decimal.Inexact):
        contextvars.copy_context().run(lambda: decimal.Decimal(1) / decimal.Decimal(3))
    assert _as_ccxt_does() == ("1.23", "123")
    assert await asyncio.create_task(_in_a_task()) == ("1.23", "123")
    found = list[Any]()
    thread = threading.Thread(target=lambda: found.extend([_as_ccxt_does(), _context()]))
    thread.start()
    thread.join()
    assert found == [("1.23", "123"), before]
    assert _context() == before
    with foreign_decimals():
        assert decimal_to_precision("1.23", ROUND, 0.05, TICK_SIZE) == "1.25"
        assert decimal.getcontext().prec == 28
    assert _context() == before


async def _in_a_task() -> tuple[str, str]:
    with foreign_decimals():
        await asyncio.sleep(0)
    return _as_ccxt_does()

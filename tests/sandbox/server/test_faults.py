"""Every fault fires where it is told to, is counted, and does to ccxt what its name says."""

from __future__ import annotations

import json
import time
from typing import Any

import aiohttp
import ccxt
import pytest

from fundarb.sandbox.envelope import Request, Route
from fundarb.sandbox.faults.rules import Kind
from tests.fakes.venue_market import NOW
from tests.sandbox.clients import ccxt_client
from tests.sandbox.running import RunningSandbox, running_sandbox
from tests.sandbox.server.asking import get, send

TIME = "/v5/market/time"
PROCESSED = "/v5/order/create"


def fault(kind: str, **more: Any) -> dict[str, Any]:
    return {"path": TIME, "fault": kind, "name": "it", **more}


async def raised(sandbox: RunningSandbox, **settings: Any) -> Exception | None:
    """What a ccxt client says of a request for the time."""
    async with ccxt_client(sandbox.url, **settings) as client:
        try:
            await client.fetch_time()
        except ccxt.BaseError as error:
            found: Exception = error
            return found
    return None


NOTICED: dict[str, tuple[dict[str, Any], type[Exception]]] = {
    "truncate": (fault("truncate"), ccxt.ExchangeError),
    "502": (fault("html", status=502), ccxt.ExchangeNotAvailable),
    "forbidden": (fault("forbidden"), ccxt.RateLimitExceeded),
    "geo-block": (fault("geo-block"), ccxt.RateLimitExceeded),
    "10002": (fault("code", code=10002), ccxt.InvalidNonce),
    "10006": (fault("code", code=10006), ccxt.RateLimitExceeded),
    "10016": (fault("code", code=10016), ccxt.ExchangeError),
    "10016 timeout": (fault("code", code=10016, message="Request timeout"), ccxt.RequestTimeout),
    "170146": (fault("code", code=170146), ccxt.InvalidOrder),
}


@pytest.mark.parametrize(("written", "expected"), NOTICED.values(), ids=NOTICED)
@pytest.mark.parametrize("where", ["before", "after"])
async def test_a_fault_that_ccxt_notices(written: dict[str, Any], where: str, expected: type[Exception]) -> None:
    async with running_sandbox(faults=[{**written, "where": where}]) as sandbox:
        assert type(await raised(sandbox)) is expected
        assert sandbox.fired == {"it": 1}


@pytest.mark.parametrize("where", ["before", "after"])
async def test_a_reset_is_seen_once_aiohttp_has_asked_again(where: str) -> None:
    async with running_sandbox(faults=[fault("reset", where=where)]) as sandbox:
        assert type(await raised(sandbox)) is ccxt.ExchangeNotAvailable
        assert sandbox.fired == {"it": 2}
        sandbox.set_faults(fault("reset", where=where, count=1))
        assert await raised(sandbox) is None
        assert sandbox.fired == {"it": 1}


@pytest.mark.parametrize(
    "written",
    [
        fault("html", status=200),
        fault("html", status=524),
        fault("broken-json"),
        fault("null-body"),
        fault("empty-body"),
    ],
    ids=lambda each: str(each.get("status", each["fault"])),
)
@pytest.mark.parametrize("where", ["before", "after"])
async def test_a_fault_that_ccxt_takes_for_an_empty_answer(written: dict[str, Any], where: str) -> None:
    async with running_sandbox(faults=[{**written, "where": where, "path": "*"}]) as sandbox:
        async with ccxt_client(sandbox.url) as client:
            client.set_markets(_markets(client))
            assert await client.fetch_funding_rate_history("BTC/USDT:USDT") == []
        assert sandbox.fired == {"it": 1}


def _markets(client: Any) -> list[Any]:
    """One market, so that none is loaded."""
    market = {"id": "BTCUSDT", "symbol": "BTC/USDT:USDT", "base": "BTC", "quote": "USDT", "settle": "USDT"}
    return [client.safe_market_structure({**market, "type": "swap", "swap": True, "linear": True, "contract": True})]


@pytest.mark.parametrize("where", ["before", "after"])
async def test_a_timeout_never_answers(where: str) -> None:
    async with running_sandbox(faults=[fault("timeout", where=where)]) as sandbox:
        assert type(await raised(sandbox, timeout=300)) is ccxt.RequestTimeout
        assert sandbox.fired == {"it": 1}
        assert [row.outcome for row in sandbox.requests] == ["silence"]


async def test_a_silent_request_does_not_hold_up_the_end() -> None:
    async with aiohttp.ClientSession() as session:
        async with running_sandbox(faults=[fault("timeout")]) as sandbox:
            waiting = session.get(sandbox.url + TIME)
            with pytest.raises(TimeoutError):
                await session.get(sandbox.url + TIME, timeout=aiohttp.ClientTimeout(total=0.2))
            waiting.close()
        began = time.monotonic()
    assert time.monotonic() - began < 30


@pytest.mark.parametrize("where", ["before", "after"])
async def test_a_latency_waits_and_then_answers(where: str) -> None:
    async with running_sandbox(faults=[fault("latency", ms=250, where=where)]) as sandbox:
        began = time.monotonic()
        answer = await get(sandbox.url, TIME)
        assert time.monotonic() - began >= 0.25
        assert answer.json["retCode"] == 0
        assert sandbox.fired == {"it": 1}


async def test_a_skew_makes_the_servers_clock_wrong() -> None:
    async with (
        running_sandbox(faults=[fault("skew", ms=-5000, count=1)]) as sandbox,
        ccxt_client(sandbox.url) as client,
    ):
        assert [await client.fetch_time(), await client.fetch_time()] == [NOW - 5000, NOW]
        assert sandbox.fired == {"it": 1}


def counted_route() -> tuple[Route, list[int]]:
    """A path that tells whether it was processed."""
    seen: list[int] = []

    def answer(request: Request) -> dict[str, Any]:
        seen.append(request.now_ms)
        return {"orderId": "1"}

    return Route("POST", PROCESSED, answer), seen


@pytest.mark.parametrize("kind", sorted(set(Kind) - {Kind.SKEW}))
@pytest.mark.parametrize(("where", "processed"), [("before", 0), ("after", 1)])
async def test_before_means_not_processed_and_after_means_processed(kind: str, where: str, processed: int) -> None:
    route, seen = counted_route()
    needed = {"latency": {"ms": 1}, "code": {"code": 10016}}.get(kind, {})
    written = {"path": PROCESSED, "fault": kind, "where": where, "method": "POST", **needed}
    async with running_sandbox(faults=[written], routes=[route]) as sandbox, aiohttp.ClientSession() as session:
        try:
            patience = aiohttp.ClientTimeout(total=0.3 if kind == "timeout" else 30)
            async with session.post(sandbox.url + PROCESSED, data=b"{}", timeout=patience) as response:
                await response.read()
        except (aiohttp.ClientError, TimeoutError):
            assert kind in ("timeout", "reset", "truncate")
        assert sandbox.fired == {f"{kind} {PROCESSED}": 1}
    assert len(seen) == (1 if kind == "latency" else processed)


async def test_a_fault_waits_fires_so_often_and_then_is_over() -> None:
    async with running_sandbox(faults=[fault("code", code=10016, after=2, count=3)]) as sandbox:
        codes = [(await get(sandbox.url, TIME)).json["retCode"] for _ in range(7)]
        assert codes == [0, 0, 10016, 10016, 10016, 0, 0]
        told = (await get(sandbox.url, "/sandbox/faults")).json["faults"]
    assert told == [
        {"path": TIME, "fault": "code", "name": "it", "after": 2, "count": 3, "code": 10016, "matched": 7, "fired": 3}
    ]


async def test_a_probability_is_drawn_from_the_seed() -> None:
    drawn = []
    for seed in (1, 1, 2):
        async with running_sandbox(faults=[fault("code", code=10016, probability=0.5)], seed=seed) as sandbox:
            drawn.append([(await get(sandbox.url, TIME)).json["retCode"] for _ in range(40)])
            assert sandbox.fired == {"it": drawn[-1].count(10016)}
    assert drawn[0] == drawn[1] != drawn[2]
    assert 5 < drawn[0].count(10016) < 35


async def test_waits_add_up_and_the_first_end_is_the_end() -> None:
    faults = [
        fault("latency", ms=60, name="a"),
        fault("latency", ms=60, name="b", where="after"),
        fault("null-body", name="c", where="after"),
        fault("reset", name="d"),
    ]
    async with running_sandbox(faults=faults) as sandbox:
        began = time.monotonic()
        answer = await get(sandbox.url, TIME)
        assert time.monotonic() - began >= 0.12
        assert (answer.text, sandbox.fired) == ("null", {"a": 1, "b": 1, "c": 1, "d": 0})


async def test_a_pattern_strikes_only_what_it_matches() -> None:
    async with running_sandbox(faults=[{"path": "/v5/market/*", "fault": "null-body"}]) as sandbox:
        assert (await get(sandbox.url, TIME)).text == "null"
        assert (await get(sandbox.url, "/v5/other")).status == 404
        assert (await get(sandbox.url, "/sandbox/faults")).json["faults"][0]["fired"] == 1


async def test_faults_are_set_and_replaced_over_the_control_path() -> None:
    async with running_sandbox() as sandbox:
        body = json.dumps([fault("empty-body", count=1)]).encode()
        assert (await send("POST", sandbox.url, "/sandbox/faults", body)).json["faults"][0]["fired"] == 0
        assert (await get(sandbox.url, TIME)).text == ""
        assert sandbox.fired == {"it": 1}
        assert (await send("POST", sandbox.url, "/sandbox/faults", b"[]")).json == {"faults": []}
        assert (await get(sandbox.url, TIME)).json["retCode"] == 0


async def test_bad_faults_are_refused_over_the_control_path_and_the_old_ones_stay() -> None:
    async with running_sandbox(faults=[fault("null-body")]) as sandbox:
        answer = await send("POST", sandbox.url, "/sandbox/faults", b'[{"path": "/x", "fault": "rest"}]')
        assert answer.status == 400
        assert "fault 1.fault: 'rest' is none of latency," in answer.json["error"]
        assert (await send("POST", sandbox.url, "/sandbox/faults", b"[")).status == 400
        assert (await get(sandbox.url, TIME)).text == "null"


@pytest.mark.parametrize("kind", sorted(set(Kind) - {Kind.SKEW, Kind.LATENCY, Kind.TIMEOUT, Kind.RESET}))
async def test_even_a_spoiled_reply_tells_the_clock(kind: str) -> None:
    needed = {"code": {"code": 10016}}.get(kind, {})
    async with (
        running_sandbox(faults=[fault(kind, **needed)]) as sandbox,
        aiohttp.ClientSession() as session,
        session.get(sandbox.url + TIME) as response,
    ):
        assert response.headers["X-Sandbox-Clock"] == "step"

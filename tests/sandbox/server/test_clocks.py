"""Venue time runs at a speed or stands until it is moved, and every reply tells which."""

from __future__ import annotations

import io
import json
from decimal import Decimal

import aiohttp
import pytest

from fundarb.sandbox.clock import RunningClock, SteppedClock
from fundarb.sandbox.market.source import HOUR
from tests.fakes.venue_market import NOW
from tests.sandbox.running import running_sandbox
from tests.sandbox.server.asking import get, result, send
from tests.sandbox.wall import Wall

TIME = "/v5/market/time"


@pytest.mark.parametrize(("speed", "passed"), [("1", 250), ("360", 90_000), ("0.5", 125)])
async def test_a_running_clock_passes_its_speed_times_the_wall(speed: str, passed: int) -> None:
    wall = Wall()
    async with running_sandbox(clock=RunningClock(NOW, Decimal(speed), wall)) as sandbox:
        wall.wait(250)
        answer = await get(sandbox.url, TIME)
    assert answer.json["time"] == NOW + passed
    assert answer.json["result"]["timeNano"] == str((NOW + passed) * 1_000_000)
    assert answer.headers["X-Sandbox-Clock"] == speed


async def test_a_stepped_clock_stands_until_it_is_moved_and_never_goes_back() -> None:
    wall = Wall()
    async with running_sandbox(clock=SteppedClock(NOW, wall)) as sandbox:
        wall.wait(60_000)
        assert (await get(sandbox.url, TIME)).json["time"] == NOW
        for to_ms, now_ms in ((NOW + HOUR, NOW + HOUR), (NOW, NOW + HOUR)):
            moved = await send("POST", sandbox.url, "/sandbox/clock", json.dumps({"to": to_ms}).encode())
            assert (moved.status, moved.json) == (200, {"now": now_ms, "clock": "step"})
        assert (await get(sandbox.url, TIME)).json["time"] == NOW + HOUR
        rows = await result(sandbox.url, "kline", category="spot", symbol="BTCUSDT", interval="60", limit=1)
        assert int(rows["list"][0][0]) == (NOW + HOUR) // HOUR * HOUR


async def test_a_running_clock_is_not_moved() -> None:
    async with running_sandbox(clock=RunningClock(NOW, Decimal(2), Wall())) as sandbox:
        moved = await send("POST", sandbox.url, "/sandbox/clock", b'{"to": 1}')
        told = await get(sandbox.url, "/sandbox/clock")
    assert moved.status == 400
    assert "runs at 2; only --speed step is moved" in moved.json["error"]
    assert told.json == {"now": NOW, "clock": "2"}


@pytest.mark.parametrize(
    "body",
    [b"", b"{", b"[]", b"{}", b'{"to": "5"}', b'{"to": true}', b'{"to": -1}', b'{"to": 1.5}', b'{"to": 4102444800001}'],
)
async def test_a_step_to_nowhere_is_refused(body: bytes) -> None:
    async with running_sandbox() as sandbox:
        moved = await send("POST", sandbox.url, "/sandbox/clock", body)
        assert (moved.status, sandbox.clock.now_ms()) == (400, NOW)


@pytest.mark.parametrize(
    ("method", "path", "status"),
    [
        ("GET", TIME, 200),
        ("GET", "/v5/market/kline", 200),
        ("GET", "/nowhere", 404),
        ("POST", TIME, 404),
        ("GET", "/sandbox/nowhere", 404),
        ("GET", "/sandbox/requests", 200),
        ("POST", "/sandbox/clock", 400),
    ],
)
async def test_every_reply_tells_the_clock(method: str, path: str, status: int) -> None:
    async with running_sandbox() as sandbox:
        answer = await send(method, sandbox.url, path)
    assert (answer.status, answer.headers["X-Sandbox-Clock"]) == (status, "step")


async def test_a_body_of_more_than_a_mebibyte_is_not_read_and_the_reply_tells_the_clock() -> None:
    async with running_sandbox() as sandbox:
        body = io.BytesIO(b"[" + b" " * 2**20 + b"]")
        async with (
            aiohttp.ClientSession() as session,
            session.post(f"{sandbox.url}/sandbox/faults", data=body) as answer,
        ):
            assert (answer.status, answer.headers["X-Sandbox-Clock"]) == (413, "step")


async def test_requests_are_counted_by_path_and_outcome_and_controls_are_not() -> None:
    async with running_sandbox() as sandbox:
        await get(sandbox.url, TIME)
        await get(sandbox.url, TIME)
        await get(sandbox.url, "/v5/market/kline")
        await get(sandbox.url, "/nowhere")
        counted = await get(sandbox.url, "/sandbox/requests")
        assert [row.query for row in sandbox.requests] == ["", "", "", ""]
    assert counted.json == {
        "total": 4,
        "paths": {TIME: 2, "/v5/market/kline": 1, "/nowhere": 1},
        "outcomes": {"200/0": 2, "200/10001": 1, "404": 1},
    }

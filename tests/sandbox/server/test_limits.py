"""Limits that bite: an address is banned, an account waits a second; both count the wall's time, whatever the venue's."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

import ccxt
import pytest

from fundarb.sandbox.clock import RunningClock, SteppedClock
from fundarb.sandbox.limits import AccountLimits, AddressLimit, Limits
from tests.fakes.venue_market import NOW
from tests.sandbox.clients import ccxt_client
from tests.sandbox.running import running_sandbox
from tests.sandbox.server.asking import get, send
from tests.sandbox.server.private import KEY, LOOK, TOUCH, headers, look_and_touch
from tests.sandbox.wall import Wall

TIME = "/v5/market/time"


def test_the_usual_limit_is_600_in_five_seconds_and_ten_minutes() -> None:
    assert Limits() == Limits(requests=600, window_ms=5_000, ban_ms=600_000)


def test_the_window_slides() -> None:
    wall = Wall()
    limit = AddressLimit(Limits(requests=3, window_ms=1000, ban_ms=5000), SteppedClock(NOW, wall))
    for wait in (0, 500, 400, 100, 500, 400):  # never a fourth within a second
        wall.wait(wait)
        assert limit.allows("a")
    wall.wait(99)
    assert not limit.allows("a")
    assert limit.allows("b")  # another address is another matter


def test_a_ban_lasts_and_ends() -> None:
    wall = Wall()
    limit = AddressLimit(Limits(requests=1, window_ms=1000, ban_ms=5000), SteppedClock(NOW, wall))
    assert [limit.allows("a"), limit.allows("a")] == [True, False]
    wall.wait(4999)
    assert not limit.allows("a")
    wall.wait(1)
    assert limit.allows("a")


async def test_the_request_too_many_is_banned_and_the_ban_ends() -> None:
    wall = Wall()
    limits = Limits(requests=10, ban_ms=60_000)
    async with running_sandbox(clock=SteppedClock(NOW, wall), limits=limits) as sandbox:
        for _ in range(10):
            assert (await get(sandbox.url, TIME)).status == 200
        wall.wait(4_999)
        banned = await get(sandbox.url, TIME)
        assert (banned.status, banned.text) == (403, "access too frequent")
        assert banned.headers["X-Sandbox-Clock"] == "step"
        wall.wait(59_999)
        async with ccxt_client(sandbox.url) as client:
            with pytest.raises(ccxt.RateLimitExceeded):
                await client.fetch_time()
        wall.wait(1)
        assert (await get(sandbox.url, TIME)).status == 200
        counted = (await get(sandbox.url, "/sandbox/requests")).json
    assert counted["outcomes"] == {"200/0": 11, "403": 2}


async def test_a_banned_address_meets_no_fault_and_may_still_use_the_controls() -> None:
    faults = [{"path": "*", "fault": "null-body", "name": "it"}]
    async with running_sandbox(limits=Limits(requests=1), faults=faults) as sandbox:
        assert [(await get(sandbox.url, TIME)).status for _ in range(3)] == [200, 403, 403]
        assert sandbox.fired == {"it": 1}
        assert (await get(sandbox.url, "/sandbox/clock")).json["now"] == NOW


def told(answer: Any) -> tuple[int, list[str | None]]:
    names = ("X-Bapi-Limit", "X-Bapi-Limit-Status", "X-Bapi-Limit-Reset-Timestamp")
    return answer.json["retCode"], [answer.headers.get(name) for name in names]


async def test_an_account_has_so_many_a_second_of_a_path_and_is_told_what_is_left() -> None:
    wall = Wall()
    async with running_sandbox(clock=SteppedClock(NOW, wall), routes=look_and_touch(per_second=2)) as sandbox:
        signed = headers("", NOW)
        answers = [told(await send("GET", sandbox.url, LOOK, headers=signed)) for _ in range(3)]
        other = told(await send("POST", sandbox.url, TOUCH, b"", signed))
        wall.wait(1000)
        later = told(await send("GET", sandbox.url, LOOK, headers=signed))
    now = str(NOW)
    assert answers == [(0, ["2", "1", now]), (0, ["2", "0", now]), (10006, ["2", "0", str(NOW + 1000)])]
    assert other == later == (0, ["2", "1", now])


async def test_a_category_may_have_a_limit_of_its_own() -> None:
    routes = look_and_touch(per_second=1, extra={"per_second": {"spot": 3}})
    async with running_sandbox(clock=SteppedClock(NOW, Wall()), routes=routes) as sandbox:
        codes = {}
        for category in ("spot", "linear"):
            query = f"category={category}"
            signed = headers(query, NOW)
            answers = [await send("GET", sandbox.url, f"{LOOK}?{query}", headers=signed) for _ in range(4)]
            codes[category] = [answer.json["retCode"] for answer in answers]
    assert codes == {"spot": [0, 0, 0, 10006], "linear": [0, 10006, 10006, 10006]}


async def test_who_signed_wrongly_uses_up_nothing() -> None:
    async with running_sandbox(routes=look_and_touch(per_second=1)) as sandbox:
        wrong = headers("", NOW) | {"X-BAPI-SIGN": "0" * 64}
        codes = [(await send("GET", sandbox.url, LOOK, headers=wrong)).json["retCode"] for _ in range(3)]
        right = await send("GET", sandbox.url, LOOK, headers=headers("", NOW))
    assert (codes, right.json["retCode"]) == ([10004] * 3, 0)


def test_the_moment_of_reset_is_venue_time() -> None:
    wall = Wall()
    limits = AccountLimits(RunningClock(NOW, Decimal(60), wall))
    limits.take("1", LOOK, 1, NOW)
    wall.wait(400)
    refused = limits.take("1", LOOK, 1, NOW + 24_000)
    assert (refused.exceeded, refused.reset_ms) == (True, NOW + 60_000)


async def test_ccxt_has_the_limit_headers_at_hand() -> None:
    async with (
        running_sandbox(routes=look_and_touch(per_second=5)) as sandbox,
        ccxt_client(sandbox.url, KEY, sandbox.clock.now_ms) as client,
    ):
        await client.private_get_v5_position_list({"category": "linear"})
        found = {name.lower(): value for name, value in client.last_response_headers.items()}
    assert (found["x-bapi-limit"], found["x-bapi-limit-status"]) == ("5", "4")

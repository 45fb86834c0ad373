"""Only who holds the key, and only in time: signatures and the window around the venue's clock."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from decimal import Decimal

import ccxt
import pytest

from fundarb.sandbox.clock import RunningClock, SteppedClock, VenueClock
from fundarb.sandbox.signing import Key
from tests.fakes.venue_market import NOW
from tests.sandbox.clients import ccxt_client
from tests.sandbox.running import running_sandbox
from tests.sandbox.server.asking import send
from tests.sandbox.server.private import KEY, LOOK, TOUCH, headers, look_and_touch
from tests.sandbox.wall import Wall

BODY = b'{"symbol":"BTCUSDT","qty":"0.01"}'


async def code(clock: VenueClock, lead_ms: int, changed: Mapping[str, str] | None = None) -> int:
    """The retCode of a query stamped so much ahead of the venue's time."""
    async with running_sandbox(clock=clock, routes=look_and_touch()) as sandbox:
        signed = headers("category=linear", clock.now_ms() + lead_ms) | dict(changed or {})
        answer = await send("GET", sandbox.url, f"{LOOK}?category=linear", headers=signed)
    found = answer.json["retCode"]
    assert isinstance(found, int)
    return found


async def test_a_signed_query_and_a_signed_body_are_taken() -> None:
    async with running_sandbox(routes=look_and_touch()) as sandbox:
        query = "category=linear&settleCoin=USDT"
        asked = await send("GET", sandbox.url, f"{LOOK}?{query}", headers=headers(query, NOW))
        done = await send("POST", sandbox.url, TOUCH, BODY, headers(BODY.decode(), NOW))
    assert asked.json["result"] == {"uid": "1", "params": {"category": "linear", "settleCoin": "USDT"}}
    assert done.json["result"] == {"uid": "1", "params": {"symbol": "BTCUSDT", "qty": "0.01"}}


async def test_ccxt_signs_so_that_it_is_taken() -> None:
    async with (
        running_sandbox(routes=look_and_touch()) as sandbox,
        ccxt_client(sandbox.url, KEY, sandbox.clock.now_ms) as client,
    ):
        asked = await client.private_get_v5_position_list({"category": "linear", "cursor": "a%3D1"})
        done = await client.private_post_v5_order_create({"symbol": "BTCUSDT"})
    assert asked["result"]["params"]["cursor"] == "a=1"
    assert done["result"] == {"uid": "1", "params": {"symbol": "BTCUSDT"}}


async def test_other_keys_and_other_signatures_are_refused() -> None:
    async with running_sandbox(routes=look_and_touch()) as sandbox:
        answers = {
            "nobody": await send("GET", sandbox.url, LOOK),
            "other key": await send("GET", sandbox.url, LOOK, headers=headers("", NOW, replace(KEY, name="other"))),
            "other secret": await send(
                "GET", sandbox.url, LOOK, headers=headers("", NOW, replace(KEY, secret="other"))
            ),
            "other query": await send("GET", sandbox.url, f"{LOOK}?a=2", headers=headers("a=1", NOW)),
            "other body": await send("POST", sandbox.url, TOUCH, BODY, headers(BODY.decode() + " ", NOW)),
        }
    found = {name: (answer.status, answer.json["retCode"]) for name, answer in answers.items()}
    assert found == {
        "nobody": (200, 10003),
        "other key": (200, 10003),
        "other secret": (200, 10004),
        "other query": (200, 10004),
        "other body": (200, 10004),
    }
    assert all(KEY.secret not in answer.text for answer in answers.values())


@pytest.mark.parametrize(
    ("key", "late_ms", "expected"),
    [
        (replace(KEY, name="other"), 0, ccxt.AuthenticationError),
        (replace(KEY, secret="other"), 0, ccxt.AuthenticationError),
        (KEY, 60_000, ccxt.InvalidNonce),
    ],
)
async def test_ccxt_reads_the_refusals(key: Key, late_ms: int, expected: type[Exception]) -> None:
    async with (
        running_sandbox(routes=look_and_touch()) as sandbox,
        ccxt_client(sandbox.url, key, lambda: NOW - late_ms) as client,
    ):
        with pytest.raises(expected):
            await client.private_get_v5_position_list({"category": "linear"})


@pytest.mark.parametrize(
    ("lead_ms", "expected"), [(-5001, 10002), (-5000, 0), (0, 0), (999, 0), (1000, 10002), (-86_400_000, 10002)]
)
async def test_the_window_reaches_back_as_asked_and_a_second_ahead(lead_ms: int, expected: int) -> None:
    assert await code(SteppedClock(NOW, Wall()), lead_ms) == expected


@pytest.mark.parametrize(("lead_ms", "expected"), [(-500_001, 10002), (-500_000, 0), (99_999, 0), (100_000, 10002)])
async def test_at_a_hundred_times_the_speed_the_window_is_a_hundred_times_as_wide(lead_ms: int, expected: int) -> None:
    assert await code(RunningClock(NOW, Decimal(100), Wall()), lead_ms) == expected


@pytest.mark.parametrize("stamp", ["", "soon", "-5", "1" * 30])
async def test_a_stamp_that_is_no_time_is_refused(stamp: str) -> None:
    assert await code(SteppedClock(NOW, Wall()), 0, {"X-BAPI-TIMESTAMP": stamp}) == 10002


async def test_a_skew_of_the_server_refuses_an_honest_client() -> None:
    faults = [{"path": LOOK, "fault": "skew", "ms": 6000, "count": 1}]
    async with running_sandbox(routes=look_and_touch(), faults=faults) as sandbox:
        codes = [(await send("GET", sandbox.url, LOOK, headers=headers("", NOW))).json["retCode"] for _ in range(2)]
    assert codes == [10002, 0]


async def test_a_read_only_key_looks_and_does_not_touch() -> None:
    async with running_sandbox(routes=look_and_touch(), key=Key(read_only=True)) as sandbox:
        looked = await send("GET", sandbox.url, LOOK, headers=headers("", NOW))
        touched = await send("POST", sandbox.url, TOUCH, BODY, headers(BODY.decode(), NOW))
    assert (looked.json["retCode"], touched.json["retCode"]) == (0, 10005)


@pytest.mark.parametrize("body", [b"{", b"[1]", b"\xff"])
async def test_a_body_that_is_no_object_is_refused(body: bytes) -> None:
    async with running_sandbox(routes=look_and_touch()) as sandbox:
        answer = await send("POST", sandbox.url, TOUCH, body, headers(body.decode("latin-1"), NOW))
    assert answer.json["retCode"] == 10001


def test_the_secret_is_not_shown() -> None:
    assert "sandbox-secret" not in repr(Key())

"""Where it listens: on loopback and nowhere else, on a port that is free; and what becomes of its own errors."""

from __future__ import annotations

import logging
import socket
from typing import Any

import pytest

from fundarb.errors import StorageError, UsageError
from fundarb.sandbox.clock import SteppedClock
from fundarb.sandbox.envelope import Request, Route
from fundarb.sandbox.routing import Routing
from fundarb.sandbox.server import Exchange, serving
from fundarb.sandbox.signing import Key
from tests.fakes.venue_market import NOW
from tests.sandbox.running import running_sandbox
from tests.sandbox.server.asking import get, send

CONTROL = "/sandbox/account/deposit"


def exchange(*routes: Route) -> Exchange:
    clock = SteppedClock(NOW, lambda: 0)
    return Exchange(clock, Routing(routes, clock, Key()))


@pytest.mark.parametrize("host", ["127.0.0.1", "localhost", "127.0.0.2", "::1"])
async def test_it_listens_on_loopback(host: str) -> None:
    if host == "::1" and not _has_ipv6():
        pytest.skip("this machine has no IPv6 loopback")
    async with serving(exchange(), host) as url:
        assert (await get(url, "/nowhere")).status == 404


def _has_ipv6() -> bool:
    try:
        with socket.socket(socket.AF_INET6, socket.SOCK_STREAM) as probe:
            probe.bind(("::1", 0))
    except OSError:
        return False
    return True


@pytest.mark.parametrize("host", ["0.0.0.0", "192.168.1.1", "::", "8.8.8.8"])
async def test_it_refuses_to_be_reachable_from_elsewhere(host: str) -> None:
    with pytest.raises(UsageError, match="reachable from elsewhere"):
        async with serving(exchange(), host):
            pass


async def test_a_host_that_is_no_address_is_refused() -> None:
    with pytest.raises(UsageError, match="is no address"):
        async with serving(exchange(), "example.org"):
            pass


async def test_a_port_in_use_is_said() -> None:
    async with serving(exchange()) as url:
        port = int(url.rpartition(":")[2])
        with pytest.raises(UsageError, match=f"--port {port} of 127.0.0.1 is in use; choose another, or 0"):
            async with serving(exchange(), port=port):
                pass


async def test_a_port_is_free_again_after_the_end() -> None:
    async with serving(exchange()) as url:
        await get(url, "/nowhere")
    async with serving(exchange(), port=int(url.rpartition(":")[2])) as again:
        assert again == url


async def test_an_error_of_its_own_is_a_500_and_is_kept(caplog: pytest.LogCaptureFixture) -> None:
    def broken(_request: Request) -> dict[str, Any]:
        raise ZeroDivisionError("on purpose")

    built = exchange(Route("GET", "/v5/market/time", broken))
    with caplog.at_level(logging.ERROR, "fundarb.sandbox"):
        async with serving(built) as url:
            answer = await get(url, "/v5/market/time")
    assert (answer.status, answer.text) == (500, "500 internal server error")
    assert [type(failure) for failure in built.failures] == [ZeroDivisionError]
    assert "GET /v5/market/time failed" in caplog.text


async def test_a_control_of_the_account_meets_no_limit_no_fault_and_no_count() -> None:
    seen: list[Any] = []

    def control(request: Request) -> dict[str, Any]:
        seen.append(dict(request.params))
        return {"done": True}

    faults = [{"path": "*", "fault": "null-body"}]
    async with running_sandbox(routes=[Route("POST", CONTROL, control)], faults=faults) as sandbox:
        answer = await send("POST", sandbox.url, CONTROL, b'{"coin": "USDT"}')
        assert sandbox.log.counts()["total"] == 0
    assert answer.json["result"] == {"done": True}
    assert seen == [{"coin": "USDT"}]


async def test_the_account_is_brought_up_to_now_before_each_answer() -> None:
    happened: list[str] = []

    def answer(_request: Request) -> dict[str, Any]:
        happened.append("answer")
        return {}

    async with running_sandbox(
        routes=[Route("GET", "/v5/x", answer)], advance=lambda: happened.append("advance")
    ) as sandbox:
        await get(sandbox.url, "/v5/x")
        await get(sandbox.url, "/v5/market/time")
    assert happened == ["advance", "answer", "advance"]


@pytest.mark.parametrize(("method", "path"), [("GET", "/v5/x"), ("POST", CONTROL), ("POST", "/sandbox/faults")])
async def test_what_cannot_be_kept_is_not_answered_as_if_it_were(
    method: str, path: str, caplog: pytest.LogCaptureFixture
) -> None:
    def full() -> None:
        raise StorageError("no room")

    sandbox = exchange(Route("GET", "/v5/x", lambda _: {}), Route("POST", CONTROL, lambda _: {}))
    sandbox.changed = sandbox.seen = full
    with caplog.at_level(logging.CRITICAL, logger="fundarb.sandbox"):
        async with serving(sandbox) as url:
            reply = await send(method, url, path, b"[]" if "faults" in path else b"{}")
    assert (reply.status, reply.headers["X-Sandbox-Clock"]) == (500, "step")
    assert [str(each) for each in sandbox.failures] == ["no room"]

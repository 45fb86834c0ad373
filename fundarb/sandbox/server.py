"""The exchange on a loopback socket: takes requests off the wire, lets faults strike, puts replies onto it.

One process, one loop; what a handler does is done in one go, so no request sees another half-way."""

from __future__ import annotations

import asyncio
import errno
import logging
import socket
import struct
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass, field
from ipaddress import ip_address
from typing import Final

from aiohttp import web
from multidict import CIMultiDict

from fundarb.errors import UsageError
from fundarb.sandbox.clock import VenueClock
from fundarb.sandbox.control import PREFIX, Control
from fundarb.sandbox.faults.book import FaultBook
from fundarb.sandbox.faults.effects import BAN_TEXT, spoiled
from fundarb.sandbox.faults.rules import Where
from fundarb.sandbox.limits import AddressLimit, Limits
from fundarb.sandbox.replies import Delivery, Reply, text_reply
from fundarb.sandbox.request_log import RequestLog
from fundarb.sandbox.routing import Asked, Routing
from fundarb.sandbox.warming import is_about_all

CLOCK_HEADER: Final = "X-Sandbox-Clock"
_LOOK_S: Final = 0.1  # how often a silent request looks whether its client is still there
_PATIENCE_S: Final = 1.0  # for replies under way when the exchange closes
_NO_LINGER: Final = struct.pack("ii", 1, 0)
_log = logging.getLogger("fundarb.sandbox")


@dataclass(slots=True)
class Exchange:
    """What one running exchange is made of; `failures` are errors of its own, never of a client."""

    clock: VenueClock
    routing: Routing
    faults: FaultBook = field(default_factory=FaultBook)
    limits: Limits = field(default_factory=Limits)
    log: RequestLog = field(default_factory=RequestLog)
    failures: list[Exception] = field(default_factory=list)
    changed: Callable[[], None] = lambda: None  # called after a request that may have changed its state
    warming: asyncio.Task[None] | None = None  # until then, listings of the whole market wait
    seen: Callable[[], None] = lambda: None  # called before every reply, whatever was asked


class Server:
    """Serves an exchange to aiohttp."""

    def __init__(self, exchange: Exchange) -> None:
        self._exchange = exchange
        self._addresses = AddressLimit(exchange.limits, exchange.clock)
        self._control = Control(exchange.clock, exchange.faults, exchange.log, exchange.changed)
        self._closing = asyncio.Event()

    async def handle(self, request: web.BaseRequest) -> web.StreamResponse:
        """One request from the wire to the wire."""
        try:
            body = await request.read() if request.body_exists else b""
        except web.HTTPRequestEntityTooLarge:
            return await self._deliver(request, text_reply(413, "413 payload too large"))
        path, _, query = request.raw_path.partition("?")
        asked = Asked(request.method, path, query, body, request.headers, request.remote or "")
        if self._control.serves(asked):
            return await self._deliver(request, self._guarded(asked, self._control.answer))
        if path.startswith(PREFIX):  # a control of the account's
            return await self._deliver(request, self._processed(asked, 0))
        reply = await self._reply(asked)
        reply = self._guarded(asked, lambda _: self._once_kept(reply))
        self._exchange.log.note(asked.method, path, query, self._exchange.clock.now_ms(), reply)
        return await self._deliver(request, reply)

    def close(self) -> None:
        """Let silent requests go."""
        self._closing.set()

    async def _reply(self, asked: Asked) -> Reply:
        """What is answered, faults included; a banned address meets nothing but the ban."""
        if not self._addresses.allows(asked.address):
            return text_reply(403, BAN_TEXT)
        drawn = self._exchange.faults.draw(asked.method, asked.path)
        await self._wait(drawn.latency_ms(Where.BEFORE))
        ending = drawn.ending
        if ending is not None and ending.where is Where.BEFORE:
            return spoiled(ending, None, self._exchange.clock.now_ms() + drawn.skew_ms)
        if self._exchange.warming is not None and is_about_all(asked):
            await asyncio.wait([self._exchange.warming])
        reply = self._processed(asked, drawn.skew_ms)
        await self._wait(drawn.latency_ms(Where.AFTER))
        return reply if ending is None else spoiled(ending, reply, self._exchange.clock.now_ms() + drawn.skew_ms)

    def _processed(self, asked: Asked, skew_ms: int) -> Reply:
        """The honest reply."""

        def answer(asked: Asked) -> Reply:
            reply = self._exchange.routing.answer(asked, skew_ms)
            if asked.method != "GET":
                self._exchange.changed()
            return reply

        return self._guarded(asked, answer)

    def _once_kept(self, reply: Reply) -> Reply:
        """The reply, as soon as what it shows will outlive the exchange."""
        self._exchange.seen()
        return reply

    def _guarded(self, asked: Asked, answer: Callable[[Asked], Reply]) -> Reply:
        """The answer; an error of the exchange's own is told, kept and answered with a 500."""
        try:
            return answer(asked)
        except Exception as error:
            _log.exception("%s %s failed", asked.method, asked.path)
            self._exchange.failures.append(error)
            return text_reply(500, "500 internal server error")

    async def _wait(self, ms: int) -> None:
        if ms:
            await asyncio.sleep(ms / 1_000)

    async def _deliver(self, request: web.BaseRequest, reply: Reply) -> web.StreamResponse:
        response = web.Response(
            status=reply.status,
            body=reply.body,
            content_type=reply.content_type,
            headers={**reply.headers, CLOCK_HEADER: self._exchange.clock.announced()},
        )
        match reply.delivery:
            case Delivery.CUT:
                return await _cut(request, reply, response.headers)
            case Delivery.RESET:
                _reset(request)
            case Delivery.SILENCE:
                await self._keep_silent(request)
        return response

    async def _keep_silent(self, request: web.BaseRequest) -> None:
        """Until the client gives up or the exchange closes; then the connection is dropped."""
        while not (_is_gone(request) or self._closing.is_set()):
            with suppress(TimeoutError):
                await asyncio.wait_for(self._closing.wait(), _LOOK_S)
        _reset(request)


@asynccontextmanager
async def serving(exchange: Exchange, host: str = "127.0.0.1", port: int = 0) -> AsyncIterator[str]:
    """Serve on a loopback address for the block; its URL. Port 0 is any free one."""
    listening = _bound(host, port)
    server = Server(exchange)
    runner = web.ServerRunner(web.Server(server.handle, access_log=None), shutdown_timeout=_PATIENCE_S)
    await runner.setup()
    try:
        await web.SockSite(runner, listening).start()
        yield _url(listening)
    finally:
        server.close()
        await runner.cleanup()
        listening.close()


def _bound(host: str, port: int) -> socket.socket:
    """A socket bound to a loopback address, and to nothing else."""
    try:
        address = ip_address("127.0.0.1" if host == "localhost" else host)
    except ValueError:
        raise UsageError(f"--host {host} is no address; write 127.0.0.1 or ::1") from None
    if not address.is_loopback:
        raise UsageError(f"--host {host} is reachable from elsewhere; a sandbox serves 127.0.0.1 or ::1 only")
    listening = socket.socket(socket.AF_INET6 if address.version == 6 else socket.AF_INET, socket.SOCK_STREAM)
    listening.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    try:
        listening.bind((str(address), port))
    except OSError as error:
        listening.close()
        reason = "is in use" if error.errno == errno.EADDRINUSE else f"cannot be had: {error.strerror}"
        raise UsageError(f"--port {port} of {address} {reason}; choose another, or 0 for any that is free") from None
    return listening


def _url(listening: socket.socket) -> str:
    host, port = listening.getsockname()[:2]
    return f"http://[{host}]:{port}" if ":" in host else f"http://{host}:{port}"


async def _cut(request: web.BaseRequest, reply: Reply, headers: CIMultiDict[str]) -> web.StreamResponse:
    """Announce the whole body, send half of it and hang up."""
    response = web.StreamResponse(status=reply.status, headers=headers)
    response.content_length = len(reply.body)
    await response.prepare(request)
    await response.write(reply.body[: len(reply.body) // 2])
    if request.transport is not None:
        request.transport.close()
    return response


def _reset(request: web.BaseRequest) -> None:
    """Drop the connection so that the client sees a reset and not an end."""
    transport = request.transport
    if transport is None:
        return
    connection = transport.get_extra_info("socket")
    if connection is not None:
        connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, _NO_LINGER)
    transport.abort()


def _is_gone(request: web.BaseRequest) -> bool:
    return request.transport is None or request.transport.is_closing()

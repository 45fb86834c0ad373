"""A ccxt class made strict: its replies are checked, its requests paced and kept to their address, its clock is ours.

ccxt takes a page of HTML, an empty body or `null` for an empty list, resends what failed, lets test modes replace the
address and follows redirects; none of that happens here."""

from __future__ import annotations

import asyncio
import json
import logging
import ssl
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping
from contextlib import asynccontextmanager
from contextvars import ContextVar
from dataclasses import dataclass
from types import SimpleNamespace
from typing import Any
from urllib.parse import urlsplit

import aiohttp
import certifi
import orjson
from ccxt.base import errors as foreign

from fundarb.adapters.ccxt.decimals import foreign_decimals
from fundarb.adapters.ccxt.failures import translate
from fundarb.adapters.ccxt.pacing import Pacer, Turn
from fundarb.adapters.ccxt.replies import reply_of, unreadable, without
from fundarb.errors import VenueThrottled

Heard = Callable[[Mapping[str, str], object, float, float], None]  # headers, reply, sent and replied (loop seconds)
_BOOKS = "orderbook"  # asked for before each order
_TURN: ContextVar[Turn] = ContextVar("turn")
_QUIET = logging.getLogger("fundarb.ccxt")  # ccxt logs headers, keys among them, at DEBUG
_QUIET.setLevel(logging.WARNING)


def nothing() -> None:
    """For those who want no sign of life."""


def ignore(headers: Mapping[str, str], reply: object, sent_s: float, replied_s: float) -> None:
    """For those to whom a reply says nothing of the time."""


@dataclass(slots=True)
class Wiring:
    """What a strict exchange is connected to; `home` is the address it must keep to, where there is one; `stirred` hears
    that a request came to its end, well or not; `sent` counts."""

    pacer: Pacer
    now_ms: Callable[[], int]
    home: str | None = None
    heard: Heard = ignore
    stirred: Callable[[], None] = nothing
    unified: bool = False  # ccxt reads the replies: requests cost what it says, and it is handed digits, not floats
    sent: int = 0


def strict_class(base: type[Any], wiring: Wiring) -> type[Any]:
    """A subclass of any ccxt exchange class that speaks through `wiring`."""

    class Strict(base):  # type: ignore[misc]  # ccxt has no types
        def milliseconds(self) -> int:
            return wiring.now_ms()

        def seconds(self) -> int:
            return wiring.now_ms() // 1000

        def microseconds(self) -> int:
            return wiring.now_ms() * 1000

        async def fetch2(
            self, path: str, api: Any = "public", method: str = "GET", params: Any = None, config: Any = None
        ) -> Any:
            rest = (params or {}, config or {})
            cost = float(self.calculate_rate_limiter_cost(api, method, path, *rest)) if wiring.unified else 1.0
            urgent = api == "private" or path.endswith(_BOOKS)
            async with wiring.pacer.turn(path, cost, urgent=urgent) as turn:
                return await _within(wiring, turn, super().fetch2(path, api, method, *rest))

        def on_json_response(self, body: str) -> Any:
            return json.loads(body, parse_float=str) if wiring.unified else orjson.loads(body)

        async def fetch(self, url: str, *rest: Any, **more: Any) -> Any:
            if wiring.home is not None and not _at_home(url, wiring.home):
                raise foreign.BadResponse(f"{urlsplit(url).netloc} is not the configured address {wiring.home}")
            return await super().fetch(url, *rest, **more)

        def on_rest_response(self, code: int, reason: str, url: str, method: str, headers: Any, *rest: Any) -> Any:
            if turn := _TURN.get(None):
                turn.headers, turn.replied_s = headers, asyncio.get_running_loop().time()
                wiring.pacer.learn(turn, wiring.now_ms())
            return super().on_rest_response(code, reason, url, method, headers, *rest)

        def handle_errors(
            self, code: int, reason: str, url: str, method: str, headers: Any, body: str, response: Any, *rest: Any
        ) -> Any:
            body = without(_secrets(self), body)
            try:
                _require_answer(self, code, reason, url, method, body, response)
                return super().handle_errors(code, reason, url, method, headers, body, response, *rest)
            except foreign.BaseError as error:
                error.reply = reply_of(code, headers, body, response, _secrets(self))
                raise

        def handle_http_status_code(self, code: int, reason: str, url: str, method: str, body: str) -> None:
            body = without(_secrets(self), body)
            try:
                super().handle_http_status_code(code, reason, url, method, body)
            except foreign.BaseError as error:
                error.reply = reply_of(code, {}, body, None)
                raise

    Strict.__name__ = Strict.__qualname__ = f"Strict{base.__name__.capitalize()}"
    return Strict


@asynccontextmanager
async def open_exchange(
    base: type[Any], wiring: Wiring, options: Mapping[str, Any], *, timeout_s: float, testnet: bool = False
) -> AsyncIterator[Any]:
    """A strict exchange over a session of its own, both closed on every path."""
    session = _session(wiring, timeout_s)
    exchange = None
    try:
        with foreign_decimals():
            exchange = strict_class(base, wiring)({**options, **_manners(session, timeout_s)})
        _settle(exchange, wiring, testnet=testnet)
        yield exchange
    finally:
        try:
            if exchange is not None:
                await exchange.close()
        finally:
            await session.close()


def _manners(session: aiohttp.ClientSession, timeout_s: float) -> dict[str, Any]:
    """What every exchange is told."""
    return {
        "session": session,
        "ssl_context": False,  # the session has its own
        "logger": _QUIET,
        "timeout": int(timeout_s * 1000),
        "timeout_on_exit": 0,
        "enableRateLimit": False,  # one authority: the pacer
        "verbose": False,
        "aiohttp_trust_env": False,
        "enableLastHttpResponse": False,
    }


def _settle(exchange: Any, wiring: Wiring, *, testnet: bool) -> None:
    """Point the exchange where it belongs. A configured address is never replaced by a test mode."""
    exchange.options["maxRetriesOnFailure"] = 0
    if wiring.home is not None:
        exchange.urls["api"] = rehomed(exchange.urls["api"], wiring.home)
        strays = [url for url in _leaves(exchange.urls["api"]) if not _at_home(url, wiring.home)]
        if strays or exchange.isSandboxModeEnabled:
            raise foreign.ExchangeError(f"the configured address {wiring.home} was replaced: {strays}")
    elif testnet:
        exchange.set_sandbox_mode(True)


def rehomed(urls: Any, home: str) -> Any:
    """A tree of ccxt's addresses with every scheme and host replaced by `home`, paths kept."""
    if isinstance(urls, Mapping):
        return {name: rehomed(branch, home) for name, branch in urls.items()}
    return home + urlsplit(urls).path if isinstance(urls, str) else urls


def _leaves(urls: Any) -> list[str]:
    if isinstance(urls, Mapping):
        return [leaf for branch in urls.values() for leaf in _leaves(branch)]
    return [urls] if isinstance(urls, str) else []


def _at_home(url: str, home: str) -> bool:
    return url == home or url.startswith((f"{home}/", f"{home}?"))


def _secrets(exchange: Any) -> tuple[object, ...]:
    """What signs; nothing where there are no keys."""
    return exchange.secret, exchange.apiKey


async def _within(wiring: Wiring, turn: Turn, request: Awaitable[Any]) -> Any:
    """Make a request in its turn; tell the pacer and the clock what came of it."""
    mark = _TURN.set(turn)
    try:
        reply = await request
    except foreign.BaseError as error:
        failure = translate(error, turn.path)
        if isinstance(failure, VenueThrottled):
            wiring.pacer.throttled(turn, failure.wait_s)
        raise
    finally:
        _TURN.reset(mark)
        wiring.stirred()
    wiring.pacer.let_in(turn)
    if turn.replied_s is not None:
        wiring.heard(turn.headers, reply, turn.sent_s, turn.replied_s)
    return reply


def _require_answer(exchange: Any, code: int, reason: str, url: str, method: str, body: str, parsed: Any) -> None:
    """Raise for a reply that is none: as its HTTP status says, else as what it is."""
    problem = unreadable(exchange.id, body, parsed)
    if problem is None:
        return
    exchange.handle_http_status_code(code, reason, url, method, body)
    kind = foreign.ExchangeNotAvailable if code >= 500 else foreign.BadResponse
    raise kind(f"HTTP {code}: not an answer of {exchange.id}: {problem}")


def _session(wiring: Wiring, timeout_s: float) -> aiohttp.ClientSession:
    """Connections of our own: no proxies from the environment, no redirects, every request counted as it leaves.

    (aiohttp sends a GET a second time where a kept connection turns out dead; the count and the pacer see that.)"""
    trace = aiohttp.TraceConfig()
    trace.on_request_redirect.append(_refuse_redirect)

    async def count(session: Any, context: SimpleNamespace, params: Any) -> None:
        wiring.sent += 1
        if turn := _TURN.get(None):
            turn.sends += 1

    trace.on_request_headers_sent.append(count)
    secure = wiring.home is None or wiring.home.startswith("https:")
    context = ssl.create_default_context(cafile=certifi.where()) if secure else False
    return aiohttp.ClientSession(
        connector=aiohttp.TCPConnector(ssl=context, limit=100),
        timeout=aiohttp.ClientTimeout(total=timeout_s),
        trust_env=False,
        trace_configs=[trace],
    )


async def _refuse_redirect(session: Any, context: SimpleNamespace, params: Any) -> None:
    """An exchange does not send its clients elsewhere; something between here and there does."""
    raise foreign.BadResponse(f"HTTP {params.response.status}: redirected to {params.response.headers.get('Location')}")

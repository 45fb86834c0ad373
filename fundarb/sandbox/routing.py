"""From a request to the handler's answer in its envelope: the route, the signature, the account's limits. No HTTP here."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Final
from urllib.parse import parse_qsl

import orjson

from fundarb.sandbox.clock import VenueClock
from fundarb.sandbox.envelope import Refusal, Request, Route, enveloped, refused
from fundarb.sandbox.limits import AccountLimits, Allowance
from fundarb.sandbox.replies import Reply, enveloped_reply, text_reply
from fundarb.sandbox.signing import Key, Signed, require_signed, require_writing

TOO_MANY: Final = 10006
BAD_PARAMETER: Final = 10001


@dataclass(frozen=True, slots=True)
class Asked:
    """A request as it came over the wire."""

    method: str
    path: str
    query: str = ""  # raw, as signed
    body: bytes = b""
    headers: Mapping[str, str] = field(default_factory=dict)  # looked up whatever the case of the name
    address: str = "127.0.0.1"


class Routing:
    """Every route of the exchange, served to whoever may ask; `advance` brings the account up to now first."""

    def __init__(
        self, routes: Sequence[Route], clock: VenueClock, key: Key, advance: Callable[[], None] = lambda: None
    ) -> None:
        self._routes = {(route.method, route.path): route for route in routes}
        self._clock, self._key, self._advance = clock, key, advance
        self._limits = AccountLimits(clock)

    def answer(self, asked: Asked, skew_ms: int = 0) -> Reply:
        """The reply, with the server's clock wrong by `skew_ms`; what no route serves is no page of this exchange."""
        route = self._routes.get((asked.method, asked.path))
        if route is None:
            return text_reply(404, "404 page not found")
        self._advance()
        now_ms = self._clock.now_ms() + skew_ms
        headers: dict[str, str] = {}
        try:
            params = _params(asked)
            uid = self._signer(route, asked, params, now_ms, headers)
            return enveloped_reply(enveloped(route.answer(Request(params, now_ms, uid)), now_ms), headers)
        except Refusal as refusal:
            return enveloped_reply(refused(refusal, now_ms), headers)

    def _signer(
        self, route: Route, asked: Asked, params: Mapping[str, Any], now_ms: int, headers: dict[str, str]
    ) -> str | None:
        """The account that asks, if the route wants to know; its limit is told in `headers`."""
        if not route.signed:
            return None
        payload = asked.query if asked.method == "GET" else asked.body.decode("utf-8", "replace")
        uid = require_signed(self._key, Signed.of(asked.headers), payload, now_ms, self._clock.wall_speed())
        if asked.method != "GET":
            require_writing(self._key)
        allowance = self._allowance(route, uid, params, now_ms)
        if allowance is not None:
            headers |= allowance.headers()
            if allowance.exceeded:
                raise Refusal(TOO_MANY, "Too many visits. Exceeded the API Rate Limit.")
        return uid

    def _allowance(self, route: Route, uid: str, params: Mapping[str, Any], now_ms: int) -> Allowance | None:
        """What the account has left; a route may allow a category more (`extra["per_second"]`), counted apart."""
        category = str(params.get("category") or "")
        by_category: Mapping[str, int] = route.extra.get("per_second", {})
        per_second = by_category.get(category, route.per_second)
        if per_second is None:
            return None
        counted = f"{route.path} {category}" if category in by_category else route.path
        return self._limits.take(uid, counted, per_second, now_ms)


def _params(asked: Asked) -> Mapping[str, Any]:
    """The query of a GET, the JSON object in the body of anything else."""
    if asked.method == "GET":
        return dict(parse_qsl(asked.query, keep_blank_values=True))
    try:
        found = orjson.loads(asked.body or b"{}")
    except orjson.JSONDecodeError:
        raise Refusal(BAD_PARAMETER, "params error: the body is no JSON") from None
    if not isinstance(found, dict):
        raise Refusal(BAD_PARAMETER, "params error: the body is no JSON object")
    return found

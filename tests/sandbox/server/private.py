"""A private side of two paths, and requests signed as the venue wants them."""

from __future__ import annotations

import hashlib
import hmac
from typing import Any

from fundarb.sandbox.envelope import Request, Route
from fundarb.sandbox.signing import Key

KEY = Key()
LOOK, TOUCH = "/v5/position/list", "/v5/order/create"


def look_and_touch(**more: Any) -> tuple[Route, Route]:
    """A signed GET and a signed POST; both tell who asked and what."""

    def answer(request: Request) -> dict[str, Any]:
        return {"uid": request.uid, "params": dict(request.params)}

    return Route("GET", LOOK, answer, signed=True, **more), Route("POST", TOUCH, answer, signed=True, **more)


def headers(payload: str, at_ms: int, key: Key = KEY) -> dict[str, str]:
    """What a client sends along with a query or a body."""
    window = "5000"
    text = f"{at_ms}{key.name}{window}{payload}"
    return {
        "X-BAPI-API-KEY": key.name,
        "X-BAPI-TIMESTAMP": str(at_ms),
        "X-BAPI-RECV-WINDOW": window,
        "X-BAPI-SIGN": hmac.new(key.secret.encode(), text.encode(), hashlib.sha256).hexdigest(),
    }

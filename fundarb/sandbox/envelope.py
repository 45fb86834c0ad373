"""How the exchange answers: Bybit's envelope around a result, or a refusal with its code."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any


@dataclass(frozen=True, slots=True)
class Request:
    """What a handler is told: the query or the parsed body, venue time, and who asks (None: nobody signed)."""

    params: Mapping[str, Any]
    now_ms: int
    uid: str | None = None


class Refusal(Exception):
    """A request answered with a retCode other than 0."""

    def __init__(self, code: int, message: str) -> None:
        super().__init__(f"{code} {message}")
        self.code, self.message = code, message


@dataclass(frozen=True, slots=True)
class Route:
    """How one path is served: by whom, signed or not, and under which limit per second of one UID (None: only the IP's).

    `extra["per_second"]` maps categories to limits of their own, each counted apart."""

    method: str
    path: str
    answer: Any  # Callable[[Request], Mapping[str, Any]]; raises Refusal
    signed: bool = False
    per_second: int | None = None
    extra: Mapping[str, Any] = field(default_factory=dict)


def enveloped(result: Mapping[str, Any], now_ms: int) -> dict[str, Any]:
    """A successful answer."""
    return {"retCode": 0, "retMsg": "OK", "result": result, "retExtInfo": {}, "time": now_ms}


def refused(refusal: Refusal, now_ms: int) -> dict[str, Any]:
    """A refusal, as the venue words it."""
    return {"retCode": refusal.code, "retMsg": refusal.message, "result": {}, "retExtInfo": {}, "time": now_ms}

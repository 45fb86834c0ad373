"""Who signed a request: HMAC-SHA256 over timestamp, key, window and payload, within a window around the venue's time.

Windows count wall time: at N times the speed they are N times as wide in venue time."""

from __future__ import annotations

import hashlib
import hmac
from collections.abc import Mapping
from dataclasses import dataclass, field
from decimal import Decimal
from typing import Final

from fundarb.sandbox.envelope import Refusal

AHEAD_MS: Final = 1_000
DEFAULT_WINDOW: Final = "5000"
UNKNOWN_KEY, BAD_SIGNATURE, BAD_TIME, FORBIDDEN = 10003, 10004, 10002, 10005


@dataclass(frozen=True, slots=True)
class Key:
    """The one key pair the exchange knows, and whose it is; `read_only` keys may look and not touch."""

    name: str = "sandbox-key"
    secret: str = field(default="sandbox-secret", repr=False)
    uid: str = "1"
    read_only: bool = False


@dataclass(frozen=True, slots=True)
class Signed:
    """What a request says of itself in its headers; all empty where nobody signed."""

    key: str
    timestamp: str
    window: str
    signature: str

    @classmethod
    def of(cls, headers: Mapping[str, str]) -> Signed:
        """The four headers."""
        return cls(
            headers.get("X-BAPI-API-KEY", ""),
            headers.get("X-BAPI-TIMESTAMP", ""),
            headers.get("X-BAPI-RECV-WINDOW", DEFAULT_WINDOW),
            headers.get("X-BAPI-SIGN", ""),
        )


def require_signed(key: Key, signed: Signed, payload: str, now_ms: int, wall_speed: Decimal) -> str:
    """The account that signed `payload` (the raw query or the exact body); a Refusal where nobody rightly did."""
    if not hmac.compare_digest(signed.key.encode(), key.name.encode()):
        raise Refusal(UNKNOWN_KEY, "API key is invalid.")
    _require_timely(signed, now_ms, wall_speed)
    text = f"{signed.timestamp}{signed.key}{signed.window}{payload}"
    expected = hmac.new(key.secret.encode(), text.encode(), hashlib.sha256).hexdigest()
    if not hmac.compare_digest(signed.signature.encode(), expected.encode()):
        raise Refusal(BAD_SIGNATURE, f"error sign! origin_string[{text}]")
    return key.uid


def require_writing(key: Key) -> None:
    """A read-only key changes nothing."""
    if key.read_only:
        raise Refusal(FORBIDDEN, "Permission denied, please check your API key permissions.")


def _require_timely(signed: Signed, now_ms: int, wall_speed: Decimal) -> None:
    """server - window <= timestamp < server + 1 s, in wall time."""
    stamps = (signed.timestamp, signed.window)
    if all(text.isascii() and text.isdigit() and len(text) <= 15 for text in stamps):
        lead_ms = int(signed.timestamp) - now_ms
        if -int(signed.window) * wall_speed <= lead_ms < AHEAD_MS * wall_speed:
            return
    raise Refusal(
        BAD_TIME,
        "invalid request, please check your server timestamp or recv_window param. "
        f"req_timestamp[{signed.timestamp}],server_timestamp[{now_ms}],recv_window[{signed.window}]",
    )

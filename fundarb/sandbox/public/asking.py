"""Parameters as the venue takes them: text or numbers, refused in its words, limits capped without a word."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final, Literal

from fundarb.sandbox.envelope import Refusal

BAD_PARAMETER: Final = 10001
Bound = Literal["startTime", "endTime", "start", "end"]


def required(params: Mapping[str, Any], name: str) -> str:
    """The text of a parameter that must be there."""
    text = str(params.get(name) or "")
    if not text:
        raise Refusal(BAD_PARAMETER, f"params error: {name} is required")
    return text


def moment_of(params: Mapping[str, Any], name: Bound) -> int | None:
    """A time in milliseconds; None where it is not given or empty."""
    text = str(params.get(name) or "")
    if not text:
        return None
    if not (text.isascii() and text.isdigit() and len(text) <= 15):
        raise Refusal(BAD_PARAMETER, f"params error: {name} invalid")
    return int(text)


def limit_of(params: Mapping[str, Any], default: int, most: int) -> int:
    """Rows a page: the default where none is asked for, silently no more than `most`."""
    text = str(params.get("limit") or "")
    if not text:
        return default
    if not (text.isascii() and text.isdigit() and len(text) <= 15 and int(text) > 0):
        raise Refusal(BAD_PARAMETER, "params error: limit invalid")
    return min(int(text), most)


def require_ordered(first_ms: int | None, last_ms: int | None) -> None:
    """An end before its start is no time."""
    if first_ms is not None and last_ms is not None and first_ms > last_ms:
        raise Refusal(BAD_PARAMETER, "Time Is Invalid")

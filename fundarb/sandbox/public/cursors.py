"""Page cursors: handed out percent-encoded, since clients echo them as they came, and now and then also on the last page."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any
from urllib.parse import quote, unquote
from zlib import crc32

from fundarb.sandbox.envelope import Refusal
from fundarb.sandbox.public.asking import BAD_PARAMETER

_WHOLE = re.compile(r"(?P<key>[a-z]+)=(?P<value>\d{1,15})", re.ASCII)


def cursor_to(**parts: str | int) -> str:
    """A cursor that carries these, percent-encoded."""
    return quote("&".join(f"{key}={value}" for key, value in parts.items()), safe="")


def after_last(cursor: str) -> str:
    """What stands for a cursor on the last page: for about every other one itself, leading to an empty page, else blank."""
    return cursor if crc32(cursor.encode()) % 2 else ""


def whole_in_cursor(params: Mapping[str, Any], key: str) -> int | None:
    """The number a cursor carries under a key; encoded once or twice, None where there is no cursor."""
    text = unquote(str(params.get("cursor") or ""))
    if not text:
        return None
    for part in text.split("&"):
        found = _WHOLE.fullmatch(part)
        if found and found["key"] == key:
            return int(found["value"])
    raise Refusal(BAD_PARAMETER, "params error: cursor invalid")

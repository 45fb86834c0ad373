"""Page cursors: handed out percent-encoded, since clients echo them as they came, and now and then also on the last page."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any
from urllib.parse import quote, unquote
from zlib import crc32

from fundarb.sandbox.envelope import Refusal
from fundarb.sandbox.public.asking import BAD_PARAMETER

_PART = re.compile(r"(?P<key>[a-z]+)=(?P<value>[A-Za-z0-9._-]*)")


def cursor_to(**parts: str | int) -> str:
    """A cursor that carries these, percent-encoded."""
    return quote("&".join(f"{key}={value}" for key, value in parts.items()), safe="")


def after_last(cursor: str) -> str:
    """What stands for a cursor on the last page: for about every other one itself, leading to an empty page, else blank."""
    return cursor if crc32(cursor.encode()) % 2 else ""


def cursor_of(params: Mapping[str, Any], key: str) -> str | None:
    """What the cursor given carries under a key; encoded once or twice, None where there is no cursor."""
    text = unquote(str(params.get("cursor") or ""))
    if not text:
        return None
    parts = {found["key"]: found["value"] for found in map(_PART.fullmatch, text.split("&")) if found}
    if key not in parts:
        raise Refusal(BAD_PARAMETER, "params error: cursor invalid")
    return parts[key]

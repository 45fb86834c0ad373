"""A reply before it goes onto the wire: status, bytes, headers, and how the transport is to misbehave."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import Enum
from typing import Any

import orjson

JSON, TEXT, HTML = "application/json", "text/plain", "text/html"


class Delivery(Enum):
    """What becomes of the reply on its way."""

    WHOLE = "whole"
    CUT = "cut"  # announced in full, half of it sent, then the connection is closed
    RESET = "reset"  # the connection is reset before a byte of it
    SILENCE = "silence"  # nothing, for as long as the client waits


@dataclass(frozen=True, slots=True)
class Reply:
    """One answer over HTTP; `code` is its retCode where it has an envelope."""

    status: int
    body: bytes
    content_type: str = JSON
    headers: Mapping[str, str] = field(default_factory=dict)
    code: int | None = None
    delivery: Delivery = Delivery.WHOLE


def enveloped_reply(envelope: Mapping[str, Any], headers: Mapping[str, str] | None = None) -> Reply:
    """An envelope as JSON; the status is 200 whatever the retCode, as the venue does it."""
    return Reply(200, orjson.dumps(envelope), headers=headers or {}, code=envelope["retCode"])


def json_reply(status: int, document: Mapping[str, Any]) -> Reply:
    """A document without an envelope: what the control paths answer."""
    return Reply(status, orjson.dumps(document))


def text_reply(status: int, text: str) -> Reply:
    """A line of text."""
    return Reply(status, text.encode(), TEXT)

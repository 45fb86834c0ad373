"""Is it an answer? A reply must be in the envelope of its venue; what is not is an error, never "nothing"."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from fundarb.domain.brief import brief

_CODES = ("retCode", "ret_code", "code", "label", "err_code")
_WORDS = ("retMsg", "ret_msg", "msg", "message", "err_msg", "error")
_TAGS = re.compile(r"<[^>]*>|\s+")
_SHOWN = 200


@dataclass(frozen=True, slots=True)
class Reply:
    """What a refusal rests on: the HTTP status, the venue's own code, its words, and how long it says to wait."""

    status: int
    code: str | None
    words: str
    retry_after_s: float | None


def without(secrets: Iterable[object], text: str) -> str:
    """Words of a venue without what it should not repeat: Bybit quotes the key where a signature is wrong, and an error goes
    into journals and answers."""
    for secret in secrets:
        if secret and isinstance(secret, str):
            text = text.replace(secret, "***")
    return text


def reply_of(
    status: int, headers: Mapping[str, str], body: str, parsed: object, secrets: Iterable[object] = ()
) -> Reply:
    """The evidence in a reply, whatever it looks like; secrets are blanked before it is cut."""
    said = parsed if isinstance(parsed, Mapping) else {}
    code = next((str(said[name]) for name in _CODES if said.get(name) is not None), None)
    words = next((str(said[name]) for name in _WORDS if said.get(name)), _TAGS.sub(" ", body).strip())
    return Reply(status, code, without(secrets, words)[:_SHOWN], _retry_after(headers))


def _retry_after(headers: Mapping[str, str]) -> float | None:
    """Seconds of a Retry-After header; the form with a date is no number and is left alone."""
    written = next((value for name, value in headers.items() if name.lower() == "retry-after"), "")
    return float(written) if re.fullmatch(r"\d{1,6}", written) else None


def _bybit(reply: Mapping[str, Any]) -> str | None:
    if not isinstance(reply.get("retCode", reply.get("ret_code")), int):
        return "it holds no retCode"
    if reply.get("retCode") == 0 and not isinstance(reply.get("result"), Mapping):
        return "it holds no result"
    return None


def _coded(success: str) -> Callable[[Mapping[str, Any]], str | None]:
    """Envelopes of a code and, where it says success, data."""

    def problem(reply: Mapping[str, Any]) -> str | None:
        if not isinstance(reply.get("code"), str):
            return "it holds no code"
        if reply["code"] == success and reply.get("data") is None:
            return "it holds no data"
        return None

    return problem


_ENVELOPES: dict[str, Callable[[Mapping[str, Any]], str | None]] = {
    "bybit": _bybit,
    "bybiteu": _bybit,
    "okx": _coded("0"),
    "okxus": _coded("0"),
    "myokx": _coded("0"),
    "bitget": _coded("00000"),
}


def unreadable(venue: str, body: str, parsed: object) -> str | None:
    """Why a reply is no answer of this venue; None where it is one."""
    envelope = _ENVELOPES.get(venue)
    if isinstance(parsed, Mapping) and parsed:
        problem = envelope(parsed) if envelope else None
    elif isinstance(parsed, list) and envelope is None:
        problem = None
    else:
        problem = "it is not JSON of the venue's form"
    return None if problem is None else f"{problem}: {brief(body.strip() or '(empty)')}"

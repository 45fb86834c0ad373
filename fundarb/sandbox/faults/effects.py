"""What a fault that ends a request makes of the reply."""

from __future__ import annotations

from dataclasses import replace
from typing import Final

from fundarb.sandbox.envelope import Refusal, enveloped, refused
from fundarb.sandbox.faults.rules import Kind, Rule
from fundarb.sandbox.replies import HTML, Delivery, Reply, enveloped_reply, text_reply

BAN_TEXT: Final = "access too frequent"
MESSAGES: Final = {
    10000: "Server Timeout",
    10002: "invalid request, please check your server timestamp or recv_window param",
    10006: "Too many visits. Exceeded the API Rate Limit.",
    10016: "Internal System Error.",
    170146: "Order creation timeout.",
}
_PAGE = "<html>\r\n<head><title>{title}</title></head>\r\n<body><center><h1>{title}</h1></center></body>\r\n</html>\r\n"
_TITLES = {200: "Just a moment...", 502: "502 Bad Gateway", 524: "524: A timeout occurred"}
_BLOCKED = "The Amazon CloudFront distribution is configured to block access from your country."


def spoiled(rule: Rule, reply: Reply | None, now_ms: int) -> Reply:
    """The reply that goes out instead; `reply` is what was to go out, None where the request was not processed."""
    whole = reply or enveloped_reply(enveloped({}, now_ms))
    match rule.fault:
        case Kind.TIMEOUT:
            return replace(whole, delivery=Delivery.SILENCE)
        case Kind.RESET:
            return replace(whole, delivery=Delivery.RESET)
        case Kind.TRUNCATE:
            return replace(whole, delivery=Delivery.CUT)
        case Kind.BROKEN_JSON:
            return replace(whole, body=whole.body[: max(1, len(whole.body) // 2)], code=None)
        case Kind.CODE:
            return enveloped_reply(refused(_refusal(rule), now_ms))
        case _:
            return _foreign(rule)


def _foreign(rule: Rule) -> Reply:
    """What no part of the exchange itself would say."""
    match rule.fault:
        case Kind.NULL:
            return Reply(200, b"null")
        case Kind.EMPTY:
            return Reply(200, b"")
        case Kind.FORBIDDEN:
            return text_reply(403, BAN_TEXT)
        case Kind.GEO_BLOCK:
            return Reply(403, _PAGE.format(title=_BLOCKED).encode(), HTML)
        case _:
            return Reply(rule.status, _PAGE.format(title=_TITLES.get(rule.status, str(rule.status))).encode(), HTML)


def _refusal(rule: Rule) -> Refusal:
    return Refusal(rule.code, rule.message or MESSAGES.get(rule.code, f"error {rule.code}"))

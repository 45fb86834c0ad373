"""Names of trades and orders. A client id is a pure function of trade, leg and attempt, and says what it was for."""

from __future__ import annotations

import re
from enum import StrEnum
from hashlib import blake2b

from fundarb.domain.orders import Leg

PREFIX = "fa"
_DIGITS = "0123456789abcdefghijklmnopqrstuvwxyz"
_LETTERS = {Leg.SPOT: "s", Leg.PERP: "p"}
_CLIENT_ID = re.compile(rf"{PREFIX}-(?P<trade>[0-9a-z]+-[0-9a-f]{{8}}[a-z])-[sp][0-9]+", re.ASCII)


class Doing(StrEnum):
    """What a trade does to a position; the letter stands at the end of its id."""

    ENTER = "e"
    LEAVE = "x"
    GUARD = "g"
    HEAL = "h"


def trade_id(portfolio: str, pair: str, doing: Doing, at_ms: int) -> str:
    """`m5dj2h8w-3fa9c1d2e`: when, whose and of which pair, and what for."""
    whose = blake2b(f"{portfolio} {pair}".encode(), digest_size=4).hexdigest()
    return f"{_base36(at_ms)}-{whose}{doing}"


def client_id(trade: str, leg: Leg, attempt: int) -> str:
    """`fa-m5dj2h8w-3fa9c1d2e-s1`: at most 36 letters, digits and dashes, as venues ask for."""
    return f"{PREFIX}-{trade}-{_LETTERS[leg]}{attempt}"


def trade_of(client: str | None) -> str | None:
    """The trade a client id belongs to; None for an id that is none of ours."""
    found = _CLIENT_ID.fullmatch(client or "")
    return None if found is None else found["trade"]


def doing_of(trade: str) -> Doing:
    """What a trade was for."""
    return Doing(trade[-1])


def _base36(number: int) -> str:
    text = ""
    while number:
        number, digit = divmod(number, 36)
        text = _DIGITS[digit] + text
    return text or "0"

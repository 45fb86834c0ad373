"""What a strategy asks for, what risk approves or refuses, and the words that go with it."""

from __future__ import annotations

from dataclasses import dataclass
from decimal import Decimal
from enum import StrEnum
from fractions import Fraction


class EntryReason(StrEnum):
    """Why a position was opened."""

    RATE = "rate"
    SCORE = "score"
    BAND = "band"
    HOLD = "hold"


class ExitReason(StrEnum):
    """Why a position was closed; the first due of stale, the strategy's own, time wins."""

    RATE = "rate"
    SCORE = "score"
    BAND = "band"
    ROTATED = "rotated"
    STALE = "stale"
    TIME = "time"
    END = "end"
    LIQUIDATION = "liquidation"
    GUARD = "guard"
    DELISTING = "delisting"
    MARGIN = "margin"
    FLATTENED = "flattened"


class Refusal(StrEnum):
    """Why the gate refused a request, in the order the gate asks."""

    HALTED = "halted"
    MAX_POSITIONS = "max_positions"
    ALREADY_OPEN = "already_open"
    STALE_DATA = "stale_data"
    DELISTING_NOTICE = "delisting_notice"
    BELOW_BREAK_EVEN = "below_break_even"
    ILLIQUID = "illiquid"
    PORTFOLIO_CAP = "portfolio_cap"
    VENUE_CAP = "venue_cap"
    INSUFFICIENT_CASH = "insufficient_cash"
    BELOW_MINIMUM = "below_minimum"


@dataclass(frozen=True, slots=True)
class EntryRequest:
    """A pair the strategy wants to enter, at what target in quote currency, and why."""

    pair: str
    target: Decimal | Fraction
    reason: EntryReason
    score: Decimal | None = None


@dataclass(frozen=True, slots=True)
class ExitRequest:
    """A pair to close, and why."""

    pair: str
    reason: ExitReason


@dataclass(frozen=True, slots=True)
class Refused:
    """Forbidden, not broken: the request, the rule that refused it and the figures in words."""

    pair: str
    reason: Refusal
    words: str = ""

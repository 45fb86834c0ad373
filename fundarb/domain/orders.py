"""Orders and fills: an intent is written before it is sent, and its outcome may stay unknown until the venue is asked."""

from __future__ import annotations

from dataclasses import dataclass
from decimal import Decimal
from enum import StrEnum


class Leg(StrEnum):
    """The two halves of a position."""

    SPOT = "spot"
    PERP = "perp"


class Side(StrEnum):
    """What an order does in its market."""

    BUY = "buy"
    SELL = "sell"


class OrderState(StrEnum):
    """intent → sent → acked | unknown → filled | rejected; nothing is sent before its intent is durable."""

    INTENT = "intent"
    SENT = "sent"
    ACKED = "acked"
    UNKNOWN = "unknown"
    FILLED = "filled"
    REJECTED = "rejected"


NEXT_STATES: dict[OrderState, frozenset[OrderState]] = {
    OrderState.INTENT: frozenset({OrderState.SENT, OrderState.REJECTED}),
    OrderState.SENT: frozenset({OrderState.ACKED, OrderState.UNKNOWN, OrderState.FILLED, OrderState.REJECTED}),
    OrderState.ACKED: frozenset({OrderState.UNKNOWN, OrderState.FILLED, OrderState.REJECTED}),
    OrderState.UNKNOWN: frozenset({OrderState.SENT, OrderState.ACKED, OrderState.FILLED, OrderState.REJECTED}),
    OrderState.FILLED: frozenset(),
    OrderState.REJECTED: frozenset(),
}


@dataclass(frozen=True, slots=True)
class Order:
    """One order of one leg; `client_id` is a pure function of trade, leg and attempt."""

    client_id: str
    trade_id: str
    symbol: str
    leg: Leg
    side: Side
    qty: Decimal
    limit: Decimal | None
    reduce_only: bool
    created_ms: int
    state: OrderState = OrderState.INTENT
    venue_id: str | None = None
    reason: str | None = None


@dataclass(frozen=True, slots=True)
class Fill:
    """One execution: gross quantity, price and the fee as the venue took it; `fair` is the price before slippage."""

    execution_id: str
    client_id: str | None
    symbol: str
    leg: Leg
    side: Side
    qty: Decimal
    price: Decimal
    fair: Decimal
    fee: Decimal
    fee_currency: str
    filled_at_ms: int

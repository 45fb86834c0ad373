"""The venue's refusals of private requests: its codes in its words."""

from __future__ import annotations

from typing import Final

from fundarb.sandbox.envelope import Refusal
from fundarb.sandbox.market.source import Category

MESSAGES: Final = {
    10005: "Permission denied, please check your API key permissions.",
    110001: "order not exists or too late to cancel",
    110003: "Order price exceeds the allowable range.",
    110007: "ab not enough for new order",
    110012: "Insufficient available balance.",
    110013: "cannot set leverage due to risk limit level",
    110017: "current position is zero, cannot fix reduce-only order qty",
    110024: "You have an existing position, so position mode cannot be switched",
    110025: "Position mode is not modified",
    110028: "Open orders exist, so you cannot change position mode",
    110043: "leverage not modified",
    110072: "OrderLinkedID is duplicate",
    110074: "This contract is not live",
    131211: "fromAccountType can't be the same as toAccountType",
    131212: "Insufficient balance",
    131214: "TransferId exist",
    131215: "Amount error",
    170115: "Invalid timeInForce.",
    170116: "Invalid orderType.",
    170121: "Invalid symbol.",
    170131: "Insufficient balance.",
    170134: "Order price has too many decimals.",
    170135: "Order quantity exceeded upper limit.",
    170136: "Order quantity exceeded lower limit.",
    170137: "Order quantity has too many decimals.",
    170140: "Order value exceeded lower limit.",
    170141: "Duplicate clientOrderId.",
    170193: "Buy order price cannot be higher than the price limit.",
    170194: "Sell order price cannot be lower than the price limit.",
    170213: "Order does not exist.",
    3400045: "Set margin mode failed",
}


def refusal(code: int, message: str | None = None) -> Refusal:
    """One of the refusals above, or with words of its own."""
    return Refusal(code, message or MESSAGES[code])


def bad_parameter(what: str) -> Refusal:
    """10001: the request itself is wrong."""
    return Refusal(10001, f"params error: {what}")


def no_such_order(category: Category) -> Refusal:
    """An order that is not there, not there yet, or already closed."""
    return refusal(170213 if category == "spot" else 110001)

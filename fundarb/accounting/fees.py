"""What trading costs: fees in quote or, on spot buys, in base coin; and the round trip of a pair."""

from __future__ import annotations

from decimal import Decimal
from typing import NamedTuple

from fundarb.accounting.grid import N

BASE = "base"
QUOTE = "quote"


class PairCosts(NamedTuple):
    """The costs of one pair, as fractions of notional; `fee_in_base` is about spot buys."""

    fee_spot: Decimal
    fee_perp: Decimal
    slippage: Decimal
    fee_in_base: bool


def fee_value(qty: N, price: N, rate: N) -> N:
    """A fee in quote currency."""
    return qty * price * rate


def base_fee(order: N, fee_spot: N) -> N:
    """The base coin withheld from a spot buy."""
    return order * fee_spot


def arrived(order: N, fee_spot: N) -> N:
    """What is left of a spot buy whose fee is taken in base."""
    return order * (1 - fee_spot)


def round_trip(fee_spot: N, fee_perp: N, slippage: N) -> N:
    """Cost of opening and closing both legs, as a fraction of notional."""
    return 2 * (fee_spot + fee_perp) + 4 * slippage


def round_trip_bp(costs: PairCosts) -> Decimal:
    """The same in basis points."""
    return 10_000 * round_trip(costs.fee_spot, costs.fee_perp, costs.slippage)

"""Fill prices: what slippage makes of an open, and the spot price that stands in for a missing one."""

from __future__ import annotations

from decimal import Decimal

from fundarb.accounting.grid import N
from fundarb.domain.money import quotient12


def bought_at(fair: N, slippage: N) -> N:
    """What a buyer pays."""
    return fair * (1 + slippage)


def sold_at(fair: N, slippage: N) -> N:
    """What a seller gets."""
    return fair * (1 - slippage)


def haircut_price(close: N, haircut: N) -> N:
    """What spot of a delisted pair fetches."""
    return close * (1 - haircut)


def stand_in_spot(perp_price: Decimal, multiplier: Decimal) -> Decimal:
    """A spot price for a pair without spot candles: perp price / multiplier, rounded once at 12 decimals."""
    return quotient12(perp_price, multiplier)

"""Isolated margin of a linear contract after Bybit's published rules (help centre, unified account, 2026).

initial margin = entry value / leverage + fee to close at the bankruptcy price; maintenance = mark value × rate + the same
fee, so the fee cancels where they meet: a short is liquidated at bust / (1 + rate), a long at bust / (1 − rate). Bust is
the price at which loss and fee eat exactly what was posted: a short's is entry × (1 + 1/L) + extra / ((1 + fee) × size).
"""

from __future__ import annotations

from decimal import Decimal

from fundarb.domain.money import ONE, quotient12
from fundarb.sandbox.account.records import Position

_SMALLEST = Decimal("1e-12")


def bust_price(position: Position, taker: Decimal) -> Decimal:
    """Where the margin is gone, never below the smallest price."""
    direction = _direction(position)
    plain = position.average - direction * quotient12(position.average, position.leverage)
    spare = quotient12(position.extra, (ONE - direction * taker) * abs(position.size))
    return max(plain - direction * spare, _SMALLEST)


def liquidation_price(position: Position, taker: Decimal, maintenance: Decimal) -> Decimal:
    """The mark price at which the venue takes over."""
    return quotient12(bust_price(position, taker), ONE - _direction(position) * maintenance)


def closing_fee(position: Position, taker: Decimal) -> Decimal:
    """The fee set aside for closing at the bankruptcy price, extra margin left out."""
    plain = position.average - _direction(position) * quotient12(position.average, position.leverage)
    return abs(position.size) * plain * taker


def initial_margin(position: Position, taker: Decimal) -> Decimal:
    """What is posted, extra margin left out."""
    value = abs(position.size) * position.average
    return quotient12(value, position.leverage) + closing_fee(position, taker)


def maintenance_margin(position: Position, mark: Decimal, taker: Decimal, maintenance: Decimal) -> Decimal:
    """What must be left of it."""
    return abs(position.size) * mark * maintenance + closing_fee(position, taker)


def unrealised(position: Position, mark: Decimal) -> Decimal:
    """Profit at the mark price."""
    return (mark - position.average) * position.size


def _direction(position: Position) -> Decimal:
    return ONE if position.size > 0 else -ONE

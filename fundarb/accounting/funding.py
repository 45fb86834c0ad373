"""Funding: the payment at the mark, rates on one footing, and how long a rate takes to earn its costs back."""

from __future__ import annotations

import math
from decimal import Decimal
from fractions import Fraction

from fundarb.accounting.grid import N
from fundarb.domain.instants import HOUR
from fundarb.domain.money import quotient12

YEAR_H = 8760
WIDEST_CAP = Decimal("0.05")  # no venue we know lets one settlement cost more of the notional


def payment(qty: N, mark: N, rate: N) -> N:
    """What a short of `qty` receives; negative rates are paid."""
    return qty * mark * rate


def rate_8h(rate: Decimal, interval_ms: int) -> Fraction:
    """A settled rate as if it were paid every 8 h."""
    return Fraction(rate) * 8 * HOUR / interval_ms


def apr(rate: Decimal, interval_ms: int) -> Fraction:
    """Simple annual rate."""
    return Fraction(rate) * YEAR_H * HOUR / interval_ms


def compounded_apr(rate: Decimal, interval_ms: int) -> float:
    """Annual rate if every payment were put back to work; for display only."""
    return math.pow(1.0 + float(rate), YEAR_H * HOUR / interval_ms) - 1.0


def break_even_periods(cost: Decimal, rate: Decimal) -> int | None:
    """Settlements at `rate` that cover `cost` (both fractions of notional); None where they never do."""
    return math.ceil(Fraction(cost) / Fraction(rate)) if rate > 0 else None


def hours_to_break_even(cost: Decimal, rate: Decimal, interval_ms: int) -> Fraction | None:
    """Hours at `rate` that cover `cost`, exactly; None where they never do or the settlement has no interval."""
    if rate <= 0 or interval_ms <= 0:
        return None
    return Fraction(cost) * interval_ms / (Fraction(rate) * HOUR)


def idle_interest(free_cash: Decimal, idle_apr: Decimal, since_ms: int, until_ms: int) -> Decimal:
    """Interest on idle cash over a stretch of time, rounded once at 12 decimals; none on a debt."""
    if free_cash <= 0:
        return Decimal(0)
    return quotient12(free_cash * idle_apr * (until_ms - since_ms), Decimal(YEAR_H * HOUR))

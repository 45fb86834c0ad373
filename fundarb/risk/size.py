"""From a request to a target in quote currency: fixed, or by conviction inside the drawdown and correlation scales."""

from __future__ import annotations

import math
from collections.abc import Callable
from decimal import Decimal
from fractions import Fraction

from fundarb.domain.money import ONE, ZERO, round6
from fundarb.risk.sizing import SizingParams


def target_of(
    requested: Decimal | Fraction,
    score: Decimal | None,
    params: SizingParams,
    drawdown: Callable[[], Fraction],
    nth: int,
) -> Decimal | Fraction:
    """What to aim for: as requested, or (conviction, where there is a score) (size_min + (size_max − size_min) c) d w."""
    if params.mode == "fixed" or score is None:
        return requested
    conviction = clipped6(_between(score, params.c_min, params.c_max))
    calm = clipped6(1 - _between(drawdown(), params.drawdown_start, params.drawdown_stop))
    size = params.size_min + (params.size_max - params.size_min) * conviction
    return size * calm * correlation_scale(nth, params.rho)


def correlation_scale(nth: int, rho: Decimal) -> Decimal:
    """1/√(1 + (n−1)ρ) for the n-th position, so that n correlated positions weigh as one bet."""
    return ONE if not rho else clipped6(Fraction(1.0 / math.sqrt(1.0 + (nth - 1) * float(rho))))


def clipped6(value: Fraction) -> Decimal:
    """Clipped to [0, 1] and rounded to 6 places."""
    return round6(min(max(value, Fraction(0)), Fraction(1)))


def _between(value: Decimal | Fraction, low: Decimal, high: Decimal) -> Fraction:
    """How far value has come from low to high; exact."""
    return (Fraction(value) - Fraction(low)) / (Fraction(high) - Fraction(low))


def drawdown_of(last: Decimal, highest: Decimal) -> Fraction:
    """1 − last sample / highest sample so far."""
    return 1 - Fraction(last) / Fraction(highest) if highest > ZERO else Fraction(1)

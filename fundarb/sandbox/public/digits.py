"""Numbers as the venue writes them: plain text, exact where they are exact, rounded once where they are ratios."""

from __future__ import annotations

from decimal import Decimal
from fractions import Fraction
from typing import Final

HALF: Final = Decimal("0.5")  # open interest counts both sides of every contract


def plain(value: Decimal | None) -> str:
    """The digits without exponent; the empty text for what is absent."""
    return "" if value is None else format(value, "f")


def ratio(numerator: Decimal, denominator: Decimal, places: int) -> str:
    """A quotient with so many decimals, half-even; 0 where there is nothing to divide by."""
    if not denominator:
        return plain(Decimal(0).scaleb(-places))
    scaled = round(Fraction(numerator) / Fraction(denominator) * 10**places)
    return plain(Decimal(scaled).scaleb(-places))


def decimals(step: Decimal) -> str:
    """How many decimals a step has, as text."""
    exponent = step.as_tuple().exponent
    assert isinstance(exponent, int)
    return str(max(0, -exponent))

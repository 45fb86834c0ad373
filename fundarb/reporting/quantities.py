"""Amounts of coins and prices for people: seven digits that matter, thousands apart, millions as such, never an exponent."""

from __future__ import annotations

from decimal import Decimal

MILLION = 1_000_000
DIGITS = 7


def quantity(value: Decimal | str | float) -> str:
    """`0.06700093`, `10,200.79`, `3,008.608M`."""
    number = value if isinstance(value, Decimal) else Decimal(str(value))
    if not number:
        return "0"
    millions = abs(number) >= MILLION
    left = number.adjusted() + 1 - (6 if millions else 0)  # digits before the point; below 0 the zeros after it
    places = min(max(DIGITS - left, 0), 12)
    text = f"{float(number) / (MILLION if millions else 1):,.{places}f}"
    text = text.rstrip("0").rstrip(".") if "." in text else text
    return f"{text}M" if millions else text

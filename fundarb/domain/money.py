"""Exact numbers: one decimal context for the whole process, canonical text, and the few roundings money allows.

Sums and products are never rounded: the context is wide and an inexact result raises. Quotients that enter money go
through `quotient12` (12 decimals, half-even) or are whole lot counts.
"""

from __future__ import annotations

import decimal
import re
from decimal import ROUND_HALF_EVEN, Decimal
from fractions import Fraction

from fundarb.domain.brief import brief

PRECISION = 400
TWELVE = Decimal("1e-12")
SIX = Decimal("1e-6")
UNIT = 10**12  # scores and forecasts are compared as whole numbers of its inverse
ZERO = Decimal(0)
ONE = Decimal(1)
MAX_DIGITS = 30  # on either side of the point, for anything that comes from outside

_TRAPS = (
    decimal.InvalidOperation,
    decimal.DivisionByZero,
    decimal.Overflow,
    decimal.Inexact,
    decimal.FloatOperation,
)
CONTEXT = decimal.Context(prec=PRECISION, rounding=ROUND_HALF_EVEN, traps=list(_TRAPS))
_ROUNDING = decimal.Context(prec=PRECISION, rounding=ROUND_HALF_EVEN, traps=[decimal.InvalidOperation])

_PLAIN = re.compile(r"[+-]?(?:\d+\.?\d*|\.\d+)(?:[eE][+-]?\d{1,3})?", re.ASCII)


def install_context() -> None:
    """Make CONTEXT the default of new threads and the current one here."""
    for name in ("prec", "rounding", "Emin", "Emax", "capitals", "clamp"):
        setattr(decimal.DefaultContext, name, getattr(CONTEXT, name))
    for signal in decimal.DefaultContext.traps:
        decimal.DefaultContext.traps[signal] = signal in _TRAPS
    decimal.setcontext(CONTEXT.copy())


def parse(text: str) -> Decimal:
    """The Decimal written in `text`; ValueError for anything but a finite plain or exponent number of sane size."""
    stripped = text.strip()
    if not _PLAIN.fullmatch(stripped):
        raise ValueError(f"not a number: {brief(text)}")
    value = Decimal(stripped)
    if value and not -MAX_DIGITS <= value.adjusted() < MAX_DIGITS:
        raise ValueError(f"outside what can be stored (1e-{MAX_DIGITS} to 1e{MAX_DIGITS}): {brief(text)}")
    if len(canonical(value).partition(".")[2]) > MAX_DIGITS:
        raise ValueError(f"more than {MAX_DIGITS} decimals: {brief(text)}")
    return value


def canonical(value: Decimal) -> str:
    """Plain text without exponent, trailing zeros or a negative zero."""
    text = format(value, "f")
    if "." in text:
        text = text.rstrip("0").rstrip(".")
    return "0" if text in ("-0", "0", "") else text


def of_float(value: float) -> Decimal:
    """The decimal a float was read from: exact for any number of at most 15 significant digits."""
    return Decimal(repr(value))


def score12(value: float) -> Decimal:
    """A float on its way into a decision: its exact binary value at 12 decimals, half-even."""
    return _ROUNDING.quantize(Decimal.from_float(value), TWELVE)


def round6(value: float | Fraction | Decimal) -> Decimal:
    """A sizing multiplier: 6 decimals, half-even, of the exact value."""
    return _round(value if isinstance(value, Fraction) else Fraction(value), 6)


def quotient12(numerator: Decimal, denominator: Decimal) -> Decimal:
    """numerator / denominator rounded once, 12 decimals, half-even."""
    (top, above), (bottom, below) = numerator.as_integer_ratio(), denominator.as_integer_ratio()
    return _rounded(top * below, bottom * above, 12)


def _round(value: Fraction, places: int) -> Decimal:
    """Round an exact fraction half-even at `places` decimals."""
    return _rounded(value.numerator, value.denominator, places)


def _rounded(numerator: int, denominator: int, places: int) -> Decimal:
    """Round a quotient of whole numbers half-even at `places` decimals."""
    if denominator < 0:
        numerator, denominator = -numerator, -denominator
    whole, rest = divmod(numerator * 10**places, denominator)
    twice = 2 * rest
    if twice > denominator or (twice == denominator and whole & 1):
        whole += 1
    return Decimal(whole).scaleb(-places)


def floor_to(value: Decimal | Fraction, step: Decimal) -> Decimal:
    """The largest multiple of `step` not above `value`."""
    return Decimal(Fraction(value) // Fraction(step)) * step


def ceil_to(value: Decimal | Fraction, step: Decimal) -> Decimal:
    """The smallest multiple of `step` not below `value`."""
    return Decimal(-(-Fraction(value) // Fraction(step))) * step

"""A context for ccxt: it rounds in the current one and changes it, which fundarb's exact context forbids."""

from __future__ import annotations

import decimal
from collections.abc import Iterator
from contextlib import contextmanager

_FOREIGN = decimal.Context(
    prec=28,
    rounding=decimal.ROUND_HALF_EVEN,
    traps=[decimal.InvalidOperation, decimal.DivisionByZero, decimal.Overflow],
)


@contextmanager
def foreign_decimals() -> Iterator[None]:
    """Python's usual context for what runs inside, tasks started there included; fundarb's stands again after."""
    with decimal.localcontext(_FOREIGN):
        yield

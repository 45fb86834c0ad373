"""The one check of content that every store makes: a number that is not finite would poison each later sum."""

from __future__ import annotations

from collections.abc import Sequence
from decimal import Decimal

from fundarb.domain.ledger import LedgerLine


def require_finite(*values: Decimal | None) -> None:
    """ValueError naming the first value that is not finite."""
    for value in values:
        if value is not None and not value.is_finite():
            raise ValueError(f"not a finite number: {value}")


def line_numbers(lines: Sequence[LedgerLine]) -> list[Decimal]:
    """Every number in some ledger lines."""
    return [value for line in lines for value in line if isinstance(value, Decimal)]

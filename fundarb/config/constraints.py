"""Constraints of a grid: `path < path` or `path < number`, between parameters that are numbers."""

from __future__ import annotations

import re
from decimal import Decimal

from fundarb.config.grid import COMPARISONS, Constraint
from fundarb.config.schema import Leaf, Unknown, find
from fundarb.config.settings import SCHEMA
from fundarb.parameters import read_number, read_whole

_WRITTEN = re.compile(r"\s*(\S+?)\s*(<=|>=|==|!=|<|>)\s*(\S+)\s*")


def read_constraint(text: str) -> Constraint:
    """A constraint as it was written; ValueError says what is wrong with it."""
    match = _WRITTEN.fullmatch(text)
    if not match:
        comparisons = ", ".join(COMPARISONS)
        raise ValueError(f"{text[:60]!r} is not written PATH < PATH; allowed comparisons: {comparisons}")
    return Constraint(_side(match[1]), match[2], _side(match[3]))


def _side(text: str) -> str | Decimal:
    target = find(SCHEMA, text)
    if isinstance(target, Leaf):
        if target.reading.parse not in (read_number, read_whole):
            raise ValueError(f"{text} is no number ({target.allowed}), so it cannot be compared")
        return text
    try:
        return read_number(text)
    except ValueError:
        hint = target.hint if isinstance(target, Unknown) else "it is a section, not a value"
        raise ValueError(f"{text[:60]} is neither a number nor a path; {hint}") from None

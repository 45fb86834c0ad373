"""What a grid file asks for: how to search, what is fixed, what is varied, and which combinations are not tried."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from decimal import Decimal
from operator import eq, ge, gt, le, lt, ne
from typing import Literal, get_args

from fundarb.config.layers import Raw
from fundarb.research.search.space import Space

Method = Literal["grid", "random", "tpe"]
METHODS: tuple[Method, ...] = get_args(Method)
MOST_SETS = 1_000_000
MOST_NUMBERED = 2**63 - 1  # that random or tpe chooses among: a set is known by its number
COMPARISONS: dict[str, Callable[[Decimal, Decimal], bool]] = {
    "<=": le,
    ">=": ge,
    "==": eq,
    "!=": ne,
    "<": lt,
    ">": gt,
}


@dataclass(frozen=True, slots=True)
class Constraint:
    """`left < right`: each side a path or a number. A null is no number, and breaks nothing."""

    left: str | Decimal
    comparison: str
    right: str | Decimal

    def holds(self, value_of: Callable[[str], object]) -> bool:
        """Whether it holds for these values."""
        left, right = (value_of(side) if isinstance(side, str) else side for side in (self.left, self.right))
        return left is None or right is None or COMPARISONS[self.comparison](Decimal(str(left)), Decimal(str(right)))

    def __str__(self) -> str:
        return f"{self.left} {self.comparison} {self.right}"


@dataclass(frozen=True, slots=True)
class Grid:
    """A grid file, read and checked value by value; combinations are checked as they are made."""

    method: Method
    trials: int | None
    seed: int
    fixed: Mapping[str, Raw]
    space: Space
    constraints: tuple[Constraint, ...]
    where: str

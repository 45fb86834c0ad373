"""Floors and ceilings on a lot grid, for Decimal and float alike.

What both speeds share is written over `N` with whole-number literals and without division; `eps`, in steps, is 0 where
numbers are exact and 1e-9 where they are floats (`0.3 // 0.1 == 2.0`). Nothing here is below zero: `//` truncates Decimals.
"""

from __future__ import annotations

from decimal import Decimal
from typing import TypeVar

N = TypeVar("N", Decimal, float)


def whole_steps(value: N, step: N, eps: N) -> N:
    """How many steps fit into `value`."""
    return (value + eps * step) // step


def covering_steps(value: N, step: N, eps: N) -> N:
    """The fewest steps that reach `value`."""
    count = whole_steps(value, step, eps)
    return count + 1 if count * step < value - eps * step else count


def floored(value: N, step: N, eps: N) -> N:
    """The largest multiple of `step` not above `value`."""
    return whole_steps(value, step, eps) * step

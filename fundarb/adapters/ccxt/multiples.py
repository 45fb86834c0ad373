"""1000PEPE is 1000 PEPE: a leading power of ten of a base is a multiplier, but only where the rest trades on spot."""

from __future__ import annotations

import re
from collections.abc import Container
from decimal import Decimal

from fundarb.domain.money import ONE

_MULTIPLE = re.compile(r"(10+)(\D.*)", re.ASCII)


def underlying(base: str, on_spot: Container[str]) -> tuple[str, Decimal]:
    """The base of the spot market a perp goes with, and how many of it one perp unit is."""
    match = _MULTIPLE.fullmatch(base)
    if match and base not in on_spot and match[2] in on_spot:
        return match[2], Decimal(match[1])
    return base, ONE

"""Funding rates as whole numbers, so that levels and aprs of any interval compare as the exact rationals they are."""

from __future__ import annotations

import math
from dataclasses import dataclass
from decimal import Decimal
from fractions import Fraction
from typing import Any

import numpy as np
from numpy.typing import NDArray

from fundarb.domain.instants import HOUR
from fundarb.domain.money import canonical
from fundarb.signals.digits import whole_numbers
from fundarb.signals.panel import Flags, Floats, SettlementRows, Stamps

TOLERANCE = Fraction(1, 10**12)
_SAFE = 2**62


@dataclass(frozen=True, slots=True, eq=False)
class RateKeys:
    """`key` is proportional to rate per hour: rate_8h = key / scale. Rows without an interval have `known` False."""

    key: NDArray[Any]
    scale: Fraction
    known: Flags

    def at_least(self, rate_8h: Decimal) -> Flags:
        """rate_8h >= the threshold, within the tolerance of semantics §1; False where there is no interval."""
        flags: Flags = (self.key >= self.bound(rate_8h)).astype(np.bool_)
        return flags & self.known

    def below(self, rate_8h: Decimal) -> Flags:
        """rate_8h < the threshold, within the tolerance of semantics §1; False where there is no interval."""
        flags: Flags = (self.key < self.bound(rate_8h)).astype(np.bool_)
        return flags & self.known

    def bound(self, rate_8h: Decimal) -> Fraction | int:
        """The least key that counts as at least the threshold, the tolerance included."""
        bound = (Fraction(rate_8h) - TOLERANCE) * self.scale
        return bound if self.key.dtype == object else math.ceil(bound)


def rate_keys(rows: SettlementRows) -> RateKeys:
    """Exact keys for all rows: 64-bit integers where they fit, Python's or fractions otherwise."""
    digits, places = mantissas(rows)
    known = rows.interval_ms > 0
    spans = np.where(known, rows.interval_ms, 8 * HOUR)
    common = math.lcm(*_distinct(spans))
    largest = max((abs(int(x)) for x in (digits.max(), digits.min())), default=0) if len(digits) else 0
    if common >= _SAFE:  # stamps off any grid
        return RateKeys(digits.astype(object) * _reciprocals(spans), Fraction(10**places, 8 * HOUR), known)
    factor = common // spans
    if largest * int(factor.max(initial=1)) >= _SAFE:
        digits, factor = digits.astype(object), factor.astype(object)
    return RateKeys(digits * factor, Fraction(common * 10**places, 8 * HOUR), known)


def _reciprocals(spans: Stamps) -> NDArray[Any]:
    """1 / each interval, exactly."""
    return np.array([Fraction(1, span) for span in spans.tolist()], dtype=object)


def _distinct(spans: Stamps) -> list[int]:
    """The intervals there are; most often one."""
    if not len(spans) or spans.min() == spans.max():
        return [int(span) for span in spans[:1]]
    return [int(span) for span in np.unique(spans)]


def mantissas(rows: SettlementRows) -> tuple[NDArray[Any], int]:
    """(whole numbers, decimals): rate = whole / 10**decimals for every row, exactly."""
    found = None if rows.wide.get("rate") else whole_numbers(rows.rate)
    if found is not None:
        return found
    exact = [rows.rate_exact(row) for row in range(len(rows.rate))]
    places = max((len(canonical(x).partition(".")[2]) for x in exact), default=0)
    return np.array([int(x.scaleb(places)) for x in exact], dtype=object), places


def apr(rows: SettlementRows) -> Floats:
    """rate * 8760 / interval_h, simple: what a year of such settlements pays; NaN where there is no interval."""
    return rate_8h_bp(rows) * (1e-4 * 1095.0)


def rate_8h_bp(rows: SettlementRows) -> Floats:
    """rate_8h in basis points; NaN where there is no interval."""
    with np.errstate(divide="ignore", invalid="ignore"):
        level = rows.rate * 1e4 * (8 * HOUR) / rows.interval_ms
    return np.where(rows.interval_ms > 0, level, np.nan)


def consecutive(flags: Flags, offsets: Stamps, count: int) -> Flags:
    """Rows at which the flag held for `count` rows of the same pair, this one included."""
    if count == 1:
        return flags
    misses = np.concatenate(([0], np.cumsum(~flags)))
    row = np.arange(len(flags))
    first = np.repeat(offsets[:-1], np.diff(offsets))
    start = row - count + 1
    enough: Flags = (start >= first) & (misses[row + 1] == misses[np.maximum(start, 0)])
    return enough

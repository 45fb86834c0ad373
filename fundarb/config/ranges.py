"""Ranges of a grid as exact numbers: from min to max by a step, or so many of them, evenly spaced or evenly in ratio.

Both ends belong to a range; where steps do not meet max it ends below. A whole-number parameter takes the nearest whole
numbers, each once."""

from __future__ import annotations

import decimal
from collections.abc import Mapping
from decimal import Decimal

from fundarb.domain.money import ONE, canonical, quotient12
from fundarb.parameters import read_flag, read_number, read_whole

BY_STEP = ("min", "max", "step")
BY_COUNT = ("min", "max", "num", "log")
MOST_VALUES = 100_000
_DIGITS = 12  # significant ones of a value that is spaced in ratio
_ROOTS = decimal.Context(prec=40, rounding=decimal.ROUND_HALF_EVEN, traps=[decimal.InvalidOperation])


def range_values(given: Mapping[str, str], *, whole: bool) -> tuple[str, ...]:
    """The canonical texts of a range; ValueError says what is wrong with it."""
    names = BY_STEP if "step" in given else BY_COUNT
    unknown = [name for name in given if name not in names]
    if unknown or not {"min", "max"} <= given.keys() or not given.keys() & {"step", "num"}:
        wrong = f"{unknown[0]} has no place in it" if unknown else "is not whole"
        raise ValueError(f"{wrong}; a range is {{min, max, step}} or {{min, max, num, log}}")
    low, high = _number(given, "min"), _number(given, "max")
    if low > high:
        raise ValueError(f"min {canonical(low)} is above max {canonical(high)}")
    values = _by_step(given, low, high) if "step" in given else _by_count(given, low, high)
    return tuple(dict.fromkeys(canonical(value.to_integral_value() if whole else value) for value in values))


def _by_step(given: Mapping[str, str], low: Decimal, high: Decimal) -> list[Decimal]:
    step = _number(given, "step")
    if step <= 0:
        raise ValueError(f"step {canonical(step)} is not above 0")
    count = int((high - low) // step) + 1
    _require_few(count)
    return [low + index * step for index in range(count)]


def _by_count(given: Mapping[str, str], low: Decimal, high: Decimal) -> list[Decimal]:
    count, in_ratio = _whole(given, "num"), read_flag(given.get("log", "false"))
    if count < 1 or (count < 2 and low != high):
        raise ValueError(f"num {count} is too few; allowed: 2 or more, both ends being values")
    _require_few(count)
    if in_ratio and low <= 0:
        raise ValueError(f"min {canonical(low)} is not above 0, which log needs")
    inner = _in_ratio if in_ratio else _evenly
    return [low, *(inner(low, high, index, count - 1) for index in range(1, count - 1)), *[high] * (count > 1)]


def _evenly(low: Decimal, high: Decimal, index: int, last: int) -> Decimal:
    return quotient12(low * (last - index) + high * index, Decimal(last))


def _in_ratio(low: Decimal, high: Decimal, index: int, last: int) -> Decimal:
    """low · (high/low)^(index/last), to 12 significant digits: the same on every machine."""
    share = _ROOTS.divide(Decimal(index), Decimal(last))
    exact = _ROOTS.multiply(low, _ROOTS.power(_ROOTS.divide(high, low), share))
    return _ROOTS.quantize(exact, ONE.scaleb(exact.adjusted() - _DIGITS + 1))


def _number(given: Mapping[str, str], name: str) -> Decimal:
    try:
        return read_number(given[name])
    except ValueError as error:
        raise ValueError(f"{name} {given[name][:40]!r} {error}") from None


def _whole(given: Mapping[str, str], name: str) -> int:
    try:
        return read_whole(given[name])
    except ValueError as error:
        raise ValueError(f"{name} {given[name][:40]!r} {error}") from None


def _require_few(count: int) -> None:
    if count > MOST_VALUES:
        raise ValueError(f"makes {count:,} values; allowed: at most {MOST_VALUES:,}; take a larger step")

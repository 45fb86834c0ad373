"""One field of a CSV row at a time, careful and exact: what is wrong is said with the value and what is allowed."""

from __future__ import annotations

import re
from collections.abc import Mapping, Set
from decimal import Decimal

from fundarb.domain.brief import brief, cut
from fundarb.domain.instants import DAY, HOUR, MINUTE, iso
from fundarb.domain.instrument import MARKETS
from fundarb.domain.money import ZERO, parse

EARLIEST_MS = 946_684_800_000  # 2000-01-01: seconds taken for milliseconds fall far before it,
LATEST_MS = 4_102_444_800_000  # 2100-01-01: and microseconds far behind
_INTERVAL = re.compile(r"([1-9]\d{0,3})([mhdw])", re.ASCII)
_UNIT_MS = {"m": MINUTE, "h": HOUR, "d": DAY, "w": 7 * DAY}

Fields = Mapping[str, str]


def number(fields: Fields, name: str) -> Decimal:
    """Any finite number."""
    text = fields[name].strip()
    if not text:
        raise ValueError(f"{name} is blank; a number is needed")
    try:
        return parse(text)
    except ValueError as error:
        raise ValueError(f"{name}: {error}") from None


def positive(fields: Fields, name: str) -> Decimal:
    """A number above zero: a price, a lot step, a multiplier."""
    value = number(fields, name)
    if value <= ZERO:
        raise ValueError(f"{name} must be above 0, got {cut(fields[name].strip())}")
    return value


def not_negative(fields: Fields, name: str) -> Decimal:
    """A number of at least zero: a volume, a minimum."""
    value = number(fields, name)
    if value < ZERO:
        raise ValueError(f"{name} must not be negative, got {cut(fields[name].strip())}")
    return value


def instant(fields: Fields, name: str) -> int:
    """Whole milliseconds UTC within this century."""
    value = number(fields, name)
    if value != int(value):
        raise ValueError(f"{name} must be whole milliseconds UTC, got {cut(fields[name].strip())}")
    if not EARLIEST_MS <= value < LATEST_MS:
        raise ValueError(
            f"{name} must be milliseconds UTC from {iso(EARLIEST_MS)} to {iso(LATEST_MS)}, got {cut(fields[name].strip())}"
        )
    return int(value)


def optional_instant(fields: Fields, name: str) -> int | None:
    """As `instant`; blank is None."""
    return instant(fields, name) if fields[name].strip() else None


def market(fields: Fields) -> str:
    """`spot`, `perp` or `mark`."""
    text = fields["market"].strip()
    if text not in MARKETS:
        raise ValueError(f"market must be {', '.join(MARKETS)}, got {brief(text)}")
    return text


def interval(fields: Fields) -> int:
    """Milliseconds of `1m`, `1h`, `4h`, `1d` …"""
    text = fields["interval"].strip()
    span_ms = interval_ms(text)
    if span_ms is None:
        raise ValueError(f"interval must be like 1m, 5m, 15m, 30m, 1h, 2h, 4h, 8h, 1d, got {brief(text)}")
    return span_ms


def interval_ms(text: str) -> int | None:
    """Milliseconds of an interval, None where it is none."""
    match = _INTERVAL.fullmatch(text)
    return int(match[1]) * _UNIT_MS[match[2]] if match else None


def interval_text(span_ms: int) -> str:
    """`1h` of 3,600,000: the largest unit that divides, weeks left to days."""
    for unit in "dhm":
        if span_ms % _UNIT_MS[unit] == 0:
            return f"{span_ms // _UNIT_MS[unit]}{unit}"
    raise ValueError(f"no interval in whole minutes: {span_ms} ms")


def symbol(fields: Fields, known: Set[str]) -> str:
    """The symbol of an instrument of this import or of the store."""
    text = fields["symbol"].strip()
    if text not in known:
        raise ValueError(
            f"unknown symbol {brief(text)}: neither stored nor in --instruments; import its instrument with it"
        )
    return text

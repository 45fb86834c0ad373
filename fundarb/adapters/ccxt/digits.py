"""Numbers of a reply as canonical digits: the text that came, never through a float."""

from __future__ import annotations

import re
from collections.abc import Sequence
from decimal import Decimal
from typing import Any

from fundarb.domain.brief import brief
from fundarb.domain.instants import LATEST
from fundarb.domain.money import canonical, parse

# Digits without trailing zeros, which are left outside the group. The look-aheads keep the tail from eating what is no
# trailing zero: digits beyond the 30 a number may have, a second point.
_NUMBER = r"((?:0|[1-9]\d{0,29})(?!\d)(?:\.\d{0,29}[1-9](?!0*\.))?)\.?0*"
_CANDLES = {
    count: re.compile(rf"^(\d{{12,13}}),{','.join([_NUMBER] * count)}(?:,[^,\n]*)*$", re.ASCII | re.MULTILINE)
    for count in (4, 5)
}


def digits(value: object) -> str:
    """The canonical digits of a number written as text (or as a whole number); ValueError for anything else."""
    if isinstance(value, int) and not isinstance(value, bool):
        return str(value)
    if not isinstance(value, str):
        raise ValueError(f"not a number in digits: {brief(str(value))}")
    return canonical(parse(value))


def candle_digits(rows: Sequence[Sequence[Any]], count: int) -> Sequence[Sequence[str]]:
    """Stamp and the `count` numbers after it of every row; a page in plain form costs one look."""
    try:
        text = "\n".join(map(",".join, rows))
    except TypeError:  # not all of it is text
        text = ""
    found: Sequence[Sequence[str]] = _CANDLES[count].findall(text)
    separators = sum(map(len, rows)) - len(rows)
    if len(found) == len(rows) == text.count("\n") + 1 and text.count(",") == separators:
        return found
    return [[str(whole(row[0])), *(digits(row[column]) for column in range(1, count + 1))] for row in rows]


def number(value: object) -> Decimal | None:
    """The Decimal written in `value`; None where the venue left it blank."""
    return None if value is None or value == "" else Decimal(digits(value))


def whole(value: object) -> int:
    """A whole number such as a time stamp; ValueError for anything else."""
    return int(digits(value))


def stamp(value: object) -> int | None:
    """A time in milliseconds; None where it is blank or 0, which is how venues write `never`."""
    at_ms = 0 if value is None or value == "" else whole(value)
    if not 0 <= at_ms <= LATEST:
        raise ValueError(f"no time in milliseconds: {brief(str(value))}")
    return at_ms or None

"""Numbers of a reply as canonical digits: the text that came, never through a float."""

from __future__ import annotations

import re
from collections.abc import Sequence
from decimal import Decimal
from typing import Any

from fundarb.domain.brief import brief
from fundarb.domain.money import canonical, parse

_NUMBER = r"(?:0|[1-9]\d{0,29})(?:\.\d{0,29}[1-9])?"
_CANONICAL_ROW = re.compile(rf"{_NUMBER}(?:,{_NUMBER})*", re.ASCII)


def digits(value: object) -> str:
    """The canonical digits of a number written as text (or as a whole number); ValueError for anything else."""
    if isinstance(value, int) and not isinstance(value, bool):
        return str(value)
    if not isinstance(value, str):
        raise ValueError(f"not a number in digits: {brief(str(value))}")
    return canonical(parse(value))


def row_digits(row: Sequence[Any]) -> Sequence[str]:
    """`digits` of several numbers; what is canonical already costs one look."""
    try:
        plain = _CANONICAL_ROW.fullmatch(",".join(row))
    except TypeError:  # not all of it is text
        plain = None
    return row if plain else [digits(value) for value in row]


def number(value: object) -> Decimal | None:
    """The Decimal written in `value`; None where the venue left it blank."""
    return None if value is None or value == "" else Decimal(digits(value))


def whole(value: object) -> int:
    """A whole number such as a time stamp; ValueError for anything else."""
    return int(digits(value))


def stamp(value: object) -> int | None:
    """A time in milliseconds; None where it is blank or 0, which is how venues write `never`."""
    return None if value is None or value == "" else whole(value) or None

"""Comma-joined stored numbers to arrays, correctly rounded and without a Python object a number; what a float cannot
hold is found in the text and kept beside it as Decimal."""

from __future__ import annotations

from collections.abc import Iterator
from decimal import Decimal

import numpy as np

from fundarb.signals.panel import Floats, Stamps

FLOAT_DIGITS = 15  # every decimal of at most so many significant digits survives the way through a float
_COMMA = ord(",")


class StampColumn:
    """Whole numbers, gathered chunk by chunk."""

    def __init__(self) -> None:
        self.rows = 0
        self._parts: list[Stamps] = []

    def add(self, text: str) -> None:
        """Append the numbers joined in `text`; ValueError if one is none."""
        self._parts.append(np.fromstring(text, sep=",", dtype=np.int64))
        self.rows += len(self._parts[-1])

    def joined(self) -> Stamps:
        """All of them."""
        return np.concatenate([np.empty(0, dtype=np.int64), *self._parts])


class NumberColumn:
    """Decimals as the floats nearest to them, gathered chunk by chunk; `wide` keeps those of more than 15 digits by row."""

    def __init__(self) -> None:
        self.rows = 0
        self.wide: dict[int, Decimal] = {}
        self._parts: list[Floats] = []

    def add(self, text: str) -> None:
        """Append the numbers joined in `text`; ValueError if one is none."""
        self._parts.append(np.fromstring(text, sep=","))
        self.wide |= {self.rows + row: Decimal(number) for row, number in wide_numbers(text)}
        self.rows += len(self._parts[-1])

    def joined(self) -> Floats:
        """All of them."""
        return np.concatenate([np.empty(0), *self._parts])


def wide_numbers(text: str) -> Iterator[tuple[int, str]]:
    """Place and digits of the numbers joined in `text` that have more significant digits than a float can give back.

    Only what is longer than 15 characters can be one, so only that is looked at piece by piece."""
    commas = np.flatnonzero(np.frombuffer(text.encode(), dtype=np.uint8) == _COMMA)
    starts, ends = np.append(0, commas + 1), np.append(commas, len(text))
    for row in np.flatnonzero(ends - starts > FLOAT_DIGITS).tolist():
        number = text[starts[row] : ends[row]]
        if significant_digits(number) > FLOAT_DIGITS:
            yield row, number


def significant_digits(number: str) -> int:
    """How many digits a plain number has from its first that is not zero."""
    return len(number.lstrip("-0.").replace(".", ""))

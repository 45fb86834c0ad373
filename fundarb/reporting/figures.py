"""Figures for people: numbers that print rounded in a table and stay to the right in it. CSV and JSON never see them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from decimal import Decimal
from typing import Any

_BETWEEN = 2  # what a table leaves between two columns


class Figure(float):
    """A number with the text it is shown as."""

    __slots__ = ("_text",)
    _text: str

    def __new__(cls, value: float, text: str) -> Figure:
        made = super().__new__(cls, value)
        made._text = text
        return made

    def __str__(self) -> str:
        return self._text


def amount(value: Decimal | str | float | None, places: int = 2) -> Figure | None:
    """Money or a statistic at a few decimals; what is undefined stays so."""
    return None if value is None else Figure(float(value), f"{_rounded(value, places):,.{places}f}")


def percent(fraction: Decimal | str | float | None, places: int = 2) -> Figure | None:
    """A fraction as a percentage."""
    return None if fraction is None else Figure(float(fraction), f"{_rounded(fraction, places + 2) * 100:,.{places}f}%")


def significant(value: Any) -> Any:
    """A float at six significant digits, anything else as it is."""
    return Figure(value, f"{value:.6g}") if isinstance(value, float) else value


def minute(stamp: str) -> str:
    """An ISO time as it is read, without its seconds."""
    return stamp[:16].replace("T", " ")


def _rounded(value: Decimal | str | float, places: int) -> float:
    """Without a negative zero."""
    return round(float(value), places) + 0.0


def fitting(
    columns: Sequence[str], wanted: Sequence[str], rows: Sequence[Mapping[str, Any]], width: int
) -> tuple[str, ...]:
    """Of `columns` those that say anything and fit side by side, the most `wanted` first; in the order of `columns`."""
    left = width + _BETWEEN
    chosen = set()
    for name in wanted:
        if not any(_shown(row[name]) for row in rows):
            continue
        needed = max(len(line) for row in rows for line in (name, *_shown(row[name]).splitlines())) + _BETWEEN
        if needed <= left:
            left -= needed
            chosen.add(name)
    return tuple(name for name in columns if name in chosen)


def _shown(cell: object) -> str:
    return "" if cell is None else str(cell)

"""The fast way through rows in plain common form: one regular expression a file, all rows of a chunk in one call.

What it matches is canonical already; a chunk with a single line it does not match whole goes the careful way instead."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

# Digits without trailing zeros, which are left outside the group: `1.50` gives 1.5, `2.0` gives 2. The look-aheads keep
# the tail from eating what is no trailing zero: digits beyond the 30 a number may have, a second point, all of `-0`.
_WHOLE = r"(?:0|[1-9]\d{0,29})(?!\d)"
_DIGITS = rf"{_WHOLE}(?:\.\d{{0,29}}[1-9](?!0*\.))?"
UNSIGNED = rf"({_DIGITS})\.?0*"
SIGNED = rf"((?:-(?!0\.?0*[,\r\n]))?{_DIGITS})\.?0*"
MAYBE = rf"((?:{_DIGITS})?)(?:(?<=\d)\.?0*)?"
TEXT = r'([^,"\s]+)'
TIME = r"(\d{12,13})"
_OTHER = r'[^,"\r\n]*'


@dataclass(frozen=True, slots=True)
class PlainForm:
    """A compiled row of one header, and where the wanted columns stand among its groups."""

    pattern: re.Pattern[str]
    order: tuple[int, ...]

    def columns(self, text: str) -> list[tuple[str, ...]] | None:
        """The wanted columns of all lines, or None where a line is not in plain form."""
        rows = self.pattern.findall(text)
        if len(rows) != text.count("\n"):
            return None
        found = list(zip(*rows, strict=True))
        return [found[place] for place in self.order]


def plain_form(header: Sequence[str], fields: Mapping[str, str]) -> PlainForm:
    """The form of rows under this header; `fields` gives the wanted columns and what each looks like."""
    row = ",".join(fields.get(name, _OTHER) for name in header)
    groups = [name for name in header if name in fields]
    return PlainForm(re.compile(rf"^{row}\r?\n", re.ASCII | re.MULTILINE), tuple(groups.index(name) for name in fields))

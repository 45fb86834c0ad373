"""A value from outside as a message shows it: on one line, and cut where it is long."""

from __future__ import annotations

LONGEST = 60


def brief(text: str) -> str:
    """The text in quotes, at most LONGEST characters of it and how many there are; what cannot be printed is escaped."""
    return repr(text) if len(text) <= LONGEST else f"{text[:LONGEST]!r}… ({len(text)} characters)"


def cut(text: str) -> str:
    """As `brief`, without the quotes."""
    return text if len(text) <= LONGEST else f"{text[:LONGEST]}… ({len(text)} characters)"

"""What to do about data that is not there: the command that would bring it."""

from __future__ import annotations

from collections.abc import Iterable

from fundarb.domain.instants import iso

NAMED = 3


def fetch_line(symbols: Iterable[str] = (), since_ms: int | None = None) -> str:
    """`fundarb fetch` with pairs and day; without names it takes every stored pair, so many are not named."""
    names = sorted(symbols)
    words = ["fundarb fetch", *(names if len(names) <= NAMED else ())]
    if since_ms is not None:
        words.append(f"--since {iso(since_ms)[:10]}")
    return f"`{' '.join(words)}`"


def few(names: Iterable[str], shown: int = 5) -> str:
    """The first of them, and how many more there are."""
    known = sorted(names)
    return ", ".join(known[:shown]) + (f" and {len(known) - shown} more" if len(known) > shown else "")

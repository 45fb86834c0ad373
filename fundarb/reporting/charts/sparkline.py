"""A row of numbers as a row of bars, one character each: the shape of a series in a cell of a table."""

from __future__ import annotations

from collections.abc import Sequence

BARS = "▁▂▃▄▅▆▇█"


def sparkline(values: Sequence[float], most: int) -> str:
    """The newest `most` values between their least and their largest; a flat series lies in the middle."""
    shown = list(values)[-most:] if most > 0 else []
    if not shown:
        return ""
    low, high = min(shown), max(shown)
    if high - low <= 1e-12 * max(abs(low), abs(high), 1e-300):
        return BARS[len(BARS) // 2 - 1] * len(shown)
    return "".join(BARS[min(int((value - low) / (high - low) * len(BARS)), len(BARS) - 1)] for value in shown)

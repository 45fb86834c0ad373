"""The moments of a replay, and where they fall among evenly spaced candles: worked out once for all pairs on one grid."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

from fundarb.signals.panel import Stamps


class Grid(NamedTuple):
    """Candles of one span without a hole."""

    first_ms: int
    span_ms: int
    length: int


class EventTimes:
    """Times in rising order."""

    def __init__(self, times: Stamps) -> None:
        self.times = times
        self._opening: dict[Grid, Stamps] = {}
        self._closed: dict[Grid, Stamps] = {}

    def opening(self, grid: Grid) -> Stamps:
        """At each time the row of the candle that opens then, -1 where none does."""
        found = self._opening.get(grid)
        if found is None:
            row, rest = np.divmod(self.times - grid.first_ms, grid.span_ms)
            found = np.where((rest == 0) & (row >= 0) & (row < grid.length), row, -1)
            self._opening[grid] = found
        return found

    def closed(self, grid: Grid) -> Stamps:
        """At each time the row of the last candle closed by then, -1 before the first."""
        found = self._closed.get(grid)
        if found is None:
            found = np.clip((self.times - grid.first_ms) // grid.span_ms - 1, -1, grid.length - 1)
            self._closed[grid] = found
        return found

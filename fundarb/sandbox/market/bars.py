"""Candles as arrays of whole counts of tick and lot, and how short ones make longer ones."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from fundarb.sandbox.market.grid import Counts, Grid
from fundarb.sandbox.market.source import Row

TURNOVER = Grid(4)
_NONE = np.empty(0, dtype=np.int64)


@dataclass(frozen=True, slots=True, eq=False)
class Bars:
    """Candles by start, oldest first; volume counts lots, turnover ten-thousandths of the quote coin."""

    start_ms: Counts
    open: Counts
    high: Counts
    low: Counts
    close: Counts
    volume: Counts
    turnover: Counts

    def __len__(self) -> int:
        return len(self.start_ms)

    def within(self, first_ms: int, last_ms: int) -> Bars:
        """Those that start in [first, last]."""
        lower, upper = np.searchsorted(self.start_ms, (first_ms, last_ms + 1))
        return Bars(*(column[lower:upper] for column in columns(self)))

    def grouped(self, span_ms: int) -> Bars:
        """Longer candles made of these; a group that is not full counts with what it has."""
        if not len(self):
            return self
        starts = self.start_ms - self.start_ms % span_ms
        first = np.flatnonzero(np.concatenate(([True], starts[1:] != starts[:-1])))
        last = np.concatenate((first[1:], [len(starts)])) - 1
        return Bars(
            starts[first],
            self.open[first],
            np.maximum.reduceat(self.high, first),
            np.minimum.reduceat(self.low, first),
            self.close[last],
            np.add.reduceat(self.volume, first),
            np.add.reduceat(self.turnover, first),
        )


def columns(bars: Bars) -> tuple[Counts, ...]:
    """The arrays in the order of their fields."""
    return (bars.start_ms, bars.open, bars.high, bars.low, bars.close, bars.volume, bars.turnover)


def empty() -> Bars:
    """No candles."""
    return Bars(*([_NONE] * 7))


def joined(parts: Sequence[Bars]) -> Bars:
    """One after another."""
    filled = [part for part in parts if len(part)]
    if len(filled) == 1:
        return filled[0]
    if not filled:
        return empty()
    return Bars(*(np.concatenate(column) for column in zip(*map(columns, filled), strict=True)))


def rows(bars: Bars, price: Grid, lot: Grid | None) -> list[Row]:
    """As the venue writes them; without a lot grid there is no volume to write."""
    count = len(bars)
    prices = price.texts(np.concatenate((bars.open, bars.high, bars.low, bars.close)))
    if lot is None:
        volume = turnover = [""] * count
    else:
        volume, turnover = lot.texts(bars.volume), TURNOVER.texts(bars.turnover)
    quarters = (prices[at * count : (at + 1) * count] for at in range(4))
    return list(map(Row, bars.start_ms.tolist(), *quarters, volume, turnover))

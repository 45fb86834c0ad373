"""Whether one portfolio does better than another on the same days: paired differences of daily returns, resampled in
blocks, since days hang together."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import NamedTuple

import numpy as np

from fundarb.statistics.bootstrap import draw, mean_block
from fundarb.statistics.performance import YEAR_DAYS, Returns, daily_values, returns

ENOUGH_DAYS = 14  # before that a difference says little, whatever its interval
DRAWS, SEED = 2000, 7
_LEVELS = (0.025, 0.975)


class Curve(NamedTuple):
    """Equity over time, oldest first."""

    times: Sequence[int]
    equity: Sequence[Decimal]

    def since(self, at_ms: int) -> Curve:
        """From the last value at or before a moment on."""
        row = max(0, int(np.searchsorted(np.asarray(self.times, dtype=np.int64), at_ms, side="right")) - 1)
        return Curve(self.times[row:], self.equity[row:])


@dataclass(frozen=True, slots=True)
class Difference:
    """Ours less theirs, of a year (the mean day times 365), with the interval that holds it in 95 of 100 cases."""

    days: int
    annual: float
    low: float
    high: float

    @property
    def enough(self) -> bool:
        """Whether two weeks have passed."""
        return self.days >= ENOUGH_DAYS

    @property
    def decided(self) -> bool:
        """Whether, after two weeks, the interval leaves no doubt which is better."""
        return self.enough and (self.low > 0 or self.high < 0)


def paired_difference(ours: Returns, theirs: Returns) -> Difference | None:
    """Of two rows of returns of the same days; None below two days, which have no spread."""
    if len(ours) != len(theirs):
        raise ValueError(f"{len(ours)} days beside {len(theirs)}: a pair of returns for each day is wanted")
    if len(ours) < 2:
        return None
    apart = ours - theirs
    rows = draw(SEED, DRAWS, len(apart), mean_block(apart))
    low, high = (float(value) * YEAR_DAYS for value in np.quantile(apart[rows].mean(axis=1), _LEVELS))
    return Difference(len(apart), float(apart.mean()) * YEAR_DAYS, low, high)


def difference_of(ours: Curve, theirs: Curve) -> Difference | None:
    """Of two curves over the days that both have seen; None where those are too few, or one is not worth anything."""
    from_ms, to_ms = max(ours.times[0], theirs.times[0]), min(ours.times[-1], theirs.times[-1])
    daily = [
        returns(daily_values(*curve.since(from_ms), from_ms, to_ms)) for curve in (ours, theirs) if from_ms <= to_ms
    ]
    if not daily or daily[0] is None or daily[1] is None:
        return None
    return paired_difference(daily[0], daily[1])

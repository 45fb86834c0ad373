"""Figures of an equity curve: returns at fixed steps, Sharpe and its kin, drawdown. Undefined is None, never 0 or ∞."""

from __future__ import annotations

import math
from collections.abc import Sequence
from decimal import Decimal
from itertools import accumulate, pairwise

import numpy as np
from numpy.typing import NDArray

from fundarb.domain.instants import DAY

YEAR_DAYS = 365
Returns = NDArray[np.float64]
NOISE = 1e-6  # a drawdown below this is worked out exactly, so that Calmar keeps its 9 digits
NO_SPREAD = 1e-4  # a deviation not above this share of |mean| is none: idle cash has no Sharpe


def daily_values(times: Sequence[int], equity: Sequence[Decimal], from_ms: int, to_ms: int) -> list[Decimal]:
    """Capital at the start, then the last sample at or before each 00:00 UTC in (from, to]."""
    midnights = np.arange((from_ms // DAY + 1) * DAY, to_ms + 1, DAY)
    rows = np.searchsorted(np.asarray(times, dtype=np.int64), midnights, side="right") - 1
    return [equity[0], *(equity[row] for row in rows.tolist())]


def weekly_values(daily: Sequence[Decimal]) -> Sequence[Decimal]:
    """Every 7th daily value, the capital first."""
    return daily[::7]


def returns(values: Sequence[Decimal]) -> Returns | None:
    """(e_i − e_(i−1)) / e_(i−1); none at all once equity is not above 0."""
    if any(value <= 0 for value in values):
        return None
    steps = [float(b - a) / float(a) for a, b in pairwise(values)]
    return np.array(steps, dtype=np.float64)


def spread(sample: Returns) -> float:
    """Standard deviation (n − 1), 0 where it is nothing beside the mean."""
    if len(sample) < 2:
        return 0.0
    found = float(sample.std(ddof=1))
    return found if found > NO_SPREAD * abs(float(sample.mean())) else 0.0


def sharpe(sample: Returns | None, per_year: float) -> float | None:
    """mean / sd · √(periods a year)."""
    deviation = 0.0 if sample is None else spread(sample)
    return None if sample is None or deviation <= 0 else float(sample.mean()) / deviation * math.sqrt(per_year)


def sharpe_lo(sample: Returns | None, per_year: int = YEAR_DAYS) -> float | None:
    """Lo (2002): the Sharpe of a year of autocorrelated days, ρ_k = ρ_1^k."""
    deviation = 0.0 if sample is None else spread(sample)
    if sample is None or deviation <= 0:
        return None
    factor = lo_factor(autocorrelation(sample), per_year)
    return None if factor is None else float(sample.mean()) / deviation * factor


def autocorrelation(sample: Returns) -> float:
    """ρ_1 = Σ d_t d_(t+1) / Σ d_t²."""
    distance = sample - sample.mean()
    total = float((distance * distance).sum())
    return float((distance[:-1] * distance[1:]).sum()) / total if total > 0 else 0.0


def lo_factor(rho: float, periods: int) -> float | None:
    """η(q) = q / √(q + 2 Σ (q − k) ρ^k)."""
    lags = np.arange(1, periods)
    variance = periods + 2.0 * float(((periods - lags) * rho**lags).sum())
    return periods / math.sqrt(variance) if variance > 0 else None


def sortino(sample: Returns | None, per_year: float = YEAR_DAYS) -> float | None:
    """mean / √mean(min(r, 0)²) · √(periods a year), over all observations."""
    if sample is None or len(sample) < 2:
        return None
    downside = math.sqrt(float((np.minimum(sample, 0.0) ** 2).mean()))
    return float(sample.mean()) / downside * math.sqrt(per_year) if downside > 0 else None


def max_drawdown(equity: Sequence[Decimal]) -> float:
    """The deepest fall from a running peak, as a fraction of it; exact where floats would show little but their noise."""
    values = np.array([float(value) for value in equity])
    peak = np.maximum.accumulate(values)
    deepest = float(((peak - values) / peak).max()) if len(values) else 0.0
    return deepest if deepest > NOISE else _shallow_drawdown(equity)


def _shallow_drawdown(equity: Sequence[Decimal]) -> float:
    """The same with differences in Decimals."""
    deepest = 0.0
    for value, peak in zip(equity, accumulate(equity, max), strict=True):
        if value < peak:
            deepest = max(deepest, float(peak - value) / float(peak))
    return deepest


def cagr(capital: Decimal, end: Decimal, days: float) -> float | None:
    """(end / capital)^(365 / days) − 1; None without capital, and beyond any float (a gain within minutes)."""
    if capital <= 0:
        return None
    ratio = float(end) / float(capital)
    try:
        return ratio ** (YEAR_DAYS / days) - 1.0 if days > 0 and ratio > 0 else None
    except OverflowError:
        return None


def ratio(top: float, bottom: float) -> float | None:
    """top / bottom; None unless bottom is above 0."""
    return top / bottom if bottom > 0 else None

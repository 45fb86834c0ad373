"""The test stretches of a walk-forward put one after another: one history that no choice has seen."""

from __future__ import annotations

from collections.abc import Sequence
from decimal import Decimal

import numpy as np

from fundarb.domain.folds import FoldResult, OutOfSample
from fundarb.research.resampling import AnnualInterval, Lacking, annual_interval
from fundarb.statistics.performance import YEAR_DAYS, Returns, sharpe, sortino

DAY_HOURS = 24


def concatenate(folds: Sequence[FoldResult], seed: int) -> OutOfSample:
    """The figures of all test stretches in one."""
    daily = np.array([value for one in folds for value in one.daily], dtype=np.float64)
    whole = daily if bool(np.isfinite(daily).all()) else None  # an account that was wiped out has no returns
    interval: AnnualInterval | Lacking = Lacking("it lost all there was")
    if whole is not None:
        interval = annual_interval(whole, _held_days(folds), seed)
    bounds = interval if isinstance(interval, AnnualInterval) else None
    capital, equity = folds[0].capital, folds[-1].equity
    return OutOfSample(
        days=len(daily),
        net=equity - capital,
        equity=equity,
        trades=sum(one.trades for one in folds),
        apr_on_capital=_apr(capital, equity, len(daily)),
        sharpe_daily=sharpe(whole, YEAR_DAYS),
        sortino=sortino(whole),
        max_drawdown=None if whole is None else _drawdown(whole),
        sharpe_low=None if bounds is None else bounds.low,
        sharpe_high=None if bounds is None else bounds.high,
        block_days=None if bounds is None else bounds.block_days,
        lacking=interval.why if isinstance(interval, Lacking) else None,
    )


def _apr(capital: Decimal, equity: Decimal, days: int) -> float | None:
    return float(equity - capital) / float(capital) * YEAR_DAYS / days if days else None


def _drawdown(daily: Returns) -> float:
    """The deepest fall between midnights, as a fraction of the peak."""
    values = np.concatenate(([1.0], np.cumprod(1.0 + daily)))
    peak = np.maximum.accumulate(values)
    return float(((peak - values) / peak).max())


def _held_days(folds: Sequence[FoldResult]) -> float:
    """Mean over all trades; an edge of a fold ends a trade, so it is never longer than a test stretch."""
    trades = sum(one.trades for one in folds if one.avg_hold_hours is not None)
    hours = sum(one.trades * one.avg_hold_hours for one in folds if one.avg_hold_hours is not None)
    return hours / trades / DAY_HOURS if trades else 0.0

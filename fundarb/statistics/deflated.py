"""Deflated Sharpe (Bailey and López de Prado 2014): a Sharpe ratio judged against the best of all that was tried."""

from __future__ import annotations

from fundarb.statistics.best_of import expected_maximum
from fundarb.statistics.moments import Moments
from fundarb.statistics.probabilistic import probabilistic_sharpe


def hurdle(trial_spread: float, trials: float) -> float:
    """What the best of `trials` worthless ones shows per period, their Sharpe ratios spread by that deviation."""
    return trial_spread * expected_maximum(trials)


def deflated_sharpe(found: Moments, trial_spread: float, trials: float, error: float | None = None) -> float | None:
    """P(true Sharpe > hurdle of the search)."""
    return probabilistic_sharpe(found, hurdle(trial_spread, trials), error)

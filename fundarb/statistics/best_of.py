"""What the best of many worthless trials looks like: the hurdle that a search must clear."""

from __future__ import annotations

import math

import numpy as np
from scipy.special import ndtr, ndtri

APPROXIMATE_FROM = 5  # below, the closed form is off by more than it is worth
_GRID = np.linspace(-9.0, 9.0, 20001)
_DENSITY = np.exp(-(_GRID**2) / 2) / math.sqrt(2 * math.pi)


def expected_maximum(trials: float) -> float:
    """E[max] of that many independent standard normals: the closed form of Bailey and López de Prado, exact for few."""
    return approximate_maximum(trials) if trials >= APPROXIMATE_FROM else exact_maximum(trials)


def approximate_maximum(trials: float) -> float:
    """(1 − γ) Φ⁻¹(1 − 1/N) + γ Φ⁻¹(1 − 1/(N e)); under 1 % off at N = 100, useless below 5."""
    weight = float(np.euler_gamma)
    return (1 - weight) * float(ndtri(1 - 1 / trials)) + weight * float(ndtri(1 - 1 / (trials * math.e)))


def exact_maximum(trials: float) -> float:
    """∫ x N φ(x) Φ(x)^(N−1) dx; 0 for a single trial."""
    if trials <= 1:
        return 0.0
    return float(trials * np.trapezoid(_GRID * _DENSITY * ndtr(_GRID) ** (trials - 1), _GRID))


def effective_trials(trials: int, correlation: float) -> float:
    """ρ + (1 − ρ) N: as how many independent ones correlated trials count; conservative."""
    return correlation + (1 - correlation) * trials if trials > 1 else float(trials)


def min_backtest_years(trials: float, sharpe: float = 1.0) -> float:
    """Years below which the best of so many worthless trials is expected to show that annual Sharpe."""
    return (expected_maximum(trials) / sharpe) ** 2


def min_backtest_bound(trials: float, sharpe: float = 1.0) -> float:
    """2 ln N / SR²: what `min_backtest_years` never exceeds."""
    return 2 * math.log(trials) / sharpe**2


def luckiest_sharpe(trials: float, years: float) -> float:
    """The annual Sharpe that the best of so many worthless trials is expected to show on so many years."""
    return expected_maximum(trials) / math.sqrt(years)

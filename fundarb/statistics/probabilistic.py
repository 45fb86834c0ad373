"""Probabilistic Sharpe (Bailey and López de Prado 2012): how sure a Sharpe ratio is to exceed another, and from when on."""

from __future__ import annotations

import math

from scipy.special import ndtr, ndtri

from fundarb.statistics.moments import Moments

SURE = 0.95


def standard_error(found: Moments) -> float | None:
    """Of a per-period Sharpe ratio under skew and kurtosis, returns taken as independent."""
    variance = _shape(found) / (found.count - 1)
    return math.sqrt(variance) if variance > 0 else None


def standard_error_autocorrelated(found: Moments) -> float | None:
    """The same where returns follow an AR(1) of ρ (López de Prado, Lipton and Zoonekynd 2025); wider for ρ > 0."""
    rho, sharpe = found.rho, found.sharpe
    if abs(rho) >= 1:
        return None
    once, twice = rho / (1 - rho), rho**2 / (1 - rho**2)
    fourth = (found.kurtosis - 1) / 4
    variance = (1 + 2 * once) - (1 + once + twice) * found.skew * sharpe + (1 + 2 * twice) * fourth * sharpe**2
    return math.sqrt(variance / found.count) if variance > 0 else None


def probabilistic_sharpe(found: Moments, hurdle: float = 0.0, error: float | None = None) -> float | None:
    """P(true Sharpe > hurdle), both per period; `error` replaces the standard error for independent returns."""
    scale = standard_error(found) if error is None else error
    return None if scale is None else float(ndtr((found.sharpe - hurdle) / scale))


def min_track_record(found: Moments, hurdle: float = 0.0, sure: float = SURE) -> float | None:
    """Returns needed until the Sharpe found would be above the hurdle with that probability; None where it is not above."""
    ahead = found.sharpe - hurdle
    return 1 + _shape(found) * float(ndtri(sure) / ahead) ** 2 if ahead > 0 else None


def _shape(found: Moments) -> float:
    """1 − γ₃ SR + (γ₄ − 1)/4 · SR²."""
    return 1 - found.skew * found.sharpe + (found.kurtosis - 1) / 4 * found.sharpe**2

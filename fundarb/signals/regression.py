"""A straight line through the funding level, with a p-value that allows for autocorrelation.

The usual p-value calls half of all trendless funding a trend, and Newey–West at these lengths still a fifth. Here the
residuals are an AR(1) (its φ corrected for the fit's bias), the slope's variance is that of such a series and its degrees of
freedom those of as many independent rows. For `signals --explain` only: it carries no weight in any score."""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np

from fundarb.signals.panel import Floats

MIN_ROWS = 21
MAX_PHI = 0.97


@dataclass(frozen=True, slots=True)
class Line:
    """Slope a period; the p-value of a flat truth, as if rows were independent and allowing that they are not."""

    slope: float
    p_independent: float
    p_value: float


def line(levels: Floats) -> Line | None:
    """The line through equally spaced levels, NaN left out; None with fewer than 21 of them or where none differs."""
    when = np.flatnonzero(np.isfinite(levels))
    return fit_line(when.astype(np.float64), levels[when]) if len(when) >= MIN_ROWS else None


def fit_line(when: Floats, levels: Floats) -> Line | None:
    """Ordinary least squares; None where the levels are all on one value or on the line itself."""
    centred = when - when.mean()
    scatter = float((centred * centred).sum())
    slope = float((centred * (levels - levels.mean())).sum()) / scatter
    missed = levels - levels.mean() - slope * centred
    square = float((missed * missed).sum())
    if square <= 1e-18:
        return None
    count = len(levels)
    plain = math.sqrt(square / (count - 2) / scatter)
    phi = _persistence(missed, square)
    honest = math.sqrt(_variance(missed, phi) * _inflation(centred, scatter, phi) / scatter)
    freedom = max(count * (1.0 - phi) / (1.0 + phi) - 2.0, 1.0)
    return Line(slope, _two_sided(slope / plain, count - 2.0), _two_sided(slope / honest, freedom))


def _persistence(missed: Floats, square: float) -> float:
    """φ of the residuals in [0, .97], corrected for what fitting a line takes from it."""
    phi = float((missed[:-1] * missed[1:]).sum()) / square
    return min(max(phi + (2.0 + 4.0 * phi) / len(missed), 0.0), MAX_PHI)


def _variance(missed: Floats, phi: float) -> float:
    """Of a residual, from what its predecessor leaves open: the residuals themselves wander too little in a short window."""
    news = missed[1:] - phi * missed[:-1]
    return float((news * news).sum()) / (len(missed) - 3) / (1.0 - phi * phi)


def _inflation(centred: Floats, scatter: float, phi: float) -> float:
    """By how much the slope's variance exceeds that of independent rows."""
    apart = np.abs(centred[:, None] - centred[None, :])
    return float(centred @ phi**apart @ centred) / scatter


def _two_sided(statistic: float, freedom: float) -> float:
    from scipy.special import stdtr

    return 2.0 * float(stdtr(freedom, -abs(statistic)))

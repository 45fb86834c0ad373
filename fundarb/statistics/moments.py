"""What the significance of a Sharpe ratio depends on besides itself: length, skew, kurtosis and autocorrelation."""

from __future__ import annotations

from dataclasses import dataclass

from fundarb.statistics.performance import Returns, autocorrelation, spread


@dataclass(frozen=True, slots=True)
class Moments:
    """Of one series of returns, per period; kurtosis is not excess (3 for a normal)."""

    count: int
    sharpe: float
    skew: float = 0.0
    kurtosis: float = 3.0
    rho: float = 0.0


def moments_of(sample: Returns) -> Moments | None:
    """Sample moments; None for fewer than three returns, or without spread."""
    deviation = spread(sample)
    if len(sample) < 3 or deviation <= 0:
        return None
    distance = sample - sample.mean()
    second = float((distance**2).mean())
    return Moments(
        count=len(sample),
        sharpe=float(sample.mean()) / deviation,
        skew=float((distance**3).mean()) / second**1.5,
        kurtosis=float((distance**4).mean()) / second**2,
        rho=autocorrelation(sample),
    )

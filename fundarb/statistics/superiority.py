"""Is the best of many trials better than a benchmark, or the luckiest? White's Reality Check (2000) and Hansen's test for
superior predictive ability (2005), studentised and recentred."""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from fundarb.statistics.bootstrap import Indices, times_taken

Matrix = NDArray[np.float64]


@dataclass(frozen=True, slots=True)
class Superiority:
    """Test statistics and the probability of seeing them where no trial beats the benchmark."""

    check: float
    spa: float
    check_p: float
    spa_lower_p: float
    spa_p: float  # consistent: the one to read
    spa_upper_p: float


def superiority(ahead: Matrix, rows: Indices, block: float) -> Superiority | None:
    """Of (periods × trials) returns ahead of the benchmark; trials that never differ from it are left out."""
    deviation = long_run_deviation(ahead, block)
    differing = deviation > 0
    if not differing.any() or len(ahead) < 3:
        return None
    ahead, deviation = ahead[:, differing], deviation[differing]
    count, mean = len(ahead), ahead.mean(axis=0)
    root = math.sqrt(count)
    resampled = times_taken(rows) @ ahead / count
    check = root * float(mean.max())
    spa = max(root * float((mean / deviation).max()), 0.0)
    poor = mean < -deviation * math.sqrt(2 * math.log(math.log(count)) / count)

    def chance(centre: Matrix) -> float:
        best = (root * (resampled - centre) / deviation).max(axis=1)
        return float((np.maximum(best, 0.0) > spa).mean())

    return Superiority(
        check=check,
        spa=spa,
        check_p=float((root * (resampled - mean).max(axis=1) > check).mean()),
        spa_lower_p=chance(np.maximum(mean, 0.0)),
        spa_p=chance(np.where(poor, 0.0, mean)),
        spa_upper_p=chance(mean),
    )


def long_run_deviation(sample: Matrix, block: float) -> Matrix:
    """√ of the variance of √T · mean under the stationary bootstrap with that mean block, by column; 0 where it has none."""
    count = len(sample)
    covariance = _autocovariance(sample - sample.mean(axis=0))
    lag, stay = np.arange(1, count), 1 - 1 / block
    kernel = (1 - lag / count) * stay**lag + lag / count * stay ** (count - lag)
    variance = covariance[0] + 2 * (kernel[:, None] * covariance[1:]).sum(axis=0)
    scale = (sample**2).mean(axis=0)
    return np.sqrt(np.where(variance > 1e-12 * scale, variance, 0.0))


def _autocovariance(centred: Matrix) -> Matrix:
    """Of every column at every lag, by Fourier transform."""
    count = len(centred)
    spectrum = np.fft.rfft(centred, n=2 * count, axis=0)
    return np.asarray(np.fft.irfft(np.abs(spectrum) ** 2, n=2 * count, axis=0)[:count] / count)

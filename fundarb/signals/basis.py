"""Basis: how far the perp stands above the spot, and above its own recent mean; in (0, 1), rising with the excess.

The excess is expected to go: what a carry gains by it over a horizon is its expected convergence."""

from __future__ import annotations

import numpy as np

from fundarb.signals.panel import Floats

WINDOW, MIN_WINDOW = 90, 21
WIDTH_BP = 10.0


def basis_bp(perp_close: Floats, spot_close: Floats, multiplier: float) -> Floats:
    """1e4 ln(perp / (multiplier · spot)); NaN where a leg has no close above 0."""
    priced = (perp_close > 0) & (spot_close > 0)
    return 1e4 * np.log(np.where(priced, perp_close, np.nan) / (multiplier * np.where(priced, spot_close, np.nan)))


def basis(level_bp: Floats) -> Floats:
    """½ + ½ tanh((x − mean of the 90 settlements before) / 10 bp); absent where fewer than 21 of them have a basis."""
    return 0.5 + 0.5 * np.tanh((level_bp - mean_before(level_bp)) / WIDTH_BP)


def mean_before(level_bp: Floats) -> Floats:
    """x̄: the mean of the 90 settlements before each, those without a basis left out; NaN where fewer than 21 remain."""
    there = np.isfinite(level_bp)
    padded = np.concatenate((np.zeros(WINDOW), np.where(there, level_bp, 0.0)))
    total = np.lib.stride_tricks.sliding_window_view(padded, WINDOW)[: len(level_bp)].sum(axis=1)
    so_far = np.concatenate((np.zeros(WINDOW + 1, dtype=np.int64), np.cumsum(there)))
    count = so_far[WINDOW:-1] - so_far[: -WINDOW - 1]
    return np.where(count >= MIN_WINDOW, total / np.maximum(count, 1), np.nan)


def convergence_bp(excess_bp: float, phi: float, periods: int) -> float:
    """(b − b̄)(1 − φ^h): what the excess is expected to lose in h periods, never more than all of it; φ within [0, 1]."""
    return excess_bp * (1.0 - min(max(phi, 0.0), 1.0) ** periods)

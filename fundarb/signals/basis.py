"""Basis: how far the perp stands above the spot, and above its own recent mean; in (0, 1), rising with the excess."""

from __future__ import annotations

import numpy as np

from fundarb.signals.panel import Floats

WINDOW, MIN_WINDOW = 90, 21
WIDTH_BP = 10.0


def basis_bp(perp_close: Floats, spot_close: Floats, multiplier: float) -> Floats:
    """1e4 ln(perp / (multiplier · spot)); NaN where a leg has no close."""
    return 1e4 * np.log(perp_close / (multiplier * spot_close))


def basis(level_bp: Floats) -> Floats:
    """½ + ½ tanh((x − mean of the 90 settlements before) / 10 bp); absent where fewer than 21 of them have a basis."""
    padded = np.concatenate((np.full(WINDOW, np.nan), level_bp))
    before = np.lib.stride_tricks.sliding_window_view(padded, WINDOW)[: len(level_bp)]
    there = np.isfinite(before)
    count = there.sum(axis=1)
    total = np.where(there, before, 0.0).sum(axis=1)
    mean = total / np.maximum(count, 1)
    return np.where(count >= MIN_WINDOW, 0.5 + 0.5 * np.tanh((level_bp - mean) / WIDTH_BP), np.nan)

"""HAR: the next funding forecast from the last 8 h, 3, 7 and 30 days of it, refitted on what had come true by then.

A sample counts only when all it foretells has settled. Looks back 365 days for samples, 30 more for their averages."""

from __future__ import annotations

import math

import numpy as np

from fundarb.signals.forecast import CLIP_BP
from fundarb.signals.panel import Floats

SPANS = (1, 9, 21, 90)
SAMPLES = 1095
PERIODS = SAMPLES + SPANS[-1]
MIN_SAMPLES = 90


def har(levels: Floats, horizon: int) -> float:
    """The sum of the next `horizon` levels (bp; 8 h each, oldest first), a level within ±20; NaN with too little history."""
    known = features(levels)
    coefficients = refit(levels, known, horizon)
    if coefficients is None or not len(known) or not np.isfinite(known[-1]).all():
        return math.nan
    bound = horizon * CLIP_BP
    return float(np.clip(predict(coefficients, known[-1], horizon), -bound, bound))


def predict(coefficients: Floats, known: Floats, horizon: int) -> float:
    """horizon · (constant + Σ coefficient · average)."""
    return horizon * float(coefficients[0] + known @ coefficients[1:])


def features(levels: Floats) -> Floats:
    """For each level the averages that end with it, a column a span; NaN where less than half of one is there."""
    return np.column_stack([_trailing_mean(levels, span) for span in SPANS])


def refit(levels: Floats, known: Floats, horizon: int) -> Floats | None:
    """Least squares of the mean of the next `horizon` levels on the averages, over the last 365 days of complete samples."""
    if len(levels) <= horizon:
        return None
    following = np.lib.stride_tricks.sliding_window_view(levels[1:], horizon).mean(axis=1)[-SAMPLES:]
    averages = known[: len(levels) - horizon][-SAMPLES:]
    there = np.isfinite(following) & np.isfinite(averages).all(axis=1)
    if int(there.sum()) < MIN_SAMPLES:
        return None
    design = np.column_stack((np.ones(int(there.sum())), averages[there]))
    found: Floats = np.linalg.lstsq(design, following[there], rcond=None)[0]
    return found


def _trailing_mean(levels: Floats, span: int) -> Floats:
    windows = np.lib.stride_tricks.sliding_window_view(np.concatenate((np.full(span - 1, np.nan), levels)), span)
    there = np.isfinite(windows)
    count = there.sum(axis=1)
    total = np.where(there, windows, 0.0).sum(axis=1)
    return np.where(2 * count >= span, total / np.maximum(count, 1), np.nan)

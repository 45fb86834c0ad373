"""Rates as predicted beside rates as settled, by how long before the settlement they were seen.

A later observation of the same settlement is another row of its group: a group says how far off one look was."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

import numpy as np

from fundarb.domain.instants import HOUR, MINUTE
from fundarb.domain.market import PredictedRate

EDGES = (0, 15 * MINUTE, 30 * MINUTE, HOUR, 2 * HOUR, 4 * HOUR, 8 * HOUR)
NAMES = ("0-15 min", "15-30 min", "30-60 min", "1-2 h", "2-4 h", "4-8 h")
PREDICTION_COLUMNS = (
    *("before", "looks", "settlements"),
    *("bias_bp", "mean_error_bp", "p90_error_bp", "same_sign", "share_explained"),
)
BP = 1e4
Settled = Mapping[tuple[str, int], float]


def prediction_rows(predicted: Iterable[PredictedRate], settled: Settled) -> list[dict[str, Any]]:
    """One row a group of looks, the nearest first; groups without a look are left out. Errors are in basis points of one
    settlement; `share_explained` is 1 − the squared error over the spread of what was settled."""
    groups: list[list[tuple[float, float, tuple[str, int]]]] = [[] for _ in NAMES]
    for one in predicted:
        key, ahead_ms = (one.symbol, one.for_settlement_ms), one.for_settlement_ms - one.observed_at_ms
        if key in settled and EDGES[0] <= ahead_ms < EDGES[-1]:
            place = next(number for number, edge in enumerate(EDGES[1:]) if ahead_ms < edge)
            groups[place].append((float(one.rate), settled[key], key))
    return [_row(name, group) for name, group in zip(NAMES, groups, strict=True) if group]


def _row(name: str, group: Sequence[tuple[float, float, tuple[str, int]]]) -> dict[str, Any]:
    seen, came = (np.array([each[place] for each in group], dtype=float) for place in (0, 1))
    off = (seen - came) * BP
    spread = float(np.var(came * BP))
    return {
        "before": name,
        "looks": len(group),
        "settlements": len({key for _, _, key in group}),
        "bias_bp": float(off.mean()),
        "mean_error_bp": float(np.abs(off).mean()),
        "p90_error_bp": float(np.quantile(np.abs(off), 0.9)),
        "same_sign": float(np.mean(np.sign(seen) == np.sign(came))),
        "share_explained": 1.0 - float(np.mean(off**2)) / spread if spread > 1e-12 else None,
    }

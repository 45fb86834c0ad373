"""Golden values of walk-forward and cross-validation, as printed by an independent script."""

from __future__ import annotations

from math import comb

import numpy as np

from fundarb.domain.instants import iso, parse_instant
from fundarb.domain.market import Span
from fundarb.research.folds import lay_folds, read_windows
from fundarb.statistics.cross_paths import counts, cross_paths
from fundarb.statistics.overfitting import cross_validate


def test_b21_calendar_months_of_2024() -> None:
    year = Span(parse_instant("2024-01-01"), parse_instant("2025-01-01"))
    folds = lay_folds(year, read_windows("3mo", "1mo", "7d"))
    edges = [
        iso(edge)[:10]
        for fold in (folds[0], folds[-1])
        for edge in (fold.train.start_ms, fold.train.end_ms, fold.test.start_ms, fold.test.end_ms)
    ]
    assert f"{len(folds)}  {'  '.join(edges)}" == (
        "9  2024-01-01  2024-03-25  2024-04-01  2024-05-01  2024-09-01  2024-11-24  2024-12-01  2025-01-01"
    )


def test_b22_splits_paths_and_combinations() -> None:
    noise = np.random.default_rng(22).normal(0, 0.01, (480, 5))
    paths, halves = cross_paths(noise, 3), cross_validate(noise, 16)
    assert paths is not None
    assert halves is not None
    assert (paths.splits, len(paths.paths), halves.combinations) == (15, 5, 12870)
    assert counts(6, 2) == (15, 5)
    assert halves.combinations == comb(16, 8)

"""Whether a walk-forward keeps choosing the same: the moves of its choice in steps of the grid, where 1 bp to 2 bp may be
one step and "30 %" means nothing."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import pairwise
from statistics import median

from fundarb.domain.folds import Drift

STEADY = 1.0  # median step from fold to fold that still counts as stable


def drift_of(paths: Sequence[str], places: Sequence[tuple[int, ...] | None]) -> tuple[Drift, ...]:
    """By axis the |Δ index| between consecutive choices; folds without a choice are passed over. Nothing below two."""
    chosen = [place for place in places if place is not None]
    if len(chosen) < 2:
        return ()
    return tuple(_along(path, [place[axis] for place in chosen]) for axis, path in enumerate(paths))


def _along(path: str, indices: Sequence[int]) -> Drift:
    steps = tuple(abs(later - earlier) for earlier, later in pairwise(indices))
    middle = float(median(steps))
    return Drift(path, steps, middle, middle <= STEADY)

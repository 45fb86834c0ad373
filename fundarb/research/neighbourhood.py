"""Scores averaged over the neighbourhood on a grid: a peak that its neighbours do not share is luck, not a place to stand.

The neighbours of a set are those one step away along one axis. An axis of words (modes, margins, null among numbers) has
no steps: its values are different grids."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Protocol

import numpy as np
from numpy.typing import NDArray

from fundarb.domain.money import parse
from fundarb.domain.result import METRICS

Floats = NDArray[np.float64]
LESS_IS_BETTER = frozenset({"max_drawdown", "fee_drag", "turnover"})


class Candidate(Protocol):
    """A parameter set: what is varied, in the order of the grid's axes, and where on the grid it stands."""

    @property
    def params(self) -> Mapping[str, str | None]:
        """Path to canonical text."""
        ...

    @property
    def place(self) -> tuple[int, ...] | None:
        """One index an axis; None without a grid."""
        ...


def objective(metrics: Floats, metric: str) -> Floats:
    """One score a set, more being better, from (sets × METRICS); NaN is undefined."""
    found = metrics[:, METRICS.index(metric)]
    return -found if metric in LESS_IS_BETTER else found


def average_over_neighbours(candidates: Sequence[Candidate], scores: Floats) -> Floats:
    """The mean of each set's score and those of its neighbours that have one; NaN where its own is undefined.

    Without places on a grid a set has no neighbours, and its score stands alone."""
    places = [one.place for one in candidates]
    if not places or any(place is None for place in places):
        return scores.copy()
    grid = np.array(places, dtype=np.int64).reshape(len(places), -1)
    total, count = np.nan_to_num(scores), (~np.isnan(scores)).astype(np.float64)
    own, known = total.copy(), count.copy()
    stepped = _stepped(candidates)
    for axis in range(grid.shape[1]):
        for step in (-1, 1) if stepped[axis] else ():
            neighbour = _rows_at(grid, axis, step)
            there = neighbour >= 0
            total[there] += own[neighbour[there]]
            count[there] += known[neighbour[there]]
    return np.where(known > 0, total / np.maximum(count, 1.0), np.nan)


def best(averaged: Floats, scores: Floats) -> int | None:
    """The set of the highest average, among equals the highest score, then the first; None where none has a score."""
    if np.isnan(averaged).all():
        return None
    ranked = np.lexsort((-np.nan_to_num(scores, nan=-np.inf), -np.nan_to_num(averaged, nan=-np.inf)))
    return int(ranked[0])


def _stepped(candidates: Sequence[Candidate]) -> list[bool]:
    """By axis, whether all its values are numbers."""
    values: dict[str, set[str | None]] = {path: set() for path in candidates[0].params}
    for one in candidates:
        for path, text in one.params.items():
            values[path].add(text)
    return [all(map(_is_number, texts)) for texts in values.values()]


def _is_number(text: str | None) -> bool:
    try:
        return text is not None and parse(text) is not None
    except ValueError:
        return False


def _rows_at(grid: NDArray[np.int64], axis: int, step: int) -> NDArray[np.int64]:
    """The row of the set that stands that step away along the axis; −1 where none does."""
    shape = tuple((grid.max(axis=0) + 1).tolist())
    keys = np.ravel_multi_index(tuple(grid.T), shape)
    order = np.argsort(keys, kind="stable")
    moved = grid.copy()
    moved[:, axis] += step
    inside = (moved[:, axis] >= 0) & (moved[:, axis] < shape[axis])
    moved[~inside] = grid[~inside]
    wanted = np.ravel_multi_index(tuple(moved.T), shape)
    at = np.searchsorted(keys[order], wanted).clip(max=len(keys) - 1)
    rows = order[at]
    return np.where(inside & (keys[rows] == wanted), rows, -1)

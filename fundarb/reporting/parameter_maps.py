"""Scores of a search over every two of the parameters that matter most, small enough to be kept: the picture of a hundred
thousand trials. Over the parameters that a map does not show scores are averaged, as on the terminal's map."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import combinations

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]
Places = NDArray[np.int64]
Cells = tuple[tuple[float | None, ...], ...]
MOST_LINES = 40  # of a map; more values share a line
MOST_AXES = 4  # every two of them make a map
DIGITS = 6


@dataclass(frozen=True, slots=True)
class Axis:
    """A parameter that was varied, and the values it took in the order of the grid."""

    path: str
    values: tuple[str | None, ...]


_ALONE = Axis("", ())


@dataclass(frozen=True, slots=True)
class ParameterMap:
    """Mean score, and mean score of the neighbourhood, for each pair of values; None where nothing has a score.

    `across` is None where only one parameter was varied; `others` counts those averaged over."""

    down: str
    across: str | None
    rows: tuple[str, ...]
    columns: tuple[str, ...]
    score: Cells
    neighbourhood: Cells
    others: int


def parameter_maps(axes: Sequence[Axis], places: Places, scores: Floats, averaged: Floats) -> tuple[ParameterMap, ...]:
    """Maps of every two axes, those that matter most first; `places` are (sets × axes), NaN a score that is not there."""
    known = np.isfinite(scores)
    varied = [index for index, axis in enumerate(axes) if len(axis.values) > 1]
    if not known.any() or not varied:
        return ()
    spread = {index: _spread(places[known, index], scores[known]) for index in varied}
    leading = sorted(varied, key=lambda index: -spread[index])[:MOST_AXES]
    chosen: list[tuple[int, int | None]] = [(a, b) for a, b in combinations(leading, 2)] or [(leading[0], None)]
    return tuple(_map(axes, pair, places[known], (scores[known], averaged[known]), len(varied)) for pair in chosen)


def _map(
    axes: Sequence[Axis], pair: tuple[int, int | None], places: Places, values: tuple[Floats, Floats], varied: int
) -> ParameterMap:
    down, across = pair
    rows, row_of = _lines(axes[down], places[:, down])
    columns, column_of = _lines(axes[across] if across is not None else _ALONE, places[:, across or 0])
    shape = len(rows), len(columns)
    score, neighbourhood = (_means(row_of, column_of, one, shape) for one in values)
    return ParameterMap(
        down=axes[down].path,
        across=None if across is None else axes[across].path,
        rows=rows,
        columns=columns,
        score=score,
        neighbourhood=neighbourhood,
        others=varied - (1 if across is None else 2),
    )


def _lines(axis: Axis, place: Places) -> tuple[tuple[str, ...], Places]:
    """The labels of the lines, and the line of each set; one line without a label where there is no axis."""
    if axis is _ALONE:
        return ("",), np.zeros_like(place)
    shared = -(-len(axis.values) // MOST_LINES)
    texts = ["null" if value is None else value for value in axis.values[::shared]]
    return tuple(f"{text}…" if shared > 1 else text for text in texts), place // shared


def _means(rows: Places, columns: Places, values: Floats, shape: tuple[int, int]) -> Cells:
    cell, size = rows * shape[1] + columns, shape[0] * shape[1]
    there = np.isfinite(values)
    total = np.bincount(cell[there], values[there], size)
    count = np.bincount(cell[there], minlength=size)
    means = [short(value / n) if n else None for value, n in zip(total.tolist(), count.tolist(), strict=True)]
    return tuple(tuple(means[first : first + shape[1]]) for first in range(0, size, shape[1]))


def _spread(place: Places, scores: Floats) -> float:
    """How far apart the mean scores of an axis' values are."""
    count = np.bincount(place)
    means = np.bincount(place, scores)[count > 0] / count[count > 0]
    return float(means.max() - means.min())


def short(value: float) -> float:
    """As many digits as a picture needs."""
    return float(f"{value:.{DIGITS}g}")

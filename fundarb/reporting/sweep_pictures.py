"""What the pictures of a sweep need and its answer does not hold: maps of all its trials, the spread of their scores, and
the daily returns of the stretches nobody had looked at. Kept beside the answer, because the trials are too many to read."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from math import isfinite
from typing import Any

import numpy as np

from fundarb.domain.folds import WalkForward
from fundarb.reporting.parameter_maps import Axis, Floats, ParameterMap, Places, parameter_maps, short

PICTURES = "pictures"  # under which name they lie beside the answer
BINS = 60


@dataclass(frozen=True, slots=True)
class Histogram:
    """How many values lie between each two edges; `undefined` ones lie nowhere."""

    edges: tuple[float, ...]
    counts: tuple[int, ...]
    undefined: int


@dataclass(frozen=True, slots=True)
class SweepPictures:
    """Maps, the scores of all trials, and a tuple of daily returns for each fold, none where all was lost;
    `less_is_better` says of the metric so."""

    less_is_better: bool
    maps: tuple[ParameterMap, ...]
    scores: Histogram
    daily: tuple[tuple[float, ...], ...]


def sweep_pictures(
    axes: Sequence[Axis],
    places: Places,
    scores: Floats,
    averaged: Floats,
    walk: WalkForward | None,
    *,
    less_is_better: bool,
) -> SweepPictures:
    """Of every trial, a row each in `places`, `scores` and `averaged` (the score of its neighbourhood)."""
    days = () if walk is None else tuple(one.daily for one in walk.folds)
    ruined = not all(isfinite(value) for own in days for value in own)
    daily = () if ruined else tuple(tuple(map(short, own)) for own in days)
    return SweepPictures(less_is_better, parameter_maps(axes, places, scores, averaged), histogram(scores), daily)


def histogram(values: Floats) -> Histogram:
    """Equal steps from the least to the greatest."""
    known = values[np.isfinite(values)]
    undefined = len(values) - len(known)
    if not len(known):
        return Histogram((), (), undefined)
    counts, edges = np.histogram(known, bins=BINS)
    return Histogram(tuple(map(short, edges.tolist())), tuple(counts.tolist()), undefined)


def pictures_document(pictures: SweepPictures) -> dict[str, Any]:
    """As JSON can hold it."""
    return asdict(pictures)


def read_pictures(found: Mapping[str, Any]) -> SweepPictures:
    """From that again."""
    return SweepPictures(
        less_is_better=found["less_is_better"],
        maps=tuple(_read_map(one) for one in found["maps"]),
        scores=Histogram(
            tuple(found["scores"]["edges"]), tuple(found["scores"]["counts"]), found["scores"]["undefined"]
        ),
        daily=tuple(map(tuple, found["daily"])),
    )


def _read_map(one: Mapping[str, Any]) -> ParameterMap:
    cells = {name: tuple(map(tuple, one[name])) for name in ("score", "neighbourhood")}
    labels = {name: tuple(one[name]) for name in ("rows", "columns")}
    return ParameterMap(**{**one, **labels, **cells})

"""Curves of at most so many points that still reach every peak and trough of their stretch: of each stretch of time the
lowest and the highest point stay, in their order."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]
Stamps = NDArray[np.int64]
MOST_POINTS = 1000


def thinned(times: Stamps, values: Floats, most: int = MOST_POINTS) -> tuple[Stamps, Floats]:
    """The curve through points that are there (NaN is none); its first and last point always stay."""
    there = np.flatnonzero(np.isfinite(values))
    times, values = times[there], values[there]
    if len(values) <= most:
        return times, values
    kept = kept_rows(values, most)
    return times[kept], values[kept]


def kept_rows(values: Floats, most: int = MOST_POINTS) -> Stamps:
    """The rows of those points."""
    if len(values) <= most:
        return np.arange(len(values), dtype=np.int64)
    edges = np.linspace(0, len(values), (most - 2) // 2 + 1).astype(np.int64)
    kept = {0, len(values) - 1}
    for first, last in zip(edges[:-1].tolist(), edges[1:].tolist(), strict=True):
        stretch = values[first:last]
        kept |= {first + int(stretch.argmin()), first + int(stretch.argmax())}
    return np.array(sorted(kept), dtype=np.int64)

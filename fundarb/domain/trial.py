"""One parameter set of a search and what it came to; the returns of many stand beside them as a matrix (days × trials)."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

TOTALS = ("net", "funding", "price", "fees", "slippage", "other")
COUNTS = (
    "trades",
    "entries",
    "no_price",
    "stale_marks",
    "stale_prices",
    "liquidations",
    "guards",
    "delistings",
    "rotations",
)


@dataclass(frozen=True, slots=True)
class Trial:
    """A set by its number in the search, what was varied (path to canonical text, None: null), and its figures.

    `place` is where it stands on the grid, one index an axis in the order of the paths; None where there is no grid.
    An undefined metric is None. `net` is in quote currency, from float arithmetic unless the trial was confirmed."""

    number: int
    params: Mapping[str, str | None]
    place: tuple[int, ...] | None
    metrics: Mapping[str, float | None]
    net: float
    counts: Mapping[str, int]

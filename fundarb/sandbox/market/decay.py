"""Processes that forget: each step keeps a share of the one before and adds a shock."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]

_MOST_HALVINGS = 500  # of a shock in one run: beyond, a double cannot hold its inverse


class Leaks:
    """Several such processes side by side, a row each, over runs of `steps` steps."""

    def __init__(self, half_lives: Sequence[float], steps: int) -> None:
        if steps > _MOST_HALVINGS * min(half_lives):
            raise ValueError(f"a half-life of {min(half_lives)} is too short for runs of {steps} steps")
        self.kept = 0.5 ** (1.0 / np.array(half_lives))
        self._left: Floats = self.kept[:, None] ** np.arange(1, steps + 1)
        self._inverse: Floats = 1.0 / self._left

    def run(self, shocks: Floats, before: Floats) -> Floats:
        """Row by row y[t] = kept · y[t - 1] + shock[t], where y[-1] is `before`, without a Python step a row."""
        sums: Floats = self._left * (before[:, None] + np.cumsum(shocks * self._inverse, axis=1))
        return sums

    def stirring(self, deviations: Sequence[float]) -> Floats:
        """The deviation of shocks under which each process has the deviation asked for, as a column."""
        found: Floats = (np.array(deviations) * np.sqrt(1.0 - self.kept**2))[:, None]
        return found

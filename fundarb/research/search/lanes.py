"""A lane runs parameter sets of one mode on one stage: the exact one step by step in Decimals, the fast one on floats.

A set's outcome depends on nothing but the stage and the set: not on its neighbours in a chunk, nor on who else runs."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Protocol

from fundarb.domain.trial import COUNTS as COUNTS
from fundarb.domain.trial import TOTALS as TOTALS
from fundarb.research.rules import Setup
from fundarb.signals.panel import Floats, Stamps


@dataclass(frozen=True, slots=True, eq=False)
class Outcomes:
    """One row a set. NaN is an undefined metric; a row of `daily` is NaN throughout where equity fell to 0 or below."""

    metrics: Floats  # (sets × METRICS of fundarb.domain.result)
    totals: Floats  # (sets × TOTALS)
    counts: Stamps  # (sets × COUNTS)
    daily: Floats  # (sets × 00:00 UTC in (from, to])


class Lane(Protocol):
    """Runs chunks; `run` may be called from several threads at once."""

    def run(self, setups: Sequence[Setup]) -> Outcomes:
        """The outcomes of these sets, in their order."""
        ...

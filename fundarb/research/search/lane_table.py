"""The lanes by name, each on one stage."""

from __future__ import annotations

from fundarb.research.search.exact_lane import ExactLane
from fundarb.research.search.lanes import Lane
from fundarb.research.stage import Stage

EXACT = "exact"


def lane_on(stage: Stage, name: str) -> Lane:
    """The lane of that name."""
    assert name == EXACT, f"there is no lane {name}"
    return ExactLane(stage)

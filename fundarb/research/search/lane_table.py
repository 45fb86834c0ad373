"""The lanes by name, and which of them a search takes: the fast one, unless some set of it needs the exact one."""

from __future__ import annotations

from collections.abc import Iterable

from fundarb.research.fast_lane import FastLane, refusal
from fundarb.research.rules import Setup
from fundarb.research.search.exact_lane import ExactLane
from fundarb.research.search.lanes import Lane
from fundarb.research.stage import Stage

EXACT, FAST = "exact", "fast"


def lane_on(stage: Stage, name: str) -> Lane:
    """The lane of that name."""
    return FastLane(stage) if name == FAST else ExactLane(stage)


def why_exact(setups: Iterable[Setup]) -> str | None:
    """Why the fast lane cannot run some of these; None where it can run all."""
    return next((reason for setup in setups if (reason := refusal(setup)) is not None), None)

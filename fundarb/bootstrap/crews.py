"""Which crew runs a search: processes in the exact lane, or threads in the fast one."""

from __future__ import annotations

from dataclasses import dataclass

from fundarb.bootstrap.sets import Sets
from fundarb.research.search.crews import Crew
from fundarb.research.search.processes import ProcessCrew
from fundarb.research.stage import Stage

EXACT = "exact"


@dataclass(frozen=True, slots=True)
class Hands:
    """How a search is run: by how many, and whether in the exact lane only."""

    workers: int
    exact: bool = False

    def lane(self, sets: Sets) -> str:
        """The lane that these sets take."""
        return EXACT

    def crew(self, stage: Stage, lane: str) -> Crew:
        """Whoever runs chunks on one stage."""
        return ProcessCrew(stage, self.workers)

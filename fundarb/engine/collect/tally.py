"""What a run did with one stream, counted while it goes."""

from __future__ import annotations

from dataclasses import dataclass

from fundarb.engine.collect.streams import Wanted
from fundarb.errors import VenueError
from fundarb.ports.market import Written


@dataclass(slots=True)
class Tally:
    """`stored` rows were new, `known` ones were there and equal, `differing` ones were there with other values and stay."""

    wanted: Wanted
    requests: int = 0
    stored: int = 0
    known: int = 0
    differing: int = 0
    failure: VenueError | None = None

    def add(self, written: Written) -> None:
        """Count what a put did."""
        self.stored += written.new
        self.known += written.same
        self.differing += written.conflicting

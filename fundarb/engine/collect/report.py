"""What a run found and did: a row a stream that adds up, every hole, and how it ended."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from fundarb.domain.market import Span
from fundarb.engine.collect.streams import Stream
from fundarb.engine.collect.survey import CONFIRMED
from fundarb.errors import VenueError


@dataclass(frozen=True, slots=True)
class Hole:
    """A stretch that lacks rows, how many where that is known, and why we think so."""

    span: Span
    missing: int
    reason: str


@dataclass(frozen=True, slots=True)
class StreamReport:
    """One stream: `requested` = stored + known + differing + missing, all of this run. `spans` are the whole stretches."""

    stream: Stream
    span: Span
    stored: int = 0
    known: int = 0
    differing: int = 0
    missing: int = 0
    requests: int = 0
    spans: int = 0
    newest_ms: int | None = None
    holes: tuple[Hole, ...] = ()

    @property
    def requested(self) -> int:
        """Rows that were due in what was asked for."""
        return self.stored + self.known + self.differing + self.missing


@dataclass(frozen=True, slots=True)
class FetchReport:
    """A whole run."""

    streams: tuple[StreamReport, ...]
    requests: int
    universe: str = ""
    failures: Mapping[Stream, VenueError] = field(default_factory=dict)
    stopped: VenueError | None = None

    @property
    def failure(self) -> VenueError | None:
        """Why something could not be asked, if anything."""
        return self.stopped or next(iter(self.failures.values()), None)

    def holes(self, *, strict: bool) -> list[tuple[Stream, Hole]]:
        """What makes a run incomplete: every hole that was not confirmed, with `strict` those too."""
        return [(one, hole) for one, hole in self.all_holes() if strict or hole.reason != CONFIRMED]

    def all_holes(self) -> list[tuple[Stream, Hole]]:
        """Every hole, confirmed ones included."""
        return [(one.stream, hole) for one in self.streams for hole in one.holes]

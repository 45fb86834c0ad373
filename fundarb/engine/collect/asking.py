"""Pages of a venue, counted where they are asked: by stream and in all, with a word of progress."""

from __future__ import annotations

from collections.abc import Callable

from fundarb.domain.market import Span
from fundarb.engine.collect.rows import Row, ask
from fundarb.engine.collect.streams import Stream
from fundarb.engine.collect.tally import Tally
from fundarb.ports.venue import PageRules, VenueData

Progress = Callable[[str, int, int | None, str], None]


class Asker:
    """Asks a venue for pages."""

    def __init__(self, venue: VenueData, progress: Progress) -> None:
        self._venue, self._progress = venue, progress
        self._done = self._expected = 0

    @property
    def rules(self) -> PageRules:
        """Page sizes and walks of the venue."""
        return self._venue.rules

    def expect(self, requests: int) -> None:
        """So many more are to be asked."""
        self._expected += requests

    async def page(self, stream: Stream, span: Span, tally: Tally) -> dict[int, Row]:
        """The rows of one page by stamp."""
        tally.requests += 1
        rows = await ask(self._venue, stream, span)
        self._done += 1
        self._expected = max(self._expected, self._done)
        self._progress("fetching", self._done, self._expected, "requests")
        return rows

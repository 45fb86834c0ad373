"""Stored history checked against a venue: pages drawn by a seed, asked again, compared row by row. Nothing is changed
unless repair is wanted; then the venue's value is stored and the old one kept among the corrections."""

from __future__ import annotations

from collections.abc import AsyncIterator, Iterator, Sequence
from dataclasses import dataclass, field
from functools import partial
from itertools import pairwise
from random import Random

from fundarb.domain.instants import LATEST
from fundarb.domain.instrument import Kind
from fundarb.domain.market import Span
from fundarb.engine.collect.asking import Asker
from fundarb.engine.collect.comparing import Disagreement, disagreements, stored_values
from fundarb.engine.collect.rows import Row, put
from fundarb.engine.collect.shelf import Shelf
from fundarb.engine.collect.spans import common, windows
from fundarb.engine.collect.streams import Stream, Wanted
from fundarb.engine.collect.survey import Survey
from fundarb.engine.collect.tally import Tally
from fundarb.engine.collect.workers import Job, Workers
from fundarb.errors import VenueError
from fundarb.ports.market import MarketReader, OnConflict

PAGES = 12  # of a stream at most: ninety days of hours are checked whole, of years a sample
_PATIENCE = 4


@dataclass(frozen=True, slots=True)
class CheckOrder:
    """What is checked: pairs, kinds, the range, the seed of the sample, and whether to repair."""

    symbols: Sequence[str]
    kinds: Sequence[Kind]
    span: Span
    seed: int
    repair: bool
    concurrency: int = 8


@dataclass(slots=True)
class CheckedStream:
    """One stream: how many of its pages were asked, the rows they hold here, and what differs."""

    stream: Stream
    span: Span
    pages: int
    asked: int = 0
    rows: int = 0
    found: list[Disagreement] = field(default_factory=list)
    repaired: int = 0
    tally: Tally = field(init=False)

    def __post_init__(self) -> None:
        self.tally = Tally(Wanted(self.stream, self.span, self.span.end_ms))


@dataclass(frozen=True, slots=True)
class CheckReport:
    """A whole check."""

    streams: Sequence[CheckedStream]
    requests: int
    stopped: VenueError | None

    @property
    def failure(self) -> VenueError | None:
        """Why something could not be asked, if anything."""
        failures = (one.tally.failure for one in self.streams if one.tally.failure)
        return self.stopped or next(failures, None)

    @property
    def open(self) -> int:
        """Disagreements that were not repaired."""
        return sum(len(one.found) - one.repaired for one in self.streams)


@dataclass(slots=True)
class Checker:
    """One check over one venue and one store."""

    reader: MarketReader
    shelf: Shelf
    asker: Asker
    order: CheckOrder

    async def run(self, survey: Survey) -> CheckReport:
        """Ask and compare."""
        drawn = [
            (CheckedStream(stream, span, len(pages)), pages) async for stream, span, pages in self._streams(survey)
        ]
        self.asker.expect(sum(min(len(pages), PAGES) for _, pages in drawn))
        workers = Workers(self.order.concurrency, self.order.concurrency + _PATIENCE)
        await workers.run(self._jobs(drawn))
        streams = [checked for checked, _ in drawn]
        return CheckReport(streams, sum(one.tally.requests for one in streams), workers.stopped)

    async def _streams(self, survey: Survey) -> AsyncIterator[tuple[Stream, Span, list[Span]]]:
        """Every stored stream that is meant, with its pages."""
        for stream in await survey.checkable(self.order.symbols, self.order.kinds):
            stored = await survey.stored(stream)
            there = [one.asked for one in stored.asked if one.rows > 0] if stored.extent is None else [stored.extent]
            parts = common(self.order.span, there)
            if parts:
                pages = [page for part in parts for page in await self._pages(stream, part)]
                yield stream, Span(parts[0].start_ms, parts[-1].end_ms), pages

    async def _pages(self, stream: Stream, span: Span) -> list[Span]:
        """A stored stretch as pages; of settlements somewhat shorter ones, since the store may lack some."""
        rows = stream.page_rows(self.asker.rules)
        if stream.kind is not Kind.FUNDING:
            aligned = Span(span.start_ms, span.end_ms - (span.end_ms - span.start_ms) % stream.span_ms)
            return list(windows(aligned, stream.span_ms, rows))
        stamps = await self.shelf.settled(stream.symbol, span)
        bounds = [*stamps[:: max(1, rows * 9 // 10)], span.end_ms]
        return [Span(start, end) for start, end in pairwise(bounds)]

    def _jobs(self, drawn: Sequence[tuple[CheckedStream, Sequence[Span]]]) -> Iterator[Job]:
        for checked, pages in drawn:
            random = Random(f"{self.order.seed} {checked.stream.symbol} {checked.stream.kind}")  # noqa: S311  (a sample)
            for page in sorted(random.sample(pages, min(PAGES, len(pages)))):
                yield Job(checked.tally, partial(self._check, checked, page))

    async def _check(self, checked: CheckedStream, page: Span) -> None:
        """One page: ask, compare, and repair where that is wanted."""
        stream = checked.stream
        told = await self.asker.page(stream, page, checked.tally)
        full = stream.kind is Kind.FUNDING and len(told) >= stream.page_rows(self.asker.rules)
        judged = Span(min(told), page.end_ms) if full else page
        stored = await stored_values(self.reader, stream, judged, LATEST)
        found = disagreements(stream, stored, told)
        checked.asked += 1
        checked.rows += len(stored)
        checked.found += found
        if self.order.repair:
            await self._repair(checked, [told[one.at_ms] for one in found if one.venue is not None])

    async def _repair(self, checked: CheckedStream, rows: Sequence[Row]) -> None:
        if not rows:
            return
        async with self.shelf.transaction() as writer:
            await put(writer, checked.stream, rows, OnConflict.REPLACE)
        checked.repaired += len(rows)

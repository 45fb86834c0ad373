"""Funding history: walked page by page from the end the venue hands it out, each page stored before the next is asked,
and then proved contiguous; whatever stays in doubt is asked about once more and recorded as a hole."""

from __future__ import annotations

from collections.abc import AsyncIterator
from dataclasses import dataclass

from fundarb.domain.instants import DAY, HOUR, iso
from fundarb.domain.market import Coverage, Span
from fundarb.engine.collect.asking import Asker
from fundarb.engine.collect.contiguity import answered, head_fits, in_doubt
from fundarb.engine.collect.plan import Task
from fundarb.engine.collect.rows import Row
from fundarb.engine.collect.shelf import Shelf
from fundarb.engine.collect.spans import holds_multiple, minus
from fundarb.engine.collect.streams import SETTLEMENT_STEP
from fundarb.engine.collect.tally import Tally
from fundarb.errors import VenueUnreadable

_AROUND = DAY  # how far beside a span rows are looked at to judge its ends

Page = tuple[dict[int, Row], Span]


@dataclass(frozen=True, slots=True)
class Walk:
    """One stream of settlements to be brought up to date."""

    asker: Asker
    shelf: Shelf
    task: Task
    tally: Tally
    interval_ms: int
    now_ms: int

    async def complete(self, span: Span) -> None:
        """Ask for the span, then prove it: what is left in doubt is believed empty only after a second answer."""
        settled = self.task.stored.believed(self.now_ms)
        span = self._joined_on(span, settled)
        await self._walk(span)
        empty: list[Span] = []
        while True:
            stamps = await self.shelf.settled(self.task.stream.symbol, _around(span))
            claimed = Span(span.start_ms, self._claimed_to(span, stamps))
            doubts = minus(in_doubt(stamps, claimed, self.task.due_ms), [*settled, *empty])
            if not doubts:
                break
            empty += [doubt for doubt in doubts if not await self._walk(doubt)]
        await self._record(claimed, stamps, empty)

    async def _walk(self, span: Span) -> int:
        """Store what the venue has in the span; the number of rows that came."""
        came = 0
        async for rows, part in self._pages(span):
            came += len(rows)
            covered = Span(part.start_ms, max(part.start_ms, self._claimed_to(part, sorted(rows))))
            stream = self.task.stream
            asked = Coverage(stream.symbol, stream.kind, stream.span_ms, covered, len(rows), self.now_ms)
            self.tally.add(await self.shelf.put_page(stream, rows, [asked]))
        return came

    def _pages(self, span: Span) -> AsyncIterator[Page]:
        match self.asker.rules.funding_walk:
            case "backwards":
                return self._backwards(span)
            case "forwards":
                return self._forwards(span)
            case "newest-only":
                return self._newest(span)

    async def _backwards(self, span: Span) -> AsyncIterator[Page]:
        """Newest first, by the end alone: a page ends where the one before began, with that row once more if it is free."""
        end_ms, most, first_ms = span.end_ms, self.asker.rules.funding_rows, self._link(span)
        while holds_multiple(Span(span.start_ms, end_ms), SETTLEMENT_STEP):
            proof = end_ms < span.end_ms and self._free(Span(span.start_ms, end_ms))
            rows = await self.asker.page(self.task.stream, Span(first_ms, end_ms + proof), self.tally)
            if proof and end_ms not in rows:
                raise self._inconsistent(end_ms)
            fresh = {at: row for at, row in rows.items() if span.start_ms <= at < end_ms}
            if not fresh:
                return
            whole = len(rows) < most
            at_start = whole and not head_fits(sorted(fresh), span.start_ms)
            start_ms = span.start_ms if at_start else min(fresh)
            yield fresh, Span(start_ms, end_ms)
            if whole:
                return
            end_ms = start_ms

    async def _forwards(self, span: Span) -> AsyncIterator[Page]:
        """Oldest first: each page begins after the one before, with its last row once more if that is free."""
        start_ms, most = span.start_ms, self.asker.rules.funding_rows
        while holds_multiple(Span(start_ms, span.end_ms), SETTLEMENT_STEP):
            proof = start_ms > span.start_ms and self._free(Span(start_ms, span.end_ms))
            rows = await self.asker.page(self.task.stream, Span(start_ms - proof, span.end_ms), self.tally)
            if proof and start_ms - 1 not in rows:
                raise self._inconsistent(start_ms - 1)
            fresh = {at: row for at, row in rows.items() if at >= start_ms}
            if not fresh:
                return
            whole = len(rows) < most
            end_ms = span.end_ms if whole else max(fresh) + 1
            yield fresh, Span(start_ms, end_ms)
            if whole:
                return
            start_ms = end_ms

    async def _newest(self, span: Span) -> AsyncIterator[Page]:
        """The one page there is; what is older cannot be had."""
        rows = await self.asker.page(self.task.stream, Span(self._link(span), span.end_ms), self.tally)
        fresh = {at: row for at, row in rows.items() if at >= span.start_ms}
        if fresh:
            yield fresh, Span(min(fresh), span.end_ms)

    def _joined_on(self, span: Span, settled: list[Span]) -> Span:
        """From right after the last stored row, where the span continues it: a row that came late lies there."""
        between = (
            minus([Span(self._link(span) + 1, span.start_ms)], settled) if self._link(span) < span.start_ms else []
        )
        return Span(between[-1].start_ms, span.end_ms) if between and between[-1].end_ms == span.start_ms else span

    def _link(self, span: Span) -> int:
        """Where to ask from: the last stored row too, where the span continues it."""
        extent = self.task.stored.extent
        if extent is not None and 0 <= span.start_ms - extent.end_ms < _AROUND:
            return extent.end_ms - 1
        return span.start_ms

    def _free(self, rest: Span) -> bool:
        """Whether one row more costs no page more, as far as the interval in force tells."""
        rows, most = -(-(rest.end_ms - rest.start_ms) // self.interval_ms), self.asker.rules.funding_rows
        return -(-(rows + 1) // most) == -(-rows // most)

    def _claimed_to(self, span: Span, stamps: list[int]) -> int:
        """How far the span may be called asked for: a settlement that is due just now may still come."""
        inside = [at for at in stamps if at < span.end_ms]
        known_ms = min(span.end_ms, self.task.wanted.known_ms)
        return max(known_ms, span.start_ms, inside[-1] + 1 if inside else span.start_ms)

    async def _record(self, span: Span, stamps: list[int], empty: list[Span]) -> None:
        """Claim the span, from the row before it on where there is one, and the holes in it."""
        before = [at for at in stamps if at < span.start_ms]
        claimed = Span(before[-1] if before else span.start_ms, span.end_ms)
        doubted = self.task.stored.doubted(self.now_ms)
        found = answered(self.task.stream, claimed, stamps, empty, doubted, self.now_ms)
        await self.shelf.put_page(self.task.stream, {}, found)

    def _inconsistent(self, at_ms: int) -> VenueUnreadable:
        symbol = self.task.stream.symbol
        return VenueUnreadable(f"{symbol} funding: the settlement of {iso(at_ms)} was in one page and not in the next")


def _around(span: Span) -> Span:
    return Span(max(0, span.start_ms - _AROUND), span.end_ms + _AROUND + HOUR)

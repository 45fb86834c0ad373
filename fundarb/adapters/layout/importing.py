"""CSV files into the store: all of every file or nothing of any, a chunk in memory at a time."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Iterator, Sequence, Set
from contextlib import contextmanager
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Protocol, TypeVar

from fundarb.adapters.layout import candles as candle_file
from fundarb.adapters.layout import funding as funding_file
from fundarb.adapters.layout import instruments as instrument_file
from fundarb.adapters.layout.batches import Batch, Parser, batches
from fundarb.adapters.layout.candles import CandleParser
from fundarb.adapters.layout.funding import FundingParser
from fundarb.adapters.layout.source import Source, opened
from fundarb.domain.instants import LATEST
from fundarb.domain.instrument import Pair
from fundarb.domain.uncollected import uncollected
from fundarb.errors import BadRow, Conflicting, UnknownPair
from fundarb.ports.market import MarketReader, MarketWriter, OnConflict, Written

Row = TypeVar("Row")
Put = Callable[[Sequence[Row], OnConflict], Awaitable[Written]]
ParserOf = Callable[[Sequence[str]], Parser[Row]]


class Progress(Protocol):
    """Told how far a file has been read."""

    def __call__(self, what: str, done: int, total: int | None = None, unit: str = "rows") -> None:
        """`done` of `total` units of `what`."""
        ...


def silent(what: str, done: int, total: int | None = None, unit: str = "rows") -> None:
    """Progress nobody asked for."""


async def import_files(
    reader: MarketReader,
    writer: MarketWriter,
    *,
    funding: Path | None = None,
    candles: Path | None = None,
    instruments: Path | None = None,
    replace: bool = False,
    seen_ms: int,
    progress: Progress = silent,
) -> dict[str, Written]:
    """What each file brought, by `instruments`, `funding`, `candles`. With `replace` a differing value is no error."""
    intake = _Intake(writer, OnConflict.REPLACE if replace else OnConflict.REFUSE, progress)
    known = {pair.symbol for pair in await reader.pairs(LATEST)}
    written: dict[str, Written] = {}
    try:
        with uncollected():
            async with writer.transaction():
                if instruments is not None:
                    written["instruments"] = await intake.instruments(instruments, seen_ms, known)
                if funding is not None:
                    written["funding"] = await intake.funding(funding, known)
                if candles is not None:
                    written["candles"] = await intake.candles(candles, known)
    except _Clash as clash:
        raise await _explained(writer, clash) from None
    return written


class _Clash(Exception):
    """A row that differs from one under its key, in the store or in its own file; `again` puts that row alone."""

    def __init__(self, path: Path, line: int, problem: str, again: Callable[[], Awaitable[Written]] | None) -> None:
        super().__init__(problem)
        self.path, self.line, self.problem, self.again = path, line, problem, again


@dataclass(frozen=True, slots=True)
class _Intake:
    """Where rows go, and what happens to those that differ from stored ones."""

    writer: MarketWriter
    on_conflict: OnConflict
    progress: Progress

    async def instruments(self, path: Path, seen_ms: int, known: set[str]) -> Written:
        """Instruments, their symbols added to those known."""

        async def put(rows: Sequence[Pair], on_conflict: OnConflict) -> Written:
            known.update(pair.symbol for pair in rows)
            return await self.writer.put_pairs(rows, seen_ms, on_conflict)

        return await self._bring(path, instrument_file.COLUMNS, lambda _: instrument_file.InstrumentParser(), put)

    async def funding(self, path: Path, known: Set[str]) -> Written:
        """Settled rates."""
        put = self.writer.put_settlements
        return await self._bring(path, funding_file.COLUMNS, lambda header: FundingParser(header, known), put)

    async def candles(self, path: Path, known: Set[str]) -> Written:
        """Candles."""
        put = self.writer.put_candles
        return await self._bring(path, candle_file.COLUMNS, lambda header: CandleParser(header, known), put)

    async def _bring(self, path: Path, columns: Sequence[str], parser: ParserOf[Row], put: Put[Row]) -> Written:
        """A file into the store. Where something was replaced the file is read again: a row that is not what the store
        now holds was replaced by another row of the same file."""
        with opened(path, columns) as source:
            total = await self._feed(source, parser(source.header), put, self.on_conflict)
        if total.conflicting:
            with opened(path, columns) as source:
                await self._feed(source, parser(source.header), put, None)
        return total

    async def _feed(
        self, source: Source, parser: Parser[Row], put: Put[Row], on_conflict: OnConflict | None
    ) -> Written:
        """Every batch of a file into the store, the next one being read meanwhile; None only compares what is there."""
        name = source.path.name if on_conflict else f"{source.path.name} again"
        parsed = batches(source, parser)
        total = Written()
        upcoming = asyncio.create_task(asyncio.to_thread(next, parsed, None))
        try:
            while (batch := await upcoming) is not None:
                upcoming = asyncio.create_task(asyncio.to_thread(next, parsed, None))
                with _named(source, batch, put if on_conflict else None):
                    total = _sum(total, await put(batch.rows, on_conflict or OnConflict.REFUSE))
                self.progress(name, batch.at_byte, source.size, "bytes")
        finally:
            # The thread reads from the file, which is closed next; what it found after the first error is not told.
            await asyncio.gather(upcoming, return_exceptions=True)
        return total


@contextmanager
def _named(source: Source, batch: Batch[Row], put: Put[Row] | None) -> Iterator[None]:
    """A conflict is named by its line; with `put`, the row may differ from one stored before."""
    try:
        yield
    except Conflicting as error:
        row = batch.rows[error.row]
        again = partial(put, [row], OnConflict.REFUSE) if put else None
        raise _Clash(source.path, batch.lines[error.row], error.problem, again) from None


async def _explained(writer: MarketWriter, clash: _Clash) -> BadRow:
    """Replacing is offered where the other value was stored before; the import itself is rolled back by now."""
    if clash.again and await _refused(writer, clash.again):
        return BadRow(clash.path, clash.line, f"{clash.problem}, or use --replace")
    return BadRow(clash.path, clash.line, f"{clash.problem}: another line of this file has the other")


async def _refused(writer: MarketWriter, put: Callable[[], Awaitable[Written]]) -> bool:
    """Whether the store refuses this row; it is stored in no case."""
    try:
        async with writer.transaction():
            await put()
            raise _Tried
    except Conflicting:
        return True
    except (UnknownPair, _Tried):
        return False


class _Tried(Exception):
    """Rolls back a transaction that was only a question."""


def _sum(left: Written, right: Written) -> Written:
    return Written(left.new + right.new, left.same + right.same, left.conflicting + right.conflicting)

"""CSV files into the store: all of every file or nothing of any, a chunk in memory at a time."""

from __future__ import annotations

import asyncio
import gc
from collections.abc import Awaitable, Callable, Iterator, Sequence, Set
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Protocol, TypeVar

from fundarb.adapters.layout import candles as candle_file
from fundarb.adapters.layout import funding as funding_file
from fundarb.adapters.layout import instruments as instrument_file
from fundarb.adapters.layout.batches import Parser, batches
from fundarb.adapters.layout.candles import CandleParser
from fundarb.adapters.layout.funding import FundingParser
from fundarb.adapters.layout.source import Source, opened
from fundarb.domain.instants import LATEST
from fundarb.domain.instrument import Pair
from fundarb.errors import BadRow, Conflicting
from fundarb.ports.market import MarketReader, MarketWriter, OnConflict, Written

Row = TypeVar("Row")
Put = Callable[[Sequence[Row], OnConflict], Awaitable[Written]]


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
    with _uncollected():
        async with writer.transaction():
            if instruments is not None:
                written["instruments"] = await intake.instruments(instruments, seen_ms, known)
            if funding is not None:
                written["funding"] = await intake.funding(funding, known)
            if candles is not None:
                written["candles"] = await intake.candles(candles, known)
    return written


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

        with opened(path, instrument_file.COLUMNS) as source:
            return await self._feed(source, instrument_file.InstrumentParser(), put)

    async def funding(self, path: Path, known: Set[str]) -> Written:
        """Settled rates."""
        with opened(path, funding_file.COLUMNS) as source:
            return await self._feed(source, FundingParser(source.header, known), self.writer.put_settlements)

    async def candles(self, path: Path, known: Set[str]) -> Written:
        """Candles."""
        with opened(path, candle_file.COLUMNS) as source:
            return await self._feed(source, CandleParser(source.header, known), self.writer.put_candles)

    async def _feed(self, source: Source, parser: Parser[Row], put: Put[Row]) -> Written:
        """Every batch of a file into the store, the next one being read meanwhile; a conflict is named by its line."""
        parsed = batches(source, parser)
        total = Written()
        upcoming = asyncio.create_task(asyncio.to_thread(next, parsed, None))
        try:
            while (batch := await upcoming) is not None:
                upcoming = asyncio.create_task(asyncio.to_thread(next, parsed, None))
                with _named(source, batch.lines):
                    total = _sum(total, await put(batch.rows, self.on_conflict))
                self.progress(source.path.name, batch.at_byte, source.size, "bytes")
        finally:
            # The thread reads from the file, which is closed next; what it found after the first error is not told.
            await asyncio.gather(upcoming, return_exceptions=True)
        return total


@contextmanager
def _uncollected() -> Iterator[None]:
    """No garbage collection meanwhile: rows come and go by the million, none in a cycle, and looking for some takes a
    third of the time."""
    collecting = gc.isenabled()
    gc.disable()
    try:
        yield
    finally:
        if collecting:
            gc.enable()


@contextmanager
def _named(source: Source, lines: Sequence[int]) -> Iterator[None]:
    try:
        yield
    except Conflicting as error:
        raise BadRow(source.path, lines[error.row], f"{error.problem}, or use --replace") from None


def _sum(left: Written, right: Written) -> Written:
    return Written(left.new + right.new, left.same + right.same, left.conflicting + right.conflicting)

"""CSV files into the store: all of every file or nothing of any, a chunk in memory at a time."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Iterable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Protocol, TypeVar

from fundarb.adapters.layout import candles as candle_file
from fundarb.adapters.layout import funding as funding_file
from fundarb.adapters.layout import instruments as instrument_file
from fundarb.adapters.layout.batches import Parser, batches
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
    on_conflict = OnConflict.REPLACE if replace else OnConflict.REFUSE
    written: dict[str, Written] = {}
    known = {pair.symbol for pair in await reader.pairs(LATEST)}
    async with writer.transaction():
        if instruments is not None:
            with opened(instruments, instrument_file.COLUMNS) as source:
                pairs, put = instrument_file.InstrumentParser(), _put_pairs(writer, seen_ms)
                written["instruments"] = await _feed(source, pairs, put, on_conflict, progress)
            known |= pairs.symbols
        if funding is not None:
            with opened(funding, funding_file.COLUMNS) as source:
                rates = funding_file.FundingParser(source.header, known)
                written["funding"] = await _feed(source, rates, writer.put_settlements, on_conflict, progress)
        if candles is not None:
            with opened(candles, candle_file.COLUMNS) as source:
                prices = candle_file.CandleParser(source.header, known)
                written["candles"] = await _feed(source, prices, writer.put_candles, on_conflict, progress)
    return written


def _put_pairs(writer: MarketWriter, seen_ms: int) -> Put[Pair]:
    async def put(rows: Sequence[Pair], on_conflict: OnConflict) -> Written:
        return await writer.put_pairs(rows, seen_ms, on_conflict)

    return put


async def _feed(
    source: Source, parser: Parser[Row], put: Put[Row], on_conflict: OnConflict, progress: Progress
) -> Written:
    """Every batch of a file into the store; a conflict is named by the line of its row."""
    total = Written()
    for batch in batches(source, parser):
        with _named(source, batch.lines):
            total = _sum((total, await put(batch.rows, on_conflict)))
        progress(source.path.name, batch.at_byte, source.size, "bytes")
    return total


@contextmanager
def _named(source: Source, lines: Sequence[int]) -> Iterator[None]:
    try:
        yield
    except Conflicting as error:
        raise BadRow(source.path, lines[error.row], f"{error.problem}, or use --replace") from None


def _sum(parts: Iterable[Written]) -> Written:
    counts = [(part.new, part.same, part.conflicting) for part in parts]
    return Written(*map(sum, zip(*counts, strict=True)))

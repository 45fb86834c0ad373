"""The store into CSV files that `importing` reads back: canonical digits, by symbol, market, interval and time."""

from __future__ import annotations

import csv
import gzip
import io
import os
from collections.abc import AsyncIterator, Iterable, Iterator, Sequence
from contextlib import contextmanager, suppress
from decimal import Decimal
from pathlib import Path
from typing import IO

from fundarb.adapters.layout import candles as candle_file
from fundarb.adapters.layout import funding as funding_file
from fundarb.adapters.layout import instruments as instrument_file
from fundarb.adapters.layout.fields import interval_text
from fundarb.adapters.layout.importing import Progress, silent
from fundarb.domain.instants import LATEST
from fundarb.domain.instrument import MARKETS, Pair
from fundarb.domain.market import Span
from fundarb.domain.money import canonical
from fundarb.errors import StorageError
from fundarb.ports.market import MarketReader

ALWAYS = Span(0, LATEST)
Rows = AsyncIterator[Sequence[tuple[object, ...]]]


async def export_files(
    reader: MarketReader,
    *,
    funding: Path | None = None,
    candles: Path | None = None,
    instruments: Path | None = None,
    symbols: Sequence[str] = (),
    as_of_ms: int = LATEST,
    progress: Progress = silent,
) -> dict[str, int]:
    """Rows written to each file, by `instruments`, `funding`, `candles`; of these symbols, or of all where none is named."""
    pairs = [pair for pair in await reader.pairs(as_of_ms) if not symbols or pair.symbol in symbols]
    written: dict[str, int] = {}
    if instruments is not None:
        columns = instrument_file.columns(pairs)
        written["instruments"] = await _write(instruments, columns, _instruments(pairs, columns), progress)
    if funding is not None:
        rates = _funding(reader, pairs, as_of_ms)
        written["funding"] = await _write(funding, funding_file.COLUMNS, rates, progress)
    if candles is not None:
        prices = _candles(reader, pairs, as_of_ms)
        written["candles"] = await _write(candles, candle_file.COLUMNS, prices, progress)
    return written


async def _instruments(pairs: Iterable[Pair], columns: Sequence[str]) -> Rows:
    rows = [instrument_file.row_of(pair) for pair in pairs]
    yield [tuple(row[name] for name in columns) for row in rows]


async def _funding(reader: MarketReader, pairs: Sequence[Pair], as_of_ms: int) -> Rows:
    for pair in pairs:
        async for batch in reader.settlements(pair.symbol, ALWAYS, as_of_ms):
            yield [(row.symbol, row.settled_at_ms, canonical(row.rate)) for row in batch]


async def _candles(reader: MarketReader, pairs: Sequence[Pair], as_of_ms: int) -> Rows:
    """One pass a stream: a market's candles come by open time, and its intervals are to stand one after another."""
    wanted = {pair.symbol for pair in pairs}
    streams = [one for one in await reader.streams(as_of_ms) if one.symbol in wanted and one.kind in MARKETS]
    for stream in sorted(streams, key=lambda one: (one.symbol, one.kind, one.span_ms)):
        text = interval_text(stream.span_ms)
        async for batch in reader.candles(stream.symbol, stream.kind, ALWAYS, as_of_ms):
            yield [
                (row.symbol, row.market, text, row.open_at_ms, *map(_digits, row[4:]))
                for row in batch
                if row.span_ms == stream.span_ms
            ]


def _digits(value: Decimal | None) -> str:
    return "" if value is None else canonical(value)


async def _write(path: Path, columns: Sequence[str], batches: Rows, progress: Progress) -> int:
    count = 0
    with _replacing(path) as file:
        writer = csv.writer(file, lineterminator="\n")
        writer.writerow(columns)
        async for rows in batches:
            writer.writerows(rows)
            count += len(rows)
            progress(path.name, count)
    return count


@contextmanager
def _replacing(path: Path) -> Iterator[IO[str]]:
    """A file beside the one `path` leads to that takes its place once whole; gzipped if the name ends in .gz."""
    target = Path(os.path.realpath(path))  # a link stays, and what it leads to is replaced
    partial = target.with_name(f".{target.name}.partial-{os.getpid()}")
    try:
        with partial.open("wb") as raw:
            # No name and no time inside, so that equal rows give equal bytes.
            packed = gzip.GzipFile("", "wb", 6, raw, mtime=0) if path.suffix == ".gz" else raw
            with io.TextIOWrapper(packed, encoding="utf-8", newline="") as text:
                yield text
        partial.replace(target)
    except OSError as error:
        raise StorageError(f"{path}: cannot be written: {error.strerror}; check space and permissions") from None
    finally:
        with suppress(OSError):  # a read-only file system refuses even this, and has been told of already
            partial.unlink()

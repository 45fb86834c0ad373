"""Rows of a file on their way into the store: parsed the fast way where all of a chunk allows it, else one by one."""

from __future__ import annotations

import csv
import io
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from typing import Generic, Protocol, TypeVar

from fundarb.adapters.layout.fields import Fields
from fundarb.adapters.layout.source import Chunk, Source
from fundarb.errors import BadRow

Row = TypeVar("Row")
RowOut = TypeVar("RowOut", covariant=True)


@dataclass(frozen=True, slots=True)
class Batch(Generic[Row]):
    """Parsed rows, the line of each, and how far into the file they reach."""

    rows: Sequence[Row]
    lines: Sequence[int]
    at_byte: int


class Parser(Protocol[RowOut]):
    """How the rows of one kind of file are read."""

    def plain(self, text: str) -> Sequence[RowOut] | None:
        """All rows at once, or None where one of them needs a closer look."""
        ...

    def careful(self, fields: Fields) -> RowOut:
        """One row; ValueError says what is wrong with it."""
        ...


def batches(source: Source, parser: Parser[Row]) -> Iterator[Batch[Row]]:
    """The rows of a file, chunk by chunk; a bad row is named by file and line."""
    for chunk in source.chunks():
        rows = parser.plain(chunk.text)
        if rows is None:
            yield _careful(source, chunk, parser.careful)
        else:
            yield Batch(rows, range(chunk.line, chunk.line + len(rows)), chunk.at_byte)


def _careful(source: Source, chunk: Chunk, parse: Callable[[Fields], Row]) -> Batch[Row]:
    rows, lines = [], []
    for line, fields in _fields(source, chunk):
        try:
            rows.append(parse(fields))
        except ValueError as error:
            raise BadRow(source.path, line, str(error)) from None
        lines.append(line)
    return Batch(rows, lines, chunk.at_byte)


def _fields(source: Source, chunk: Chunk) -> Iterator[tuple[int, Fields]]:
    """Each row that is not blank, by column name, with its line."""
    reader = csv.reader(io.StringIO(chunk.text, newline=""), strict=True)
    while True:
        line = chunk.line + reader.line_num
        try:
            row = next(reader, None)
        except csv.Error as error:
            raise BadRow(source.path, line, f"not a CSV row: {error}") from None
        if row is None:
            return
        if not any(field.strip() for field in row):
            continue
        if len(row) != len(source.header):
            names = ",".join(source.header)
            raise BadRow(source.path, line, f"{len(row)} fields where the header names {len(source.header)} ({names})")
        yield line, dict(zip(source.header, row, strict=True))

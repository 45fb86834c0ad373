"""A CSV file, plain or gzipped, as chunks of whole lines that know where they stand in the file."""

from __future__ import annotations

import csv
import gzip
import zlib
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import IO, cast

from fundarb.domain.brief import cut
from fundarb.errors import BadRow, InputFileMissing

CHUNK_BYTES = 1 << 18  # larger ones leave the processor's cache and take a fifth longer
LONGEST_LINE = 1 << 16  # of bytes; a row of these files has a few hundred
_GZIP_MAGIC = b"\x1f\x8b"
_BOM = b"\xef\xbb\xbf"


@dataclass(frozen=True, slots=True)
class Chunk:
    """Whole lines, each with its end; `line` is the number of the first, `at_byte` how far into the file they reach."""

    text: str
    line: int
    at_byte: int


class Source:
    """An open CSV file: its header, then its chunks."""

    def __init__(self, path: Path, raw: IO[bytes], plain: IO[bytes], columns: Sequence[str]) -> None:
        self.path = path
        self.size = path.stat().st_size
        self._raw, self._plain = raw, plain
        with damaged(path, 1):
            first = plain.readline(LONGEST_LINE + 1)
        self.header = _header(path, _text(path, first.removeprefix(_BOM), 1), columns)

    def chunks(self, size: int = CHUNK_BYTES) -> Iterator[Chunk]:
        """One chunk after another; the last line ends even where the file forgot to."""
        line, rest = 2, b""
        while True:
            with damaged(self.path, line):
                block = self._plain.read(size)
            whole, newline, rest = (rest + block).rpartition(b"\n")
            if len(rest) > LONGEST_LINE:
                raise BadRow(self.path, line + whole.count(b"\n") + bool(newline), _too_long())
            if not block:
                if rest:
                    yield Chunk(_text(self.path, rest, line) + "\n", line, self.size)
                return
            if newline:
                text = _text(self.path, whole + newline, line)
                yield Chunk(text, line, self._raw.tell())
                line += text.count("\n")


@contextmanager
def opened(path: Path, columns: Sequence[str]) -> Iterator[Source]:
    """The file with these columns, in any order and others beside them; gzip is told by its first bytes."""
    if not path.exists():
        raise InputFileMissing(f"{path}: no such file")
    if path.is_dir():
        raise InputFileMissing(f"{path}: a directory, not a file")
    try:
        with path.open("rb") as raw:
            packed = raw.read(2) == _GZIP_MAGIC
            raw.seek(0)
            yield Source(path, raw, cast("IO[bytes]", gzip.GzipFile(fileobj=raw)) if packed else raw, columns)
    except PermissionError:
        raise InputFileMissing(f"{path}: no permission to read it") from None


@contextmanager
def damaged(path: Path, line: int) -> Iterator[None]:
    """A file that cannot be unpacked is a bad row where it breaks off."""
    try:
        yield
    except (EOFError, gzip.BadGzipFile, zlib.error) as error:
        raise BadRow(path, line, f"from about here the .gz is damaged or cut short ({error})") from None


def _text(path: Path, block: bytes, line: int) -> str:
    try:
        return block.decode()
    except UnicodeDecodeError as error:
        line += block.count(b"\n", 0, error.start)
        raise BadRow(path, line, f"not UTF-8 text (byte {block[error.start]:#04x})") from None


def _header(path: Path, line: str, columns: Sequence[str]) -> tuple[str, ...]:
    """The names of the first line, with every column that is needed and none twice."""
    needed = f"the first line names the columns {','.join(columns)}"
    if "\r" in line.rstrip("\r\n"):
        raise BadRow(path, 1, "lines end in CR alone; end them in LF or CRLF")
    if len(line) > LONGEST_LINE:
        raise BadRow(path, 1, f"{_too_long()}; {needed}")
    try:
        names = tuple(name.strip() for name in next(csv.reader([line]), []))
    except csv.Error as error:
        raise BadRow(path, 1, f"not a CSV row: {error}; {needed}") from None
    if not any(names):
        raise BadRow(path, 1, f"the file is empty; {needed}")
    twice = sorted({name for name in names if names.count(name) > 1})
    if twice:
        raise BadRow(path, 1, f"the header has {cut(', '.join(twice))} twice; {needed}")
    missing = [name for name in columns if name not in names]
    if missing:
        raise BadRow(path, 1, f"missing column {', '.join(missing)}; {needed}")
    return names


def _too_long() -> str:
    return f"the line is longer than {LONGEST_LINE} bytes; lines end in LF or CRLF"

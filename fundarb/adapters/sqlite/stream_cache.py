"""A reader that remembers, beside the database, what streams it holds: counting them reads every candle there is.

What is remembered holds for one state of the store: its revision, and what was asked for. It may be deleted at any time;
what cannot be read or written is counted anew."""

from __future__ import annotations

import asyncio
import hashlib
import json
import os
import tempfile
from collections.abc import Sequence
from contextlib import suppress
from dataclasses import astuple
from functools import cache
from pathlib import Path
from types import ModuleType

import aiosqlite

from fundarb import __version__
from fundarb.adapters.sqlite import coverage_rows, gaps, instrument_rows, streams
from fundarb.adapters.sqlite.market_reader import SqliteMarketReader
from fundarb.adapters.sqlite.panel_cache import cache_root
from fundarb.domain.instants import LATEST
from fundarb.domain.instrument import Kind
from fundarb.domain.market import StreamSummary
from fundarb.signals import assembly
from fundarb.signals import gaps as holes

FILE = "streams.json"
ASKED = "SELECT * FROM coverage"
COUNTING: tuple[ModuleType, ...] = (assembly, coverage_rows, gaps, holes, instrument_rows, streams)


class RememberingReader(SqliteMarketReader):
    """As `SqliteMarketReader`; the streams known at the end of time are counted once a state of the store."""

    def __init__(self, connection: aiosqlite.Connection, database: Path) -> None:
        super().__init__(connection)
        self._file = cache_root(database) / FILE

    async def streams(self, as_of_ms: int) -> tuple[StreamSummary, ...]:
        """One summary per pair, kind and interval stored."""
        if as_of_ms < LATEST:
            return await super().streams(as_of_ms)
        state = await self._state()
        found = await asyncio.to_thread(_read, self._file, state)
        if found is None:
            found = await super().streams(as_of_ms)
            if state == await self._state():  # nobody wrote meanwhile
                await asyncio.to_thread(_write, self._file, state, found)
        return found

    async def _state(self) -> str:
        """What the summaries depend on."""
        asked = sorted(map(repr, map(tuple, await self._connection.execute_fetchall(ASKED))))
        told = "\n".join([await self.revision(), _rules(), *asked])
        return hashlib.sha256(told.encode()).hexdigest()


@cache
def _rules() -> str:
    """Hash of the sources that count, so that an edited rule finds nothing counted by the old one."""
    try:
        return hashlib.sha256(b"".join(Path(str(one.__file__)).read_bytes() for one in COUNTING)).hexdigest()
    except OSError:  # installed without sources, so nobody edits them: the release names them
        return f"fundarb {__version__}"


def _read(file: Path, state: str) -> tuple[StreamSummary, ...] | None:
    """The summaries of that state; None unless all of them are there as they were written."""
    try:
        checksum, text = file.read_bytes().split(b"\n", 1)
        content = json.loads(text) if checksum == _checksum(text) else {}
        if content.get("state") != state:
            return None
        return tuple(StreamSummary(symbol, Kind(kind), *numbers) for symbol, kind, *numbers in content["streams"])
    except Exception:  # it is done without: no reason why it cannot be read may stop a run
        return None


def _write(file: Path, state: str, found: Sequence[StreamSummary]) -> None:
    """Replace the file as a whole; where that cannot be done, nothing is remembered."""
    text = json.dumps({"state": state, "streams": [astuple(one) for one in found]}, separators=(",", ":")).encode()
    with suppress(OSError):
        file.parent.mkdir(mode=0o700, exist_ok=True)
        descriptor, name = tempfile.mkstemp(prefix=f".{FILE}-", dir=file.parent)
        try:
            with os.fdopen(descriptor, "wb") as out:
                out.write(_checksum(text) + b"\n" + text)
            Path(name).replace(file)
        finally:
            Path(name).unlink(missing_ok=True)


def _checksum(text: bytes) -> bytes:
    return hashlib.sha256(text).hexdigest().encode()

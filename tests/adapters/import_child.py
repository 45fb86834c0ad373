"""A process that imports a folder of files and keeps saying, in one byte of a file, in which phase it is."""

from __future__ import annotations

import asyncio
import os
import sys
from collections.abc import Sequence
from pathlib import Path

from fundarb.adapters.layout.importing import import_files
from fundarb.adapters.sqlite.connection import open_store
from fundarb.adapters.sqlite.locks import hold
from fundarb.adapters.sqlite.market_reader import SqliteMarketReader
from fundarb.adapters.sqlite.market_writer import SqliteMarketWriter
from fundarb.errors import FundarbError
from fundarb.ports.market import CandleDigits, OnConflict, Written

PHASES = {b"o": "opening", b"r": "reading", b"w": "writing", b"c": "committing", b"d": "done"}


class TellingWriter(SqliteMarketWriter):
    """The real writer, which says what it is about to do."""

    tell: int

    async def put_candles(self, rows: Sequence[CandleDigits], on_conflict: OnConflict) -> Written:
        """Writing, and back to reading after it."""
        os.pwrite(self.tell, b"w", 0)
        written = await super().put_candles(rows, on_conflict)
        os.pwrite(self.tell, b"r", 0)
        return written

    async def _renew_revision(self) -> None:
        """The last thing before the commit."""
        await super()._renew_revision()
        os.pwrite(self.tell, b"c", 0)


async def run(database: Path, folder: Path, phase: Path) -> None:
    """`data import` of the files in the folder."""
    tell = os.open(phase, os.O_WRONLY)
    os.pwrite(tell, b"o", 0)
    with hold(database, ("data", "trade")):
        async with open_store(database, "write") as connection:
            writer = TellingWriter(connection)
            writer.tell = tell
            os.pwrite(tell, b"r", 0)
            await import_files(
                SqliteMarketReader(connection),
                writer,
                instruments=folder / "instruments.csv",
                funding=folder / "funding.csv",
                candles=folder / "candles.csv",
                seen_ms=0,
            )
            os.pwrite(tell, b"d", 0)


if __name__ == "__main__":
    try:
        asyncio.run(run(*map(Path, sys.argv[1:])))
    except FundarbError as error:
        sys.exit(f"{type(error).__name__} {error}")

"""Small import files, and a store they go into."""

from __future__ import annotations

import gzip
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import Literal, TypedDict, Unpack

from fundarb.adapters.layout.exporting import export_files
from fundarb.adapters.layout.importing import Progress, import_files, silent
from fundarb.adapters.sqlite.connection import open_store
from fundarb.adapters.sqlite.market_reader import SqliteMarketReader
from fundarb.adapters.sqlite.market_writer import SqliteMarketWriter
from fundarb.ports.market import Written

T0 = 1_704_067_200_000
HOUR = 3_600_000
FUNDING = "symbol,timestamp_ms,rate"
CANDLES = "symbol,market,interval,open_time_ms,open,high,low,close,volume"
INSTRUMENTS = (
    "symbol,spot,multiplier,perp_step,perp_min_qty,perp_min_notional,"
    "spot_step,spot_min_qty,spot_min_notional,first_seen_ms,gone_ms"
)
BTC = "BTC/USDT:USDT"
BTC_ROW = f"{BTC},BTC/USDT,1,0.001,0.001,5,0.00001,0.00001,5,,"


def write(path: Path, header: str, *rows: str, end: str = "\n") -> Path:
    """A CSV file; gzipped if its name says so."""
    content = "".join(line + end for line in (header, *rows)).encode()
    path.write_bytes(gzip.compress(content) if path.suffix == ".gz" else content)
    return path


def rates(count: int, symbol: str = BTC) -> Iterable[str]:
    """Rows of funding, eight hours apart."""
    return (f"{symbol},{T0 + 8 * HOUR * n},0.000{n % 7 + 1}" for n in range(count))


class Files(TypedDict, total=False):
    """The files of one import or export."""

    instruments: Path
    funding: Path
    candles: Path


Kind = Literal["instruments", "funding", "candles"]


def only(kind: Kind, path: Path) -> Files:
    """One file of this kind."""
    files: Files = {}
    files[kind] = path
    return files


@dataclass(frozen=True, slots=True)
class Folder:
    """A directory with a store and the files that go in and out."""

    path: Path

    @property
    def database(self) -> Path:
        """The store."""
        return self.path / "fundarb.db"

    def funding(self, *rows: str, header: str = FUNDING, name: str = "funding.csv", end: str = "\n") -> Path:
        """A funding file."""
        return write(self.path / name, header, *rows, end=end)

    def candles(self, *rows: str, header: str = CANDLES, name: str = "candles.csv", end: str = "\n") -> Path:
        """A candle file."""
        return write(self.path / name, header, *rows, end=end)

    def instruments(self, *rows: str, header: str = INSTRUMENTS, name: str = "instruments.csv") -> Path:
        """An instrument file, of BTC where no row is given."""
        return write(self.path / name, header, *(rows or (BTC_ROW,)))

    async def import_(
        self, *, replace: bool = False, seen_ms: int = T0, progress: Progress = silent, **files: Unpack[Files]
    ) -> dict[str, Written]:
        """`data import`."""
        async with open_store(self.database, "write") as connection:
            reader, writer = SqliteMarketReader(connection), SqliteMarketWriter(connection)
            return await import_files(reader, writer, **files, replace=replace, seen_ms=seen_ms, progress=progress)

    async def export(self, **files: Unpack[Files]) -> dict[str, int]:
        """`data export`."""
        async with open_store(self.database, "read") as connection:
            return await export_files(SqliteMarketReader(connection), **files)

    async def exported(self, kind: Kind) -> list[str]:
        """The lines of one kind that `data export` writes, without the header."""
        path = self.path / f"exported-{kind}.csv"
        await self.export(**only(kind, path))
        return path.read_text().splitlines()[1:]

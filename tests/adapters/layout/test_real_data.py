"""Real sets in and out: the same rows by value, and the holes that are known to be in them."""

from __future__ import annotations

import csv
import gzip
import re
from collections.abc import Iterator
from decimal import Decimal
from pathlib import Path

import pytest

from fundarb.adapters.sqlite.connection import open_store
from fundarb.adapters.sqlite.market_reader import SqliteMarketReader
from fundarb.domain.instants import LATEST, parse_instant
from fundarb.domain.instrument import Kind
from fundarb.domain.market import Gap, Span
from fundarb.domain.money import canonical
from fundarb.signals.gaps import missing_settlements
from tests.adapters.layout.files import Files, Folder

DATA = Path(__file__).parents[3].parent / "shared" / "data"
SETS = ("majors-2020-2023", "bybit-wide-2024")
PLAIN = re.compile(r"0|-?([1-9][0-9]*|0(?=\.))(\.[0-9]*[1-9])?")
KEYS = {"instruments": 2, "funding": 2, "candles": 4}

pytestmark = [pytest.mark.slow, pytest.mark.skipif(not DATA.is_dir(), reason=f"the real data is not at {DATA}")]


def source(name: str) -> Files:
    """The files of one set."""
    folder = DATA / name
    return {
        "instruments": folder / "instruments.csv",
        "funding": folder / "funding.csv.gz",
        "candles": folder / "candles.csv.gz",
    }


def lines(path: Path) -> Iterator[list[str]]:
    """The rows of a file, without its header."""
    with gzip.open(path, "rt", newline="") if path.suffix == ".gz" else path.open(newline="") as file:
        rows = csv.reader(file)
        next(rows)
        yield from rows


async def gaps(folder: Folder) -> list[Gap]:
    """What `data gaps` lists."""
    async with open_store(folder.database, "read") as connection:
        return list(await SqliteMarketReader(connection).gaps(LATEST))


@pytest.mark.parametrize("name", SETS)
async def test_what_goes_in_comes_out_by_value_in_canonical_digits(folder: Folder, name: str) -> None:
    given = source(name)
    written = await folder.import_(**given)
    taken: Files = {
        "instruments": folder.path / "i.csv",
        "funding": folder.path / "f.csv.gz",
        "candles": folder.path / "c.csv.gz",
    }
    assert await folder.export(**taken) == {kind: one.new for kind, one in written.items()}
    for key, before, after in zip(KEYS.values(), given.values(), taken.values(), strict=True):
        assert isinstance(before, Path)
        assert isinstance(after, Path)
        originals = {tuple(row[:key]): row[key:] for row in lines(before)}
        for row in lines(after):
            assert [digits(text) for text in originals.pop(tuple(row[:key]))] == row[key:]
        assert originals == {}


def digits(text: str) -> str:
    """A field in canonical digits: what it is by value, and what of it must come out."""
    return text if text == "" or PLAIN.fullmatch(text) else canonical(Decimal(text))


async def test_the_holes_in_the_bybit_set_are_found(folder: Folder) -> None:
    await folder.import_(**source("bybit-wide-2024"))
    found = await gaps(folder)
    assert [(gap.symbol, gap.kind, gap.missing) for gap in found] == [
        ("ALPHA/USDT:USDT", Kind.FUNDING, 3),
        ("CTK/USDT:USDT", Kind.FUNDING, 3),
        ("TRB/USDT:USDT", Kind.FUNDING, 3),
    ]
    assert len({gap.span for gap in found}) == 1


async def test_the_settlements_a_run_over_the_bybit_set_lacks(folder: Folder) -> None:
    await folder.import_(**source("bybit-wide-2024"))
    from_ms, to_ms = parse_instant("2024-05-01"), parse_instant("2024-08-10")
    total = 0
    async with open_store(folder.database, "read") as connection:
        reader = SqliteMarketReader(connection)
        for pair in await reader.pairs(LATEST):
            rows = await reader.settlement_columns(pair.symbol, Span(0, LATEST), LATEST)
            total += len(missing_settlements(rows.settled_at, from_ms, to_ms, pair.gone_ms, pair.first_seen_ms))
    assert total == 128  # 9 inside, 119 after series that end before the range does


async def test_the_outage_hours_of_the_spot_legs_are_found(folder: Folder) -> None:
    await folder.import_(**source("majors-2020-2023"))
    found = await gaps(folder)
    assert {gap.kind for gap in found} == {Kind.SPOT}
    per_pair = {symbol: [gap for gap in found if gap.symbol == symbol] for symbol in {gap.symbol for gap in found}}
    assert {symbol: (len(mine), sum(gap.missing for gap in mine)) for symbol, mine in per_pair.items()} == {
        f"{base}/USDT:USDT": (15, 32) for base in ("ADA", "BCH", "BTC", "ETH", "LTC", "XRP")
    }

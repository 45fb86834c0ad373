"""The trading tables themselves: migration, append-only triggers, symbols once, order history, and disks that refuse."""

from __future__ import annotations

import asyncio
import sqlite3
from itertools import count
from pathlib import Path
from typing import Any

import aiosqlite
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from fundarb.adapters.sqlite.connection import open_store
from fundarb.adapters.sqlite.journal import SqliteJournal
from fundarb.adapters.sqlite.migrate import MIGRATIONS
from fundarb.adapters.sqlite.runs import SqliteRuns
from fundarb.domain.ledger import LedgerLine, LineKind
from fundarb.domain.orders import Leg, OrderState, Side
from fundarb.errors import SchemaMismatch, StorageError
from tests.contract.trading_samples import BTC, a_run, deposit, execution, intent, payment, perp_sale

TRADING = MIGRATIONS[:2]


async def rows_of(connection: aiosqlite.Connection, sql: str) -> list[tuple[Any, ...]]:
    """All rows of a query."""
    async with connection.execute(sql) as cursor:
        return [tuple(row) for row in await cursor.fetchall()]


def backups_in(directory: Path) -> list[Path]:
    """Copies made before a migration."""
    return sorted(directory.glob("*.backup*"))


async def test_a_file_without_trading_tables_gains_them_and_keeps_its_market_data(tmp_path: Path) -> None:
    database = tmp_path / "fundarb.db"
    async with open_store(database, "write", migrations=MIGRATIONS[:1]) as connection:
        await connection.execute("INSERT INTO meta VALUES ('kept', 'yes')")
    with pytest.raises(SchemaMismatch, match="schema 1 is older"):
        async with open_store(database, "read", migrations=TRADING):
            pass
    async with open_store(database, "write", migrations=TRADING) as connection:
        assert await rows_of(connection, "SELECT value FROM meta WHERE key = 'kept'") == [("yes",)]
        assert await rows_of(connection, "PRAGMA user_version") == [(2,)]
        assert await rows_of(connection, "PRAGMA foreign_key_check") == []
        await SqliteJournal(connection).append("paper", [deposit()])
        await SqliteRuns(connection).save("g1", 1, [("run", a_run("r1"))])
    (backup,) = backups_in(tmp_path)
    assert backup.name.startswith("fundarb.db.backup-v1-")
    async with open_store(backup, "read", migrations=MIGRATIONS[:1]) as connection:
        assert await rows_of(connection, "SELECT value FROM meta WHERE key = 'kept'") == [("yes",)]


async def test_opened_again_the_journal_is_as_it_was_left(tmp_path: Path) -> None:
    async with open_store(tmp_path / "fundarb.db", "write", durable=True) as connection:
        await SqliteJournal(connection).append("live", [deposit(), perp_sale(1)])
    for _ in range(2):
        async with open_store(tmp_path / "fundarb.db", "write", durable=True) as connection:
            assert await SqliteJournal(connection).ledger("live") == (deposit(), perp_sale(1))
    assert backups_in(tmp_path) == []


@pytest.mark.parametrize("change", ["UPDATE ledger SET cash = '0'", "DELETE FROM ledger"])
async def test_a_line_of_the_ledger_can_be_neither_changed_nor_removed(tmp_path: Path, change: str) -> None:
    async with open_store(tmp_path / "fundarb.db", "write") as connection:
        journal = SqliteJournal(connection)
        await journal.append("live", [deposit()])
        with pytest.raises(sqlite3.IntegrityError, match="append-only"):
            await connection.execute(change)
        assert await journal.ledger("live") == (deposit(),)


async def test_a_symbol_is_written_down_once(tmp_path: Path) -> None:
    async with open_store(tmp_path / "fundarb.db", "write") as connection:
        journal = SqliteJournal(connection)
        await journal.append("live", [perp_sale(1), payment(2), perp_sale(3)])
        await journal.put_order("live", intent("c1"))
        await journal.put_fills("live", [execution("e1")], [perp_sale(4)])
        assert await rows_of(connection, "SELECT symbol FROM symbols") == [(BTC,)]


async def test_money_is_stored_as_canonical_text(tmp_path: Path) -> None:
    async with open_store(tmp_path / "fundarb.db", "write") as connection:
        await SqliteJournal(connection).append("live", [deposit(0, text) for text in ("1E+3", "-0.0", "1.500", "1e-9")])
        stored = await rows_of(connection, "SELECT cash, typeof(cash) FROM ledger ORDER BY id")
        assert stored == [(text, "text") for text in ("1000", "0", "1.5", "0.000000001")]


async def test_every_move_of_an_order_stays_on_record(tmp_path: Path) -> None:
    async with open_store(tmp_path / "fundarb.db", "write") as connection:
        journal = SqliteJournal(connection)
        await journal.put_order("live", intent("c1"))
        await journal.move_order("c1", OrderState.SENT, 10, None, None)
        await journal.move_order("c1", OrderState.UNKNOWN, 20, None, "timed out")
        await journal.move_order("c1", OrderState.FILLED, 30, "venue 7", None)
        assert await rows_of(connection, "SELECT at_ms, state, venue_id, reason FROM order_moves ORDER BY id") == [
            (10, "sent", None, None),
            (20, "unknown", None, "timed out"),
            (30, "filled", "venue 7", None),
        ]


async def test_a_full_disk_is_a_storage_error_and_leaves_nothing_half_written(tmp_path: Path) -> None:
    async with open_store(tmp_path / "fundarb.db", "write", durable=True) as connection:
        journal = SqliteJournal(connection)
        await journal.append("live", [deposit()])
        ((pages,),) = await rows_of(connection, "PRAGMA page_count")
        await connection.execute(f"PRAGMA max_page_count = {pages + 2}")
        with pytest.raises(StorageError, match=r"fundarb\.db: .*disk is full"):
            await journal.append("live", [payment(at) for at in range(10_000)])
        assert await journal.ledger("live") == (deposit(),)
        await connection.execute("PRAGMA max_page_count = 1000000")
        await journal.append("live", [payment(1)])
        assert await journal.ledger("live") == (deposit(), payment(1))


async def test_a_reading_connection_writes_nothing(tmp_path: Path) -> None:
    async with open_store(tmp_path / "fundarb.db", "write") as connection:
        await SqliteJournal(connection).append("live", [deposit()])
    async with open_store(tmp_path / "fundarb.db", "read") as connection:
        with pytest.raises(StorageError, match="read-only"):
            await SqliteJournal(connection).append("live", [deposit()])
        assert await SqliteJournal(connection).ledger("live") == (deposit(),)


MONEY = st.decimals(allow_nan=False, allow_infinity=False, min_value=-(10**29), max_value=10**29, places=30)
TEXTS = st.text(st.characters(codec="utf-8", exclude_characters="\0"), max_size=12)
LINES = st.builds(
    LedgerLine,
    at_ms=st.integers(0, 2**62),
    kind=st.sampled_from(LineKind),
    pair=st.none() | TEXTS,
    cash=MONEY,
    leg=st.none() | st.sampled_from(Leg),
    side=st.none() | st.sampled_from(Side),
    qty=st.none() | MONEY,
    price=st.none() | MONEY,
    fair=st.none() | MONEY,
    fee=st.none() | MONEY,
    fee_ccy=st.none() | TEXTS,
    rate=st.none() | MONEY,
    stale_mark=st.booleans(),
    reason=st.none() | TEXTS,
)


def test_any_ledger_comes_back_value_for_value_and_type_for_type(tmp_path: Path) -> None:
    portfolios = (f"paper {number}" for number in count())

    @settings(max_examples=40, deadline=None)
    @given(st.lists(st.lists(LINES, max_size=4), max_size=4))
    def check(batches: list[list[LedgerLine]]) -> None:
        found = asyncio.run(round_trip(tmp_path / "fundarb.db", next(portfolios), batches))
        written = [line for batch in batches for line in batch]
        assert found == tuple(written)
        assert [list(map(type, line)) for line in found] == [list(map(type, line)) for line in written]

    check()


async def round_trip(database: Path, portfolio: str, batches: list[list[LedgerLine]]) -> tuple[LedgerLine, ...]:
    """What a journal holds after these appends."""
    async with open_store(database, "write") as connection:
        journal = SqliteJournal(connection)
        for batch in batches:
            await journal.append(portfolio, batch)
        return await journal.ledger(portfolio)

"""The journal beside others: snapshots for readers, turns for writers, an importer at work, tasks cancelled anywhere."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable, Sequence
from contextlib import AsyncExitStack, asynccontextmanager
from itertools import count
from pathlib import Path
from types import NoneType

import aiosqlite
import pytest

from fundarb.adapters.sqlite.connection import open_store
from fundarb.adapters.sqlite.journal import SqliteJournal
from fundarb.adapters.sqlite.runs import SqliteRuns
from fundarb.domain.ledger import LedgerLine
from fundarb.errors import JournalConflict
from fundarb.ports.journal import Change
from fundarb.risk.halting import with_more
from tests.contract.trading_samples import a_run, deposit, execution, intent, payment, perp_sale

BATCH = 5
ENOUGH = 10
PATIENCE_S = 60


@pytest.fixture
def database(tmp_path: Path) -> Path:
    """Where the store will be."""
    return tmp_path / "fundarb.db"


@asynccontextmanager
async def kept_busy(work: Callable[[int], Awaitable[None]]) -> AsyncIterator[None]:
    """Do `work` over and over, numbered, while the block runs; what fails in it fails the test, and so does a standstill."""
    over = asyncio.Event()

    async def repeat() -> None:
        for number in count():
            if over.is_set():
                return
            await work(number)

    async with asyncio.timeout(PATIENCE_S), asyncio.TaskGroup() as tasks:
        tasks.create_task(repeat())
        try:
            yield
        finally:
            over.set()


def batch_of(number: int) -> list[LedgerLine]:
    """Lines that belong together."""
    return [deposit(number), *(payment(number) for _ in range(BATCH - 2)), perp_sale(number)]


def assert_whole_batches(ledger: Sequence[LedgerLine]) -> None:
    """No batch in part, none amid another."""
    starts = range(0, len(ledger), BATCH)
    assert [list(ledger[start : start + BATCH]) for start in starts] == [batch_of(ledger[at].at_ms) for at in starts]


async def test_a_reader_sees_whole_batches_while_another_connection_writes(database: Path) -> None:
    async with open_store(database, "write", durable=True) as writing, open_store(database, "read") as reading:
        writer, reader = SqliteJournal(writing), SqliteJournal(reading)
        async with kept_busy(lambda number: writer.append("live", batch_of(number))):
            sizes = [0]
            while len(set(sizes)) < ENOUGH:  # it must have read amid the writing
                ledger = await reader.ledger("live")
                assert_whole_batches(ledger)
                sizes.append(len(ledger))
        assert sizes == sorted(sizes)


async def test_a_reader_of_runs_sees_whole_groups_while_another_connection_writes(database: Path) -> None:
    async with open_store(database, "write") as writing, open_store(database, "read") as reading:
        writer, reader = SqliteRuns(writing), SqliteRuns(reading)

        async def save_two(number: int) -> None:
            await writer.save("g", number, [("run", a_run(f"r{number}a")), ("run", a_run(f"r{number}b"))])

        async with kept_busy(save_two):
            sizes = {0}
            while len(sizes) < ENOUGH:
                group = await reader.group("g")
                assert len(group) % 2 == 0
                assert all(run == a_run(run.run_id) for _, run in group)
                sizes.add(len(group))


async def test_a_task_that_reads_on_the_writing_connection_sees_whole_batches_too(database: Path) -> None:
    async with open_store(database, "write", durable=True) as connection:
        journal = SqliteJournal(connection)
        writes = [asyncio.create_task(journal.append("live", batch_of(number))) for number in range(20)]
        reads = await asyncio.gather(*(journal.ledger("live") for _ in range(10)))
        await asyncio.gather(*writes)
        for ledger in (*reads, await journal.ledger("live")):
            assert_whole_batches(ledger)


async def test_the_journal_commits_while_an_import_commits_its_pages(database: Path) -> None:
    async with open_store(database, "write", durable=True) as trading, open_store(database, "append") as importing:
        journal, pages = SqliteJournal(trading), 0
        await importing.execute(
            "INSERT INTO instruments (id, symbol, multiplier, perp_step, perp_min_qty, perp_min_notional, "
            "spot_step, spot_min_qty, spot_min_notional, last_seen_ms) "
            "VALUES (1, 'BTC/USDT:USDT', '1', '1', '1', '1', '1', '1', '1', 0)"
        )

        async def import_page(number: int) -> None:
            nonlocal pages
            await put_page(importing, number)
            pages = number + 1
            await asyncio.sleep(0.008)

        batches = 0
        async with kept_busy(import_page):
            while pages < ENOUGH or batches < ENOUGH:
                await journal.append("live", batch_of(batches))
                batches += 1
        assert len(await journal.ledger("live")) == batches * BATCH


async def put_page(connection: aiosqlite.Connection, number: int) -> None:
    """A page of settlements, as an import or a fetch commits them."""
    rows = [(1, number * 1000 + row, "0.0001") for row in range(1000)]
    await connection.execute("BEGIN IMMEDIATE")
    await connection.executemany("INSERT INTO settlements (instrument_id, settled_at, rate) VALUES (?, ?, ?)", rows)
    await connection.execute("COMMIT")


async def test_of_halts_that_two_shells_add_at_once_none_is_lost(database: Path) -> None:
    async with (
        open_store(database, "write", durable=True) as one,
        open_store(database, "append", durable=True) as other,
    ):
        shells = [SqliteJournal(one), SqliteJournal(other)]
        pairs = [f"{name}/USDT:USDT" for name in "ABCDEFGHIJKLMNOPQRST"]

        def adding(pair: str) -> Change:
            return lambda stands: with_more(stands, [pair], 7, pair)

        await asyncio.gather(*(shells[at % 2].change_halt(adding(pair)) for at, pair in enumerate(pairs)))
        halt = await shells[0].halt()
        assert halt is not None
        assert sorted(halt.pairs) == pairs


async def test_of_two_writers_with_one_client_id_exactly_one_wins(database: Path) -> None:
    async with AsyncExitStack() as stack:
        journals = [
            SqliteJournal(await stack.enter_async_context(open_store(database, "write", durable=True)))
            for _ in range(2)
        ]
        for number in range(10):
            order = intent(f"c{number}")
            outcomes = await asyncio.gather(
                *(journal.put_order("live", order) for journal in journals), return_exceptions=True
            )
            assert {type(outcome) for outcome in outcomes} == {JournalConflict, NoneType}
        assert len(await journals[0].orders("live")) == 10


async def test_of_two_writers_with_one_execution_exactly_one_books_it(database: Path) -> None:
    async with AsyncExitStack() as stack:
        journals = [
            SqliteJournal(await stack.enter_async_context(open_store(database, "write", durable=True)))
            for _ in range(2)
        ]
        for number in range(10):
            fill, line = execution(f"e{number}", number), perp_sale(number)
            new = await asyncio.gather(*(journal.put_fills("live", [fill], [line]) for journal in journals))
            assert sorted(new) == [0, 1]
        assert await journals[0].ledger("live") == tuple(perp_sale(number) for number in range(10))


async def test_a_write_cancelled_anywhere_is_whole_or_absent_and_the_next_one_works(database: Path) -> None:
    async with open_store(database, "write", durable=True) as connection:
        journal, cancelled = SqliteJournal(connection), 0
        for number in range(60):
            write = asyncio.create_task(journal.append("live", batch_of(number)))
            await asyncio.sleep(number / 20_000)
            write.cancel()
            outcome = (await asyncio.gather(write, return_exceptions=True))[0]
            cancelled += isinstance(outcome, asyncio.CancelledError)
            if outcome is None:
                assert (await journal.ledger("live"))[-1].at_ms == number
        assert cancelled > 0
        await journal.append("live", batch_of(1000))
        ledger = await journal.ledger("live")
        assert_whole_batches(ledger)
        assert ledger[-1].at_ms == 1000
    async with open_store(database, "read") as connection:
        assert await SqliteJournal(connection).ledger("live") == ledger

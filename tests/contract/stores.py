"""Every implementation of Journal and Runs, opened on an empty store; a new one joins by one line."""

from __future__ import annotations

from collections.abc import AsyncIterator, Callable
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from pathlib import Path

from fundarb.adapters.sqlite.connection import open_store
from fundarb.adapters.sqlite.journal import SqliteJournal
from fundarb.adapters.sqlite.runs import SqliteRuns
from fundarb.ports.journal import Journal
from fundarb.ports.runs import Runs
from tests.fakes.journal import MemoryJournal
from tests.fakes.runs import MemoryRuns


@asynccontextmanager
async def sqlite_journal(directory: Path) -> AsyncIterator[Journal]:
    """The real one, as the trader opens it."""
    async with open_store(directory / "fundarb.db", "write", durable=True) as connection:
        yield SqliteJournal(connection)


@asynccontextmanager
async def memory_journal(directory: Path) -> AsyncIterator[Journal]:
    """The fake."""
    yield MemoryJournal()


@asynccontextmanager
async def sqlite_runs(directory: Path) -> AsyncIterator[Runs]:
    """The real one."""
    async with open_store(directory / "fundarb.db", "write") as connection:
        yield SqliteRuns(connection)


@asynccontextmanager
async def memory_runs(directory: Path) -> AsyncIterator[Runs]:
    """The fake."""
    yield MemoryRuns()


JOURNALS: dict[str, Callable[[Path], AbstractAsyncContextManager[Journal]]] = {
    "sqlite": sqlite_journal,
    "memory": memory_journal,
}
RUNS: dict[str, Callable[[Path], AbstractAsyncContextManager[Runs]]] = {
    "sqlite": sqlite_runs,
    "memory": memory_runs,
}

"""Every implementation of Journal, Runs and Trials, opened on an empty store; a new one joins by one line."""

from __future__ import annotations

from collections.abc import AsyncIterator, Callable
from contextlib import AbstractAsyncContextManager, asynccontextmanager, closing
from pathlib import Path

from fundarb.adapters.sqlite.connection import open_store
from fundarb.adapters.sqlite.journal import SqliteJournal
from fundarb.adapters.sqlite.runs import SqliteRuns
from fundarb.adapters.sqlite.trials import SqliteTrials, trials_folder
from fundarb.adapters.unsaved_trials import UnsavedTrials
from fundarb.ports.journal import Journal
from fundarb.ports.runs import Runs
from fundarb.ports.trials import Trials
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


@asynccontextmanager
async def sqlite_trials(directory: Path) -> AsyncIterator[Trials]:
    """The real one."""
    path = directory / "fundarb.db"
    async with open_store(path, "write") as connection:
        yield SqliteTrials(connection, trials_folder(path))


@asynccontextmanager
async def unsaved_trials(directory: Path) -> AsyncIterator[Trials]:
    """That of a store that may only be read, without one."""
    with closing(UnsavedTrials()) as trials:
        yield trials


@asynccontextmanager
async def unsaved_beside_stored(directory: Path) -> AsyncIterator[Trials]:
    """That of a store that may only be read, beside an empty one."""
    async with sqlite_trials(directory) as stored:
        with closing(UnsavedTrials(stored)) as trials:
            yield trials


JOURNALS: dict[str, Callable[[Path], AbstractAsyncContextManager[Journal]]] = {
    "sqlite": sqlite_journal,
    "memory": memory_journal,
}
RUNS: dict[str, Callable[[Path], AbstractAsyncContextManager[Runs]]] = {
    "sqlite": sqlite_runs,
    "memory": memory_runs,
}
TRIALS: dict[str, Callable[[Path], AbstractAsyncContextManager[Trials]]] = {
    "sqlite": sqlite_trials,
    "unsaved": unsaved_trials,
    "unsaved beside stored": unsaved_beside_stored,
}

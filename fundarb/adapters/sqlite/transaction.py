"""Transactions on a shared connection: one at a time, whole or not at all, however the task that runs them ends.

Tasks share one connection, and SQLite knows only one transaction a connection: without the lock a second task's rows
would be committed, or rolled back, by the first."""

from __future__ import annotations

import asyncio
import sqlite3
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from weakref import WeakKeyDictionary

import aiosqlite

from fundarb.adapters.sqlite.faults import explain

_TURNS: WeakKeyDictionary[aiosqlite.Connection, asyncio.Lock] = WeakKeyDictionary()


@asynccontextmanager
async def immediate(connection: aiosqlite.Connection) -> AsyncIterator[None]:
    """Write: the write lock is taken at the start; committed at the end, rolled back on any exception."""
    async with _transaction(connection, "BEGIN IMMEDIATE"):
        yield


@asynccontextmanager
async def snapshot(connection: aiosqlite.Connection) -> AsyncIterator[None]:
    """Read: every query of the block sees the same committed state, whoever writes meanwhile."""
    async with _transaction(connection, "BEGIN"):
        yield


@asynccontextmanager
async def _transaction(connection: aiosqlite.Connection, begin: str) -> AsyncIterator[None]:
    async with _TURNS.setdefault(connection, asyncio.Lock()):
        try:
            await connection.execute(begin)
            yield
            await connection.commit()
        except BaseException as error:
            await connection.rollback()  # queued behind whatever a cancelled task left running; a no-op after a commit
            explanation = explain(error, await _path(connection)) if isinstance(error, sqlite3.Error) else None
            if explanation is None:
                raise
            raise explanation from error


async def _path(connection: aiosqlite.Connection) -> Path:
    async with connection.execute("PRAGMA database_list") as cursor:
        row = await cursor.fetchone()
    assert row is not None
    return Path(row[2])

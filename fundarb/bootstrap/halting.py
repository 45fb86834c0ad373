"""`halt` and `resume`: a flag in the journal that every running trader reads at its next look. They take no lock."""

from __future__ import annotations

from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path

from fundarb.adapters.sqlite.connection import open_store
from fundarb.adapters.sqlite.journal import SqliteJournal
from fundarb.adapters.sqlite.market_reader import SqliteMarketReader
from fundarb.bootstrap.clocks import clock
from fundarb.domain.instants import LATEST
from fundarb.domain.naming import resolve_pairs
from fundarb.ports.journal import Event, Halt, Journal
from fundarb.reporting.held import held_pairs
from fundarb.risk.halting import with_more, without


@dataclass(frozen=True, slots=True)
class Halted:
    """What stands now, and what is open."""

    halt: Halt | None
    open: tuple[str, ...]


async def halt(database: Path, names: Sequence[str], reason: str) -> Halted:
    """Stop entries: of these pairs beside those stopped already, or (none named) of all."""
    async with _journal(database) as (journal, reader):
        pairs = resolve_pairs(names, await reader.pairs(LATEST))
        now_ms = clock().now_ms()
        stands = with_more(await journal.halt(), pairs, now_ms, reason)
        await journal.set_halt(stands)
        await journal.record([Event(now_ms, None, "halted", pair, reason) for pair in pairs or [None]])
        return await _halted(journal, stands)


async def resume(database: Path, names: Sequence[str]) -> Halted:
    """Let entries through again: of these pairs, or of all."""
    async with _journal(database) as (journal, reader):
        pairs = resolve_pairs(names, await reader.pairs(LATEST))
        before = await journal.halt()
        stands = without(before, pairs)
        await journal.set_halt(stands)
        if before is not None:
            await journal.record([Event(clock().now_ms(), None, "resumed", pair) for pair in pairs or [None]])
        return await _halted(journal, stands)


@asynccontextmanager
async def _journal(database: Path) -> AsyncIterator[tuple[Journal, SqliteMarketReader]]:
    async with open_store(database, "append", durable=True) as connection:
        yield SqliteJournal(connection), SqliteMarketReader(connection)


async def _halted(journal: Journal, stands: Halt | None) -> Halted:
    return Halted(stands, tuple(sorted(await held_pairs(journal, LATEST))))

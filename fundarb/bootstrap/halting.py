"""`halt` and `resume`: a flag in the journal that every running trader reads at its next look. They take no lock.

`resume` first asks whether anything differs: what is not known to agree is not let go on."""

from __future__ import annotations

from collections.abc import AsyncIterator, Callable, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path

from fundarb.adapters.sqlite.connection import open_store
from fundarb.adapters.sqlite.journal import SqliteJournal
from fundarb.adapters.sqlite.market_reader import SqliteMarketReader
from fundarb.bootstrap.agreeing import differing
from fundarb.bootstrap.clocks import clock
from fundarb.config import Resolved
from fundarb.config.keys import Keys
from fundarb.domain.instants import LATEST
from fundarb.domain.naming import resolve_pair
from fundarb.engine.trading.flatten_request import keep, kept
from fundarb.errors import RiskHalt
from fundarb.ports.journal import Event, Halt, Journal
from fundarb.ports.market import MarketReader
from fundarb.reporting.held import held_by, held_pairs
from fundarb.risk.halting import with_more, without


@dataclass(frozen=True, slots=True)
class Halted:
    """What stands now, and what is open; `asked` are the pairs that were named, none meaning all."""

    halt: Halt | None
    open: tuple[str, ...]
    asked: tuple[str, ...] = ()


async def halt(database: Path, names: Sequence[str], reason: str) -> Halted:
    """Stop entries: of these pairs beside those stopped already, or (none named) of all."""
    async with open_journal(database) as (journal, reader):
        pairs = await _meant(names, journal, reader)
        now_ms = clock().now_ms()
        await journal.change_halt(lambda stands: with_more(stands, pairs, now_ms, reason))
        await journal.record([Event(now_ms, None, "halted", pair, reason) for pair in pairs or [None]])
        return await halted(journal, pairs)


async def resume(database: Path, names: Sequence[str], resolved: Resolved, keys: Callable[[], Keys | None]) -> Halted:
    """Let entries through again: of these pairs, or of all. While anything differs nothing is changed: RiskHalt."""
    async with open_journal(database) as (journal, reader):
        pairs = await _meant(names, journal, reader)
        before = await journal.halt()
        left = without(before, pairs)
        unresolved = await differing(database, journal, resolved, keys)
        if unresolved:
            raise RiskHalt(
                f"{'; '.join(unresolved)}; nothing is resumed while that stands: `fundarb reconcile` shows the plan, and "
                "--apply does it"
            )
        await journal.change_halt(lambda stands: _unless_changed(before, stands, left))
        for name in await held_by(journal):
            if await kept(journal, name) is not None:
                await keep(journal, name, None)
        if before is not None:
            await journal.record([Event(clock().now_ms(), None, "resumed", pair) for pair in pairs or [None]])
        return await halted(journal, pairs)


def _unless_changed(before: Halt | None, stands: Halt | None, left: Halt | None) -> Halt | None:
    """What is left of the halt that was looked into; another one was not."""
    if stands != before:
        since = "let through" if stands is None else f"halted: {stands.reason}"
        raise RiskHalt(
            f"entries were {since}, while this was looked into; nothing is resumed by this: see it, then ask again"
        )
    return left


async def halted(journal: Journal, asked: Sequence[str]) -> Halted:
    """As it stands."""
    return Halted(await journal.halt(), tuple(sorted(await held_pairs(journal, LATEST))), tuple(asked))


async def _meant(names: Sequence[str], journal: Journal, reader: MarketReader) -> tuple[str, ...]:
    """Pairs of the store, and those held that it does not know, as after `recover`."""
    stored = await reader.pairs(LATEST)
    known = {pair.symbol for pair in stored}
    unknown = {
        spelled: pair for pair in await held_pairs(journal, LATEST) if pair not in known for spelled in _spelled(pair)
    }
    single = [part.strip() for name in names for part in name.split(",")]
    return tuple(dict.fromkeys(unknown.get(name.upper()) or resolve_pair(name, stored) for name in single if name))


def _spelled(pair: str) -> tuple[str, ...]:
    listed, _, _ = pair.partition(":")
    return pair, listed, listed.replace("/", ""), listed.partition("/")[0]


@asynccontextmanager
async def open_journal(database: Path) -> AsyncIterator[tuple[Journal, MarketReader]]:
    """The journal to write flags into, beside whoever trades; and the pairs that are known."""
    async with open_store(database, "append", durable=True) as connection:
        yield SqliteJournal(connection), SqliteMarketReader(connection)

"""Somebody else keeps the database: looks and steps that cannot be written are taken again, told once, not for ever."""

from __future__ import annotations

import asyncio
import json
import sqlite3
from collections.abc import AsyncIterator, Callable, Iterable, Iterator
from contextlib import ExitStack, asynccontextmanager, contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any, cast

import pytest

from fundarb.adapters.sqlite.connection import open_store
from fundarb.adapters.sqlite.journal import SqliteJournal
from fundarb.domain.instants import HOUR, LATEST, MINUTE
from fundarb.domain.market import Span
from fundarb.engine.breaker import State
from fundarb.engine.trading.breakers import Breakers
from fundarb.engine.trading.live_view import LiveView
from fundarb.engine.trading.remembering import Remembered
from fundarb.engine.trading.siege import NAME, PATIENCE_MS, Siege
from fundarb.engine.trading.trader import Chronicle, Trader
from fundarb.errors import DatabaseBusy
from fundarb.ports.journal import Event
from tests.engine.trading.looking import INTERVAL, START, Looking, looking

BUSY = DatabaseBusy("somebody writes")


@contextmanager
def written_to(database: Path) -> Iterator[None]:
    """Another program is in the midst of a write."""
    connection = sqlite3.connect(database, isolation_level=None)
    try:
        connection.execute("BEGIN IMMEDIATE")
        yield
        connection.execute("ROLLBACK")
    finally:
        connection.close()


class Deciding:
    """A desk that writes down each settlement it decides on."""

    name, mode, unresolved, sentry = "paper", "cash", None, None
    past = Remembered()

    def __init__(self, journal: SqliteJournal) -> None:
        self._journal, self.decided = journal, list[int]()
        self.before: Callable[[int], None] = lambda at_ms: None

    async def take(self, view: LiveView, *looked: object, always: bool = False) -> list[Event]:
        """Once each."""
        self.before(view.at_ms)
        if view.boundary_ms is not None and view.boundary_ms not in self.decided:
            await self._journal.remember(self.name, "decided", str(view.boundary_ms))
            self.decided.append(view.boundary_ms)
        return []

    def untold(self) -> list[Event]:
        """Nothing."""
        return []


@dataclass
class Besieged:
    """A trader over a real journal, on a venue of which the time moves; `wall` is what patience counts."""

    trader: Trader
    here: Looking
    desk: Deciding
    journal: SqliteJournal
    told: list[Event]
    wall: list[int]

    def breakers(self, events: Iterable[Event]) -> list[tuple[str, str]]:
        """What was told of the database."""
        said = [json.loads(one.data or "") for one in events if one.name == "breaker"]
        return [(data["guards"], data["state"]) for data in said]

    async def run_until(self, at_ms: int) -> None:
        """Stopped then."""
        task = asyncio.create_task(self.trader.run(once=False))

        def stop(now_ms: int) -> None:
            if now_ms >= at_ms:
                task.cancel()

        self.here.clock.moved.append(stop)
        with suppress(asyncio.CancelledError):
            await task


@asynccontextmanager
async def besieged(path: Path) -> AsyncIterator[Besieged]:
    """Whoever finds the database taken waits for an instant only."""
    async with (
        looking(path, START + 7 * HOUR, poll_ms=30 * MINUTE) as here,
        open_store(path, "append", durable=True) as connection,
    ):
        for one in (connection, cast("Any", here.store.reader)._connection):
            await one.execute("PRAGMA busy_timeout = 1")
        journal, wall, told = SqliteJournal(connection), [0], list[Event]()
        siege, desk = Siege(lambda: wall[0]), Deciding(journal)
        chronicle, breakers = Chronicle(journal, told.append), Breakers({NAME: siege})
        now_ms = here.clock.now_ms
        trader = Trader(here.feed, [cast("Any", desk)], journal, chronicle, now_ms, breakers, siege=siege)

        async def alive() -> None:
            await journal.beat("trade", now_ms())
            siege.eased()

        here.feed.alive, here.feed.hindered = alive, trader.hindered
        yield Besieged(trader, here, desk, journal, told, wall)


async def test_a_look_in_which_nothing_can_be_written_is_taken_again_and_told_once_each_way(tmp_path: Path) -> None:
    async with besieged(tmp_path / "m.db") as found:
        with ExitStack() as other:

            def meanwhile(now_ms: int) -> None:
                if now_ms == START + INTERVAL:
                    other.enter_context(written_to(tmp_path / "m.db"))
                if now_ms == START + INTERVAL + HOUR:
                    other.close()

            found.here.clock.moved.append(meanwhile)
            await found.run_until(START + INTERVAL + 3 * HOUR)
        assert found.desk.decided == [START, START + INTERVAL]
        assert found.breakers(found.told) == [(NAME, "open"), (NAME, "closed")]
        written = await found.journal.events(None, Span(0, LATEST))
        assert found.breakers(written) == [(NAME, "open"), (NAME, "closed")]
        assert {one.name for one in found.told} >= {"started", "stopped"}


async def test_a_step_that_could_not_be_written_is_taken_again_with_the_settlement_it_was_for(tmp_path: Path) -> None:
    async with besieged(tmp_path / "m.db") as found:
        with ExitStack() as other:

            def amid_the_step(at_ms: int) -> None:
                if at_ms == START + INTERVAL:
                    other.enter_context(written_to(tmp_path / "m.db"))

            found.desk.before = amid_the_step
            found.here.clock.moved.append(lambda _: other.close())
            await found.run_until(START + INTERVAL + 2 * HOUR)
        assert found.desk.decided == [START, START + INTERVAL]
        assert found.breakers(found.told) == [(NAME, "open"), (NAME, "closed")]


async def test_it_ends_once_patience_is_over_and_one_cycle_has_none(tmp_path: Path) -> None:
    async with besieged(tmp_path / "m.db") as found:
        with ExitStack() as other:

            def meanwhile(now_ms: int) -> None:
                found.wall[0] += MINUTE
                if now_ms == START + INTERVAL:
                    other.enter_context(written_to(tmp_path / "m.db"))

            found.here.clock.moved.append(meanwhile)
            with pytest.raises(DatabaseBusy, match="for 10 minutes nothing could be written") as error:
                await found.run_until(LATEST)
            assert error.value.exit_code == 5
            assert found.wall[0] == 12 * MINUTE
            assert found.told[-1].name == "stopped"
    async with besieged(tmp_path / "n.db") as found:
        with ExitStack() as other:
            found.desk.before = lambda _: other.enter_context(written_to(tmp_path / "n.db"))
            with pytest.raises(DatabaseBusy):
                await found.trader.run(once=True)


def test_entries_wait_while_nothing_can_be_written_and_a_beat_lets_one_step_try() -> None:
    wall = [0]
    siege = Siege(lambda: wall[0])
    siege.met(BUSY)
    assert (siege.state, siege.why) == (State.OPEN, "somebody writes")
    siege.eased()
    assert siege.state is State.HALF_OPEN
    wall[0] = PATIENCE_MS
    siege.met(BUSY)
    siege.lifted()
    assert (siege.state, siege.why) == (State.CLOSED, None)

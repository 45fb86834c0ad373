"""Told to stop and to leave nothing, a trader on paper closes all, and books a settlement that came meanwhile."""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncIterator, Callable, Sequence
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass
from pathlib import Path

import pytest

from fundarb.adapters.sqlite.connection import open_store
from fundarb.adapters.sqlite.journal import SqliteJournal
from fundarb.bootstrap.desks import desk_of, paper_terms
from fundarb.config import resolve
from fundarb.domain.instants import HOUR, MINUTE, iso
from fundarb.domain.ledger import LedgerLine, LineKind
from fundarb.engine.journal_ledger import JournalLedger, open_ledger
from fundarb.engine.trading.departure import Departure
from fundarb.engine.trading.desk import Desk
from fundarb.engine.trading.live_feed import Hindered, unforgiving
from fundarb.engine.trading.trader import Chronicle, Trader
from fundarb.errors import DatabaseBusy
from fundarb.ports.journal import Event
from tests.engine.trading.looking import BTC, ETH, INTERVAL, START, Looking, looking

DUE = START + INTERVAL


@dataclass
class Leaving:
    """A trader that holds both pairs since its first look."""

    trader: Trader
    desk: Desk
    here: Looking
    told: list[Event]

    @property
    def ledger(self) -> JournalLedger:
        """Its own."""
        assert isinstance(self.desk.ledger, JournalLedger)
        return self.desk.ledger

    def paid(self) -> list[tuple[str | None, int]]:
        """Payments of funding, by pair and time."""
        return [(line.pair, line.at_ms) for line in self.ledger.lines if line.kind is LineKind.FUNDING]

    def unbooked(self) -> list[dict[str, list[str]]]:
        """What the last words say."""
        return [json.loads(one.data or "") for one in self.told if one.name == "unbooked"]

    async def stopped_at(self, at_ms: int, *, flatten: bool = True) -> None:
        """Told so, once, at that moment of the venue."""
        task = asyncio.create_task(self.trader.run(once=False, flatten=flatten))

        def stop(now_ms: int) -> None:
            if now_ms >= at_ms and not task.cancelling():
                task.cancel()

        self.here.clock.moved.append(stop)
        with suppress(asyncio.CancelledError):
            await task

    def departure(self, hindered: Hindered = unforgiving) -> Departure:
        """What a trader that is told to flatten does at its end, with little time for a last look."""
        return Departure(self.here.feed, [self.desk], self.trader.chronicle.tell, hindered, last_looks_s=0.3)


@asynccontextmanager
async def leaving(path: Path, before: Callable[[Looking], None] = lambda here: None) -> AsyncIterator[Leaving]:
    """A real desk over a real journal, filled by a venue in memory."""
    async with (
        looking(path, START + 7 * HOUR, poll_ms=20 * MINUTE) as here,
        open_store(path, "append", durable=True) as connection,
    ):
        before(here)
        journal, told = SqliteJournal(connection), list[Event]()
        sets = ["risk.max_break_even_h=null", f"universe.pairs=[{BTC},{ETH}]"]
        settings = resolve([], {}, sets, {}, path).canonical([one.pair for one in here.venue.listed])
        terms = paper_terms(settings, "hold", here.venue, here.quotes)
        desk = await desk_of(journal, settings, "hold", await open_ledger(journal, "paper"), terms)
        trader = Trader(here.feed, [desk], journal, Chronicle(journal, told.append), here.clock.now_ms)
        yield Leaving(trader, desk, here, told)


async def test_without_a_settlement_meanwhile_nothing_is_waited_for(tmp_path: Path) -> None:
    async with leaving(tmp_path / "m.db") as found:
        await found.stopped_at(START + 7 * HOUR + 40 * MINUTE)
        assert found.here.venue.now_ms == START + 7 * HOUR + 40 * MINUTE
        assert (found.paid(), found.unbooked()) == ([], [])
        assert [one.name for one in found.told if one.name in ("opened", "closed")] == ["opened"] * 2 + ["closed"] * 2


async def test_a_settlement_that_came_before_all_was_closed_is_booked_by_a_last_look(tmp_path: Path) -> None:
    async with leaving(tmp_path / "m.db") as found:
        await found.stopped_at(DUE)
        assert not found.ledger.book.positions
        assert found.paid() == [(BTC, DUE), (ETH, DUE)]
        assert found.unbooked() == []
        assert found.told[-1].name == "stopped"


async def test_what_is_not_to_be_had_in_time_is_said_in_the_last_words(tmp_path: Path) -> None:
    def late(here: Looking) -> None:
        for symbol in (BTC, ETH):
            here.venue.lose(symbol, [DUE])

    async with leaving(tmp_path / "m.db", late) as found:
        await found.stopped_at(DUE, flatten=False)
        await found.departure().leave()
        assert (sorted(found.ledger.book.positions), found.paid()) == ([], [])
        assert found.unbooked() == [{"pairs": [BTC, ETH], "settled": [iso(DUE)] * 2}]


async def test_a_database_that_is_busy_for_a_moment_delays_the_leaving_and_loses_nothing(tmp_path: Path) -> None:
    async with leaving(tmp_path / "m.db") as found:
        await found.stopped_at(DUE, flatten=False)
        real, struck = found.ledger.post, list[str]()

        async def busy(lines: Sequence[LedgerLine]) -> None:
            if not struck:
                struck.append("busy")
                raise DatabaseBusy("somebody writes")
            await real(lines)

        async def ridden_out(error: DatabaseBusy) -> None:
            struck.append("ridden out")

        found.ledger.post = busy  # type: ignore[method-assign]  # the other program of this test
        await found.departure(ridden_out).leave()
        assert struck == ["busy", "ridden out"]
        assert not found.ledger.book.positions
        assert found.paid() == [(BTC, DUE), (ETH, DUE)]


async def test_a_database_that_stays_busy_is_not_waited_for_and_what_stays_open_is_said(tmp_path: Path) -> None:
    async with leaving(tmp_path / "m.db") as found:
        await found.stopped_at(DUE, flatten=False)
        tried = list[str]()

        async def busy(lines: Sequence[LedgerLine]) -> None:
            tried.append("busy")
            raise DatabaseBusy("somebody writes")

        async def ridden_out(error: DatabaseBusy) -> None:
            tried.append("ridden out")

        found.ledger.post = busy  # type: ignore[method-assign]  # the other program of this test
        with pytest.raises(DatabaseBusy, match=f"somebody writes; paper is not closed: {BTC}, {ETH} stay as they are"):
            await found.departure(ridden_out).leave()
        assert tried[:2] == ["busy", "ridden out"]
        assert sorted(found.ledger.book.positions) == [BTC, ETH]

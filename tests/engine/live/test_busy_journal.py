"""A journal that somebody else keeps for a moment, at any of its writes: the step ends, the next look puts all right."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Sequence
from functools import partial
from typing import TypeVar

import pytest

from fundarb.domain.instants import HOUR
from fundarb.domain.ledger import LedgerLine
from fundarb.domain.orders import Fill, Order, OrderState
from fundarb.engine.orders.desk import UNSETTLED
from fundarb.errors import DatabaseBusy
from tests.engine.live.episodes import BTC
from tests.engine.live.scene import Scene
from tests.engine.live.trader import PORTFOLIO
from tests.fakes.journal import MemoryJournal

T = TypeVar("T")
LATEST_WRITE = 30  # more than an entry, or an exit, makes


class BusyJournal(MemoryJournal):
    """The write of that number, counted from the moment it is set, finds the database taken."""

    busy_at: int | None = None

    async def append(self, portfolio: str, lines: Sequence[LedgerLine]) -> None:
        """Perhaps not."""
        await self._write(partial(super().append, portfolio, lines))

    async def put_order(self, portfolio: str, order: Order) -> None:
        """Perhaps not."""
        await self._write(partial(super().put_order, portfolio, order))

    async def move_order(
        self, client_id: str, to: OrderState, at_ms: int, venue_id: str | None, words: str | None
    ) -> None:
        """Perhaps not."""
        await self._write(partial(super().move_order, client_id, to, at_ms, venue_id, words))

    async def put_fills(self, portfolio: str, fills: Sequence[Fill], lines: Sequence[LedgerLine]) -> int:
        """Perhaps not."""
        return await self._write(partial(super().put_fills, portfolio, fills, lines))

    async def remember(self, portfolio: str, name: str, value: str) -> None:
        """Perhaps not."""
        await self._write(partial(super().remember, portfolio, name, value))

    async def _write(self, write: Callable[[], Awaitable[T]]) -> T:
        if self.busy_at is not None:
            self.busy_at -= 1
            if self.busy_at == 0:
                self.busy_at = None
                raise DatabaseBusy("somebody writes")
        return await write()


async def require_sound(scene: Scene, where: str) -> None:
    """Venue and journal agree, both legs match, nothing was sent twice and nothing is unsettled."""
    book = (await scene.trader(every_ms=HOUR)).ledger.book
    contract = scene.venue.account.contracts.get(BTC.symbol)
    held = book.positions.get(BTC.symbol)
    assert (held.qty if held else 0) == (-contract.qty if contract else 0), where
    assert held is None or abs(held.spot - held.qty) <= BTC.spot_lots.step + BTC.perp_lots.step, where
    assert scene.venue.duplicates == 0, where
    assert await scene.journal.orders(PORTFOLIO, UNSETTLED) == (), where
    assert {order.client_id for order in scene.venue.sent} <= {
        order.client_id for order in await scene.journal.orders(PORTFOLIO)
    }, where


@pytest.mark.parametrize("doing", ["entering", "leaving"])
async def test_whichever_write_finds_the_database_taken_the_next_look_leaves_both_legs_matched(doing: str) -> None:
    struck = 0
    for number in range(1, LATEST_WRITE):
        scene, journal = Scene(), BusyJournal()
        scene.journal = journal
        trader = await scene.trader(every_ms=HOUR)
        if doing == "leaving":
            assert await scene.enter(trader)
            await scene.look(trader)
        journal.busy_at = number
        sent = len(scene.venue.sent)
        try:
            await (scene.enter(trader) if doing == "entering" else scene.leave(trader))
        except DatabaseBusy:
            struck += 1
            unwritten = len(scene.venue.sent) - sent
            await scene.look(trader)  # by the same process, not whole unless something is in doubt
            held = trader.ledger.book.positions.get(BTC.symbol)
            where = f"write {number} of {doing}, after {unwritten} orders"
            assert held is None or abs(held.spot - held.qty) <= BTC.spot_lots.step + BTC.perp_lots.step, where
            assert trader.executor.agreed, where
            await require_sound(scene, where)
    assert struck >= 8

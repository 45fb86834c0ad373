"""A cheap look between two whole comparisons: has anything happened at the venue that the ledger does not know?"""

from __future__ import annotations

from collections.abc import Collection
from decimal import Decimal

from fundarb.domain.instants import MINUTE
from fundarb.domain.ledger import LineKind
from fundarb.domain.market import Span
from fundarb.engine.orders.desk import OrderDesk
from fundarb.ports.clock import Clock
from fundarb.ports.executor import FillLedger
from fundarb.ports.trading import Cause, VenueTrading

OVERLAP_MS = 2 * MINUTE  # executions may come to be known late; what is later still, a whole comparison finds
AHEAD_MS = MINUTE  # and be stamped by a clock that is not ours


class Glance:
    """Looks at executions and shorts; wallet, log and open orders are left to the whole comparison."""

    def __init__(
        self, venue: VenueTrading, desk: OrderDesk, clock: Clock, excluded: Collection[str] = frozenset()
    ) -> None:
        self._venue, self._desk, self._clock, self._excluded = venue, desk, clock, frozenset(excluded)

    async def quiet(self, ledger: FillLedger, since_ms: int) -> bool:
        """Whether all that was executed since is booked, shorts are as booked, and no order is unsettled."""
        if await self._desk.unsettled():
            return False
        return await self._all_booked(ledger, since_ms) and await self._shorts() == _booked_shorts(ledger)

    async def _all_booked(self, ledger: FillLedger, since_ms: int) -> bool:
        begun_ms, now_ms = ledger.lines[0].at_ms, self._clock.now_ms()
        span = Span(max(begun_ms, min(since_ms, now_ms) - OVERLAP_MS), now_ms + AHEAD_MS)
        paid = {
            (line.pair, line.at_ms)
            for line in ledger.lines
            if line.kind is LineKind.FUNDING and line.at_ms >= span.start_ms
        }
        return all(
            (one.market, one.at_ms) in paid if one.cause is Cause.FUNDING else one.execution_id in ledger.executed
            for one in await self._venue.executions(span)
            if one.market not in self._excluded
        )

    async def _shorts(self) -> dict[str, Decimal]:
        """By market; a long is a short below zero."""
        found: dict[str, Decimal] = {}
        for each in await self._venue.positions():
            if each.market not in self._excluded:
                found[each.market] = found.get(each.market, Decimal(0)) - each.qty
        return found


def _booked_shorts(ledger: FillLedger) -> dict[str, Decimal]:
    return {pair: held.qty for pair, held in ledger.book.positions.items() if held.qty}

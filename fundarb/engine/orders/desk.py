"""Places orders: the intent is on the disk before anything is sent, and what is sent is sent once."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from decimal import Decimal

from fundarb.domain.instrument import Pair
from fundarb.domain.orders import Leg, Order, OrderState, Side
from fundarb.engine.orders.naming import client_id
from fundarb.engine.orders.outcome import Inquiry
from fundarb.engine.orders.task import Task
from fundarb.errors import OrderRefused, VenueError
from fundarb.ports.breaker import Breaker
from fundarb.ports.clock import Clock
from fundarb.ports.executor import FillLedger
from fundarb.ports.journal import Journal
from fundarb.ports.trading import VenueTrading

UNSETTLED = (OrderState.INTENT, OrderState.SENT, OrderState.ACKED, OrderState.UNKNOWN)


class OrderDesk:
    """One portfolio's way to the venue. `clock` is the venue's time, `wall` the one that patience counts."""

    def __init__(
        self,
        journal: Journal,
        venue: VenueTrading,
        clock: Clock,
        wall: Clock,
        portfolio: str,
        pairs: Mapping[str, Pair],
        breaker: Breaker | None = None,
    ) -> None:
        self._journal, self._venue, self._clock, self._portfolio = journal, venue, clock, portfolio
        self._breaker = breaker
        self._inquiry = Inquiry(journal, venue, clock, wall, portfolio, pairs)
        self._attempts: Counter[tuple[str, Leg]] | None = None

    async def place(self, task: Task, leg: Leg, side: Side, qty: Decimal, limit: Decimal, ledger: FillLedger) -> None:
        """One order of a task, to its end: booked as far as it was filled."""
        number = await self._next_attempt(task.trade_id, leg)
        order = Order(
            client_id=client_id(task.trade_id, leg, number),
            trade_id=task.trade_id,
            symbol=task.pair,
            leg=leg,
            side=side,
            qty=qty,
            limit=limit,
            reduce_only=leg is Leg.PERP and side is Side.BUY,
            created_ms=self._clock.now_ms(),
            reason=task.reason,
        )
        await self._journal.put_order(self._portfolio, order)
        await self._move(order, OrderState.SENT)
        if await self._send(order):
            await self._inquiry.conclude(order, ledger)

    async def unsettled(self) -> tuple[Order, ...]:
        """Orders of which it is not known what became of them."""
        return await self._journal.orders(self._portfolio, UNSETTLED)

    async def settle(self, order: Order, ledger: FillLedger) -> None:
        """Find out what became of an order an earlier run left behind. An intent never left: it would say `sent`."""
        if order.state is OrderState.INTENT:
            await self._move(order, OrderState.REJECTED, words="never sent")
        else:
            await self._inquiry.conclude(order, ledger)

    async def _send(self, order: Order) -> bool:
        """Whether there is anything to ask about."""
        try:
            venue_id = await self._venue.submit(order)
        except OrderRefused as refused:
            self._failed(refused)
            await self._move(order, OrderState.REJECTED, words=str(refused))
            return False
        except VenueError as doubt:
            self._failed(doubt)
            await self._move(order, OrderState.UNKNOWN)
            return True
        if self._breaker is not None:
            self._breaker.succeeded()
        await self._move(order, OrderState.ACKED, venue_id=venue_id)
        return True

    async def _move(
        self, order: Order, to: OrderState, *, venue_id: str | None = None, words: str | None = None
    ) -> None:
        await self._journal.move_order(order.client_id, to, self._clock.now_ms(), venue_id, words)

    async def _next_attempt(self, trade: str, leg: Leg) -> int:
        """Counted on from what the journal holds, so that no id comes twice."""
        if self._attempts is None:
            self._attempts = Counter(
                (order.trade_id, order.leg) for order in await self._journal.orders(self._portfolio)
            )
        self._attempts[trade, leg] += 1
        return self._attempts[trade, leg]

    def _failed(self, error: VenueError) -> None:
        if self._breaker is not None:
            self._breaker.failed(str(error))

"""What became of an order: asked for by client id until it is known, then booked and concluded.

Soon after sending "there is none" says nothing. Only 15 s of the wall without a trace, with executions and holdings
agreeing that nothing happened, make an order one that was never placed; failing to ask never does."""

from __future__ import annotations

from collections.abc import Mapping
from decimal import Decimal

from fundarb.domain.instants import HOUR, MINUTE, SECOND
from fundarb.domain.instrument import Pair
from fundarb.domain.market import Span
from fundarb.domain.money import ZERO
from fundarb.domain.orders import Leg, Order, OrderState, Side
from fundarb.engine.orders.booking import TAKEN, base_coin, coins_booked, fill_of, lines_of, why_of
from fundarb.engine.orders.legs import stand_of
from fundarb.engine.orders.task import kept
from fundarb.errors import RiskHalt, VenueError
from fundarb.ports.clock import Clock
from fundarb.ports.executor import FillLedger
from fundarb.ports.journal import Journal
from fundarb.ports.trading import Cause, Execution, VenueOrder, VenueTrading

MISSING_MS = 15 * SECOND  # of the wall, without a trace
PATIENCE_MS = 60 * SECOND  # of the wall, for an answer of any kind
RESTING_MS = 5 * SECOND  # of the wall; an immediate order that is still open by then is withdrawn
FIRST_WAIT_S, LONGEST_WAIT_S = 0.05, 1.0


class OrderUnresolved(RiskHalt):
    """An order of which the venue cannot be made to say what became: entries stop until it does, or a person decides."""


class Inquiry:
    """Asks about the orders of one portfolio."""

    def __init__(
        self,
        journal: Journal,
        venue: VenueTrading,
        clock: Clock,
        wall: Clock,
        portfolio: str,
        pairs: Mapping[str, Pair],
    ) -> None:
        self._journal, self._venue, self._clock, self._wall = journal, venue, clock, wall
        self._portfolio, self._pairs = portfolio, pairs

    async def conclude(self, order: Order, ledger: FillLedger) -> None:
        """Until the order is over and what it brought is booked; OrderUnresolved where that cannot be found out."""
        found = await self._ask_on(order)
        if found is None:
            await self._give_up(order, ledger)
            return
        executed = await self._executed(order, found.filled)
        await self._book(order, executed, ledger)
        over = OrderState.FILLED if found.filled else OrderState.REJECTED
        words = None if found.filled else found.words
        await self._journal.move_order(order.client_id, over, self._clock.now_ms(), found.venue_id, words)

    async def _ask_on(self, order: Order) -> VenueOrder | None:
        """The order once it is over; None once it was missing for long enough."""
        began_ms, missing_since, wait_s, withdrawn = self._wall.now_ms(), None, FIRST_WAIT_S, False
        while True:
            found = await self._ask(order)
            now_ms = self._wall.now_ms()
            if isinstance(found, VenueOrder):
                if not found.open:
                    return found
                missing_since = None
                if now_ms - began_ms >= RESTING_MS and not withdrawn:
                    withdrawn = True
                    await self._withdraw(order)
            elif found is None:
                missing_since = now_ms if missing_since is None else missing_since
                if now_ms - missing_since >= MISSING_MS:
                    return None
            if now_ms - began_ms >= PATIENCE_MS:
                raise OrderUnresolved(_unresolved(order, found))
            await self._wall.sleep(wait_s)
            wait_s = min(2 * wait_s, LONGEST_WAIT_S)

    async def _ask(self, order: Order) -> VenueOrder | VenueError | None:
        """What the venue says, or why it says nothing."""
        try:
            return await self._venue.find(order)
        except VenueError as error:
            return error

    async def _withdraw(self, order: Order) -> None:
        """An order that rests should not; what becomes of this is seen by asking on."""
        try:
            await self._venue.cancel(order)
        except VenueError:
            return

    async def _executed(self, order: Order, filled: Decimal) -> tuple[Execution, ...]:
        """The executions of an order that is over, once they add up to what it says was filled."""
        if not filled:
            return ()
        began_ms, wait_s = self._wall.now_ms(), FIRST_WAIT_S
        while True:
            try:
                executed = await self._venue.executions_of(order)
            except VenueError:
                executed = ()
            total = sum((one.qty for one in executed), ZERO)
            if total == filled:
                return executed
            if self._wall.now_ms() - began_ms >= PATIENCE_MS:
                raise OrderUnresolved(
                    f"order {order.client_id} was filled {filled}, its executions add up to {total}; "
                    "`fundarb reconcile` asks again"
                )
            await self._wall.sleep(wait_s)
            wait_s = min(2 * wait_s, LONGEST_WAIT_S)

    async def _give_up(self, order: Order, ledger: FillLedger) -> None:
        """Without a trace for long enough: never placed, if nothing else speaks of it."""
        try:
            executed = await self._venue.executions_of(order)
            if not executed:
                await self._require_untouched(order, ledger)
        except VenueError as error:
            raise OrderUnresolved(_unresolved(order, error)) from error
        await self._book(order, executed, ledger)
        over = OrderState.FILLED if executed else OrderState.REJECTED
        words = None if executed else f"not found for {MISSING_MS // SECOND} s, and nothing happened"
        await self._journal.move_order(order.client_id, over, self._clock.now_ms(), None, words)

    async def _require_untouched(self, order: Order, ledger: FillLedger) -> None:
        """The holding the order would have changed is what the ledger says, and what is known to have happened since."""
        if order.leg is Leg.PERP:
            held = sum((-each.qty for each in await self._venue.positions() if each.market == order.symbol), ZERO)
            booked, lot = stand_of(order.symbol, ledger.book).short, ZERO
        else:
            coin, lot = base_coin(self._pairs[order.symbol]), self._pairs[order.symbol].spot_lots.step
            held = (await self._venue.coins()).get(coin, ZERO)
            booked = coins_booked(ledger.book, self._pairs).get(coin, ZERO)
        grows = Side.SELL if order.leg is Leg.PERP else Side.BUY
        since = await self._unbooked(order, ledger)
        moved = sum((one.qty if one.side is grows else -one.qty for one in since), ZERO)
        if abs(held - booked - moved) > lot:
            raise OrderUnresolved(
                f"order {order.client_id} is not found, yet the {order.leg} of {order.symbol} is not what the ledger says; "
                "`fundarb reconcile` shows the difference"
            )

    async def _unbooked(self, order: Order, ledger: FillLedger) -> tuple[Execution, ...]:
        """What was traded in an order's market since shortly before it and is not booked, whoever did it."""
        pair, now_ms = self._pairs[order.symbol], self._clock.now_ms()
        market = pair.symbol if order.leg is Leg.PERP else pair.spot
        found = await self._venue.executions(Span(min(order.created_ms, now_ms) - HOUR, now_ms + MINUTE))
        return tuple(
            one
            for one in found
            if one.market == market and one.cause is not Cause.FUNDING and one.execution_id not in ledger.executed
        )

    async def _book(self, order: Order, executed: tuple[Execution, ...], ledger: FillLedger) -> None:
        """Whatever of it is not booked yet."""
        new = [one for one in executed if one.execution_id not in ledger.executed]
        if not new:
            return
        if order.leg is Leg.PERP and order.side is Side.SELL and stand_of(order.symbol, ledger.book).short:
            new = await self._in_order(order, new, ledger)
        task = await kept(self._journal, self._portfolio, order.symbol)
        fair = task.fair(order.leg) if task is not None and task.trade_id == order.trade_id else None
        fills = [fill_of(one, order.symbol, None if one.cause in TAKEN else fair) for one in new]
        whys = [why_of(order, one.cause) for one in new]
        await ledger.post_fills(fills, lines_of(fills, self._pairs[order.symbol], ledger.book, whys))

    async def _in_order(self, order: Order, new: list[Execution], ledger: FillLedger) -> list[Execution]:
        """With what the venue took away of that short before: averages depend on what came first."""
        own = {one.execution_id for one in new}
        known = await self._unbooked(order, ledger)
        merged = [one for one in known if one.execution_id in own or one.cause in TAKEN]
        last = max((place for place, one in enumerate(merged) if one.execution_id in own), default=-1)
        return merged[: last + 1] if own <= {one.execution_id for one in merged} else new


def _unresolved(order: Order, said: VenueOrder | VenueError | None) -> str:
    state = f"still open, {said.words}" if isinstance(said, VenueOrder) else str(said or "the venue knows none")
    return f"what became of order {order.client_id} ({order.leg} of {order.symbol}) is unknown: {state}"

"""What becomes of an order: written before it is sent, sent once, asked about until known, booked before it is over."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from dataclasses import replace
from decimal import Decimal

import pytest

from fundarb.accounting.lines import deposit_line
from fundarb.domain.orders import Leg, Order, OrderState, Side
from fundarb.engine.journal_ledger import JournalLedger, open_ledger
from fundarb.engine.orders.desk import OrderDesk
from fundarb.engine.orders.naming import Doing, trade_id
from fundarb.engine.orders.outcome import MISSING_MS, OrderUnresolved
from fundarb.engine.orders.task import Task, keep, kept
from fundarb.errors import JournalConflict, OrderRefused, OrderUnknown, VenueUnreachable
from fundarb.ports.trading import Cause, Execution, VenueOrder
from tests.engine.live.episodes import BEGUN_MS, BTC
from tests.engine.live.trader import PORTFOLIO
from tests.fakes.clock import SteppedClock
from tests.fakes.journal import MemoryJournal
from tests.fakes.trading_account import Contract
from tests.fakes.trading_venue import MemoryTrading

D = Decimal
TASK = Task(
    trade_id(PORTFOLIO, BTC.symbol, Doing.ENTER, BEGUN_MS), BTC.symbol, D(2), "rate", BEGUN_MS, D("100.5"), D("100.5")
)


class Desk:
    """A desk over a venue in memory."""

    def __init__(self) -> None:
        self.clock = SteppedClock(BEGUN_MS)
        self.journal, self.venue = MemoryJournal(), MemoryTrading([BTC], self.clock.now_ms)
        self.venue.quote(BTC.symbol, "100")
        self.desk = self.opened()

    def opened(self) -> OrderDesk:
        """As after a start."""
        return OrderDesk(self.journal, self.venue, self.clock, self.clock, PORTFOLIO, {BTC.symbol: BTC})

    async def ledger(self) -> JournalLedger:
        """As the journal has it."""
        if not await self.journal.ledger(PORTFOLIO):
            await self.journal.append(PORTFOLIO, [deposit_line(BEGUN_MS, D(10_000))])
        return await open_ledger(self.journal, PORTFOLIO)

    async def sell(self, ledger: JournalLedger | None = None) -> JournalLedger:
        """Two perps sold."""
        ledger = ledger or await self.ledger()
        await self.desk.place(TASK, Leg.PERP, Side.SELL, D(2), D(98), ledger)
        return ledger

    async def orders(self) -> tuple[Order, ...]:
        """All of the journal."""
        return await self.journal.orders(PORTFOLIO)

    def at(self, call: str, happens: Callable[[], None]) -> None:
        """Something happens before a call of the venue."""
        self.venue.before = lambda heard: happens() if heard == call else None


def raising(error: BaseException, times: int = 1) -> Callable[[], None]:
    """Raises so often, then no more."""
    left = [times]

    def happens() -> None:
        if left[0]:
            left[0] -= 1
            raise error

    return happens


async def test_the_intent_is_written_and_marked_as_sent_before_it_is_sent() -> None:
    desk, seen = Desk(), list[tuple[str, OrderState]]()
    known = desk.journal._orders
    desk.at("submit", lambda: seen.extend((name, order.state) for name, order in known.items()))
    await desk.sell()
    (order,) = await desk.orders()
    assert seen == [(order.client_id, OrderState.SENT)]
    assert (order.state, order.venue_id, order.reason) == (OrderState.FILLED, f"venue-{order.client_id}", "rate")


async def test_fills_are_booked_at_the_price_without_slippage_of_their_task() -> None:
    desk = Desk()
    await keep(desk.journal, PORTFOLIO, TASK)
    assert await kept(desk.journal, PORTFOLIO, BTC.symbol) == TASK
    assert await kept(desk.journal, PORTFOLIO, "NOPE") is None
    ledger = await desk.sell()
    (fill,) = await desk.journal.fills(PORTFOLIO)
    assert (fill.fair, fill.price, ledger.lines[-1].fair) == (D("100.5"), D("99.99"), D("100.5"))
    assert ledger.book.positions[BTC.symbol].slippage == 2 * (D("100.5") - D("99.99"))


async def test_a_refusal_is_final_and_in_the_venues_words() -> None:
    desk = Desk()
    desk.at("submit", raising(OrderRefused("HTTP 200, code 110007, ab not enough", "110007")))
    await desk.sell()
    (order,) = await desk.orders()
    assert (order.state, order.reason) == (OrderState.REJECTED, "rate")
    assert desk.journal.moves[-1] == (order.client_id, OrderState.REJECTED, "HTTP 200, code 110007, ab not enough")
    assert "find" not in desk.venue.asked


@pytest.mark.parametrize("landed", [True, False])
async def test_a_doubt_is_resolved_by_asking_and_never_by_sending_again(landed: bool) -> None:
    desk = Desk()
    doubt = raising(OrderUnknown("no answer in time"))
    if landed:
        desk.venue.after = lambda call: doubt() if call == "submit" else None
    else:
        desk.at("submit", doubt)
    ledger = await desk.sell()
    (order,) = await desk.orders()
    assert order.state is (OrderState.FILLED if landed else OrderState.REJECTED)
    assert (BTC.symbol in ledger.book.positions) is landed
    assert desk.venue.asked.count("submit") == 1
    waited = desk.clock.now_ms() - BEGUN_MS
    assert waited < 1000 if landed else waited >= MISSING_MS


async def test_an_order_the_venue_takes_up_late_is_waited_for() -> None:
    desk = Desk()
    desk.venue.accept_ms = 14_000
    ledger = await desk.sell()
    assert ledger.book.positions[BTC.symbol].qty == 2


async def test_a_question_that_fails_is_no_sign_of_absence() -> None:
    desk = Desk()
    errors = {"submit": OrderUnknown("no answer in time"), "find": VenueUnreachable("HTTP 502")}
    desk.venue.before = lambda call: raising(errors[call])() if call in errors else None
    with pytest.raises(OrderUnresolved, match="is unknown: HTTP 502"):
        await desk.sell()
    (order,) = await desk.orders()
    assert order.state is OrderState.UNKNOWN


async def test_missing_in_the_lists_but_executed_is_executed() -> None:
    desk = Desk()

    async def nothing(order: Order) -> VenueOrder | None:
        await asyncio.sleep(0)
        return None

    desk.venue.find = nothing  # type: ignore[method-assign]  # that call is the test's own
    ledger = await desk.sell()
    assert ledger.book.positions[BTC.symbol].qty == 2
    assert [order.state for order in await desk.orders()] == [OrderState.FILLED]


async def test_missing_while_the_holding_changed_stays_unknown() -> None:
    desk = Desk()
    desk.at("submit", raising(OrderUnknown("no answer in time")))
    ledger = await desk.ledger()
    desk.venue.account.contracts.setdefault(BTC.symbol, Contract()).trade(D(-1), D(100))
    with pytest.raises(
        OrderUnresolved, match="is not found, yet the perp of BTC/USDT:USDT is not what the ledger says"
    ):
        await desk.sell(ledger)


async def test_what_the_venue_took_meanwhile_explains_a_changed_holding() -> None:
    desk = Desk()
    ledger = await desk.sell()
    desk.venue.take_away(BTC.symbol, "0.5", Cause.DELEVERAGED)
    desk.at("submit", raising(OrderUnknown("no answer in time")))
    await desk.sell(ledger)
    assert [order.state for order in await desk.orders()] == [OrderState.FILLED, OrderState.REJECTED]


async def test_executions_that_do_not_add_up_yet_are_asked_for_again() -> None:
    desk = Desk()
    real, asked = desk.venue.executions_of, list[int]()

    async def late(order: Order) -> tuple[Execution, ...]:
        asked.append(1)
        return await real(order) if len(asked) > 3 else ()

    desk.venue.executions_of = late  # type: ignore[method-assign]  # that call is the test's own
    ledger = await desk.sell()
    assert (len(asked), ledger.book.positions[BTC.symbol].qty) == (4, D(2))


async def test_an_immediate_order_that_rests_is_withdrawn() -> None:
    desk = Desk()
    real, withdrawn = desk.venue.find, list[Order]()

    async def resting(order: Order) -> VenueOrder | None:
        found = await real(order)
        return replace(found, open=not withdrawn) if found else None

    async def cancel(order: Order) -> None:
        withdrawn.append(order)

    desk.venue.find, desk.venue.cancel = resting, cancel  # type: ignore[method-assign]  # that call is the test's own
    await desk.sell()
    assert [order.client_id for order in withdrawn] == [(await desk.orders())[0].client_id]


async def test_a_restart_settles_what_was_sent_and_forgets_what_never_was() -> None:
    desk = Desk()
    killed = raising(asyncio.CancelledError())
    desk.venue.after = lambda call: killed() if call == "submit" else None
    with pytest.raises(asyncio.CancelledError):
        await desk.sell()
    never = replace((await desk.orders())[0], client_id="fa-1-00000000e-p9", state=OrderState.INTENT)
    await desk.journal.put_order(PORTFOLIO, never)
    again, ledger = desk.opened(), await desk.ledger()
    for order in await again.unsettled():
        await again.settle(order, ledger)
    assert {order.client_id: order.state for order in await desk.orders()} == {
        never.client_id: OrderState.REJECTED,
        desk.venue.sent[0].client_id: OrderState.FILLED,
    }
    assert (len(desk.venue.sent), ledger.book.positions[BTC.symbol].qty) == (1, D(2))


async def test_attempts_are_counted_on_over_a_restart() -> None:
    desk = Desk()
    ledger = await desk.sell()
    desk.desk = desk.opened()
    await desk.sell(ledger)
    assert [order.client_id[-2:] for order in await desk.orders()] == ["p1", "p2"]


async def test_someone_else_who_books_the_same_execution_ends_all_trust() -> None:
    desk = Desk()
    first, second = await desk.ledger(), await desk.ledger()
    await desk.sell(first)
    fills = await desk.journal.fills(PORTFOLIO)
    with pytest.raises(JournalConflict, match="were booked by someone else; start again"):
        await second.post_fills(fills, first.lines[-1:])

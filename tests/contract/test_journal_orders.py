"""What every Journal promises about orders and fills: known states only, no id twice, no execution booked twice."""

from __future__ import annotations

from dataclasses import replace

import pytest

from fundarb.domain.orders import NEXT_STATES, OrderState
from fundarb.errors import JournalConflict
from fundarb.ports.journal import Journal
from tests.contract.trading_samples import ADOPTED, ETH, deposit, execution, intent, payment, perp_sale

PATHS = {
    OrderState.INTENT: (),
    OrderState.SENT: (OrderState.SENT,),
    OrderState.ACKED: (OrderState.SENT, OrderState.ACKED),
    OrderState.UNKNOWN: (OrderState.SENT, OrderState.UNKNOWN),
    OrderState.FILLED: (OrderState.SENT, OrderState.FILLED),
    OrderState.REJECTED: (OrderState.REJECTED,),
}


async def bring_to(journal: Journal, client_id: str, state: OrderState) -> None:
    """A new order, walked to `state`."""
    await journal.put_order("live", replace(intent(client_id), reason="rate"))
    for step in PATHS[state]:
        await journal.move_order(client_id, step, 2, None, None)


async def test_an_intent_comes_back_as_it_was_written(journal: Journal) -> None:
    spot = replace(intent("c2", created_ms=2, symbol="BTC/USDT"), limit=None, reduce_only=True)
    await journal.put_order("live", spot)
    await journal.put_order("live", intent("c1", created_ms=1))
    assert await journal.orders("live") == (intent("c1", created_ms=1), spot)


async def test_a_client_id_is_never_used_twice(journal: Journal) -> None:
    await bring_to(journal, "c1", OrderState.SENT)
    with pytest.raises(JournalConflict, match=r"c1 .*already in the journal, state sent"):
        await journal.put_order("live", intent("c1", symbol=ETH))
    with pytest.raises(JournalConflict, match="c1"):
        await journal.put_order("paper", intent("c1"))
    assert [order.state for order in await journal.orders("live")] == [OrderState.SENT]
    assert await journal.orders("paper") == ()


async def test_an_order_is_never_new_in_another_state_than_intent(journal: Journal) -> None:
    with pytest.raises(JournalConflict, match="c1 is sent: only an intent"):
        await journal.put_order("live", replace(intent("c1"), state=OrderState.SENT))
    assert await journal.orders("live") == ()


@pytest.mark.parametrize("start", list(OrderState))
@pytest.mark.parametrize("to", list(OrderState))
async def test_an_order_moves_along_the_allowed_states_only(
    journal: Journal, start: OrderState, to: OrderState
) -> None:
    await bring_to(journal, "c1", start)
    if to in NEXT_STATES[start]:
        await journal.move_order("c1", to, 3, "venue 7", "because")
        (order,) = await journal.orders("live")
        assert (order.state, order.venue_id, order.reason) == (to, "venue 7", "rate")
    else:
        with pytest.raises(JournalConflict, match=f"c1 is {start} and cannot become {to}"):
            await journal.move_order("c1", to, 3, "venue 7", "because")
        (order,) = await journal.orders("live")
        assert (order.state, order.venue_id, order.reason) == (start, None, "rate")


async def test_an_order_keeps_why_it_was_sent_whatever_became_of_it(journal: Journal) -> None:
    await bring_to(journal, "c1", OrderState.SENT)
    await journal.move_order("c1", OrderState.ACKED, 3, "venue 7", "resting")
    await journal.move_order("c1", OrderState.FILLED, 4, None, None)
    (order,) = await journal.orders("live")
    assert (order.state, order.venue_id, order.reason) == (OrderState.FILLED, "venue 7", "rate")


async def test_an_order_without_an_intent_cannot_move(journal: Journal) -> None:
    with pytest.raises(JournalConflict, match="c9 is not in the journal"):
        await journal.move_order("c9", OrderState.SENT, 1, None, None)


async def test_orders_are_found_by_their_states(journal: Journal) -> None:
    for number, state in enumerate(OrderState):
        await bring_to(journal, f"c{number}", state)
    open_states = (OrderState.SENT, OrderState.ACKED, OrderState.UNKNOWN)
    assert [order.state for order in await journal.orders("live", open_states)] == list(open_states)
    assert [order.state for order in await journal.orders("live")] == list(OrderState)


async def test_fills_book_the_lines_beside_them(journal: Journal) -> None:
    await journal.append("live", [deposit()])
    fills = [execution("e2", filled_ms=2), execution("e1", filled_ms=1, client_id=None, symbol=ADOPTED)]
    assert await journal.put_fills("live", fills, [perp_sale(2), perp_sale(1, ADOPTED)]) == 2
    assert await journal.fills("live") == (fills[1], fills[0])
    assert await journal.ledger("live") == (deposit(), perp_sale(2), perp_sale(1, ADOPTED))


async def test_an_execution_seen_before_is_not_booked_again(journal: Journal) -> None:
    await journal.put_fills("live", [execution("e1")], [perp_sale(1)])
    assert await journal.put_fills("live", [execution("e1")], [perp_sale(1)]) == 0
    assert await journal.put_fills("live", [execution("e1"), execution("e2")], [perp_sale(1), perp_sale(2)]) == 1
    assert await journal.fills("live") == (execution("e1"), execution("e2"))
    assert await journal.ledger("live") == (perp_sale(1), perp_sale(2))


async def test_an_execution_told_twice_at_once_is_booked_once(journal: Journal) -> None:
    twice = [execution("e1"), execution("e1")]
    assert await journal.put_fills("live", twice, [perp_sale(1), payment(1)]) == 1
    assert await journal.fills("live") == (execution("e1"),)
    assert await journal.ledger("live") == (perp_sale(1),)


async def test_fills_that_do_not_match_their_lines_are_refused_whole(journal: Journal) -> None:
    with pytest.raises(JournalConflict, match="2 fills with 1 lines"):
        await journal.put_fills("live", [execution("e1"), execution("e2")], [perp_sale(1)])
    assert await journal.fills("live") == ()
    assert await journal.ledger("live") == ()


async def test_fills_whose_lines_cannot_be_written_leave_nothing(journal: Journal) -> None:
    with pytest.raises(ValueError, match="not a finite number"):
        await journal.put_fills("live", [execution("e1"), execution("e2")], [perp_sale(1), deposit(1, "Infinity")])
    assert await journal.fills("live") == ()
    assert await journal.ledger("live") == ()
    assert await journal.put_fills("live", [execution("e1")], [perp_sale(1)]) == 1


async def test_no_fill_is_no_work(journal: Journal) -> None:
    assert await journal.put_fills("live", [], []) == 0

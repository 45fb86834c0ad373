"""The guard of the live executor: cuts, margin that follows them, and what a book leaves uncut."""

from __future__ import annotations

from decimal import Decimal

import pytest

from fundarb.domain.ledger import LineKind
from fundarb.domain.orders import Leg
from fundarb.engine.live import LiveRules
from fundarb.errors import VenueUnreachable
from fundarb.ports.quotes import Depth, Level
from tests.engine.live.episodes import BTC
from tests.engine.live.scene import Scene

D = Decimal


async def test_the_guard_cuts_both_legs_and_measures_from_there_on() -> None:
    scene = Scene()
    trader = await scene.trader()
    assert await scene.enter(trader)
    scene.quote("119.9")
    await scene.look(trader)
    assert trader.ledger.book.positions[BTC.symbol].qty == 2
    scene.quote("125")
    await scene.look(trader)
    held = trader.ledger.book.positions[BTC.symbol]
    assert held.qty == D("1.599")
    assert 0 <= held.spot - held.qty < BTC.spot_lots.step
    assert held.reference == 125
    assert {line.kind for line in trader.ledger.lines[-2:]} == {LineKind.GUARD}
    assert [line.reason for line in trader.ledger.lines[-2:]] == [None, None]
    await scene.look(trader)
    assert held.qty == D("1.599")


async def test_what_a_thin_book_left_of_a_cut_keeps_its_risk_and_is_cut_at_the_next_look() -> None:
    scene = Scene()
    trader = await scene.trader()
    assert await scene.enter(trader)
    held = trader.ledger.book.positions[BTC.symbol]
    scene.quote("125", "0.05")
    await scene.look(trader)
    assert D("1.599") < held.qty < 2
    assert abs(held.qty * held.reference - 2 * held.entry) < D("1e-9")
    (position,) = await scene.venue.positions()
    owed = held.qty * (held.reference - held.entry) * D("1.5")
    assert 0 <= (position.added or D(0)) - owed < D("0.01")
    scene.quote("121", "1000")
    await scene.look(trader)
    assert (held.qty, held.reference) == (D("1.652"), D(121))
    scene.quote("125")
    await scene.look(trader)
    assert held.qty == D("1.652")


async def test_a_cut_that_a_falling_price_made_needless_is_not_undone() -> None:
    scene = Scene()
    trader = await scene.trader()
    assert await scene.enter(trader)
    held = trader.ledger.book.positions[BTC.symbol]
    scene.quote("125", "0.095")
    await scene.look(trader)
    left, sent = held.qty, len(scene.sent())
    assert D("1.599") < left < D("1.65")
    scene.quote("121", "1000")
    await scene.look(trader)
    assert (held.qty, len(scene.sent())) == (left, sent)


async def test_a_cut_that_takes_several_levels_of_a_book_is_one() -> None:
    scene = Scene()
    trader = await scene.trader()
    assert await scene.enter(trader)
    scene.quote("125")
    deep = scene.venue.books[BTC.symbol, Leg.PERP]
    best, worse = Level(deep.asks[0].price, D("0.1")), Level(deep.asks[0].price + D("0.01"), D(100))
    scene.venue.books[BTC.symbol, Leg.PERP] = Depth(deep.bids, (best, worse))
    await scene.look(trader)
    cuts = [line for line in trader.ledger.lines if (line.kind, line.leg) == (LineKind.GUARD, Leg.PERP)]
    assert len(cuts) == 2
    assert trader.executor.incidents.guards == 1


@pytest.mark.parametrize("lost", ["nothing", "the request", "the reply"])
async def test_margin_follows_the_guard_and_is_posted_once_whatever_is_lost(lost: str) -> None:
    """1.599 of the short are left at a reference of 125 above an entry near 100: half as much again of the difference."""
    scene, asked = Scene(), list[str]()
    trader = await scene.trader()
    assert await scene.enter(trader)
    scene.quote("125")

    def losing(call: str) -> None:
        if call == "add_margin":
            asked.append(call)
            if len(asked) == 1:
                raise VenueUnreachable("HTTP 502")

    if lost == "the request":
        scene.venue.before = losing
    if lost == "the reply":
        scene.venue.after = losing
    for _ in range(3):
        await scene.look(trader)
    held = trader.ledger.book.positions[BTC.symbol]
    (position,) = await scene.venue.positions()
    exact = held.qty * (held.reference - held.entry) * D("1.5")
    assert position.added is not None
    assert 0 <= position.added - exact < D("0.01")
    assert len(asked) == {"nothing": 0, "the request": 2, "the reply": 1}[lost]
    calls = scene.venue.asked.count("add_margin")
    await scene.look(trader)
    assert scene.venue.asked.count("add_margin") == calls


async def test_a_guard_that_would_leave_too_little_closes_it() -> None:
    scene = Scene()
    trader = await scene.trader(LiveRules(leverage=D(2), guard=D("0.2")))
    assert await scene.enter(trader, "0.051")
    scene.quote("199")
    await scene.look(trader)
    (trade,) = trader.ledger.book.closed
    assert trade.close_reason == "guard"
    assert {line.kind for line in trader.ledger.lines[-2:]} == {LineKind.GUARD}

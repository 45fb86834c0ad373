"""The live executor's own decisions: when it enters nothing, when it leaves, and what healing leaves to a person."""

from __future__ import annotations

from dataclasses import replace
from decimal import Decimal

import pytest

from fundarb.domain.decision import ExitReason, ExitRequest
from fundarb.domain.ledger import LineKind
from fundarb.domain.orders import Leg, Order, OrderState, Side
from fundarb.errors import OrderRefused, VenueUnreachable
from fundarb.ports.quotes import Depth, Level
from fundarb.ports.trading import Cause, FlowKind
from tests.engine.live.episodes import BTC
from tests.engine.live.scene import Scene
from tests.engine.live.trader import PORTFOLIO, RULES, start

D = Decimal


async def test_the_leg_with_less_behind_it_goes_first_both_ways() -> None:
    for spot_size, first in (("10", Leg.SPOT), ("100000000", Leg.PERP)):
        scene = Scene()
        trader = await scene.trader()
        scene.quote("100", spot_size)
        assert await scene.enter(trader)
        assert await scene.leave(trader)
        assert [leg for leg, _ in scene.sent()] == [first, _other(first)] * 2


def _other(leg: Leg) -> Leg:
    return Leg.PERP if leg is Leg.SPOT else Leg.SPOT


async def test_limits_stay_within_the_bound_and_widen_only_to_take_back() -> None:
    scene, asked = Scene(), list[Order]()
    trader = await scene.trader()
    scene.quote("100", "10")
    real = scene.venue.submit

    async def first_only(order: Order) -> str:
        asked.append(order)
        if len(asked) in (1, 7):
            return await real(order)
        raise OrderRefused("HTTP 200, code 110007")

    scene.venue.submit = first_only  # type: ignore[method-assign]  # that call is the test's own
    assert not await scene.enter(trader)
    sides = [(order.leg, order.side) for order in asked]
    assert sides == [(Leg.SPOT, Side.BUY), *[(Leg.PERP, Side.SELL)] * 3, *[(Leg.SPOT, Side.SELL)] * 3]
    away = [abs(float(order.limit or 0) / 100 - 1) for order in asked]
    assert away == pytest.approx([0.003] * 5 + [0.006, 0.012], abs=2e-4)
    (trade,) = trader.ledger.book.closed
    assert (trade.open_reason, trade.close_reason) == ("rate", "unhedged")
    assert trader.executor.agreement.healed is not None


@pytest.mark.parametrize("leg", list(Leg))
async def test_nothing_is_entered_where_a_leg_has_no_price_or_too_wide_a_spread(leg: Leg) -> None:
    scene = Scene()
    trader = await scene.trader()
    scene.quote("100", *(("0", "1000") if leg is Leg.SPOT else ("1000", "0")))
    assert not await scene.enter(trader)
    scene.quote("100")
    strict = await scene.trader(replace(RULES, max_spread=D("0.00001")))
    assert not await scene.enter(strict)
    assert scene.venue.sent == []
    assert await scene.enter(await scene.trader(replace(RULES, max_spread=D("0.001"))))


async def test_terms_are_set_before_the_first_order_of_a_pair() -> None:
    scene = Scene()
    trader = await scene.trader()
    await scene.enter(trader)
    assert scene.venue.leverages == {BTC.symbol: D(2)}
    assert scene.venue.asked.index("prepare") < scene.venue.asked.index("submit")


@pytest.mark.parametrize("state", ["before any look", "after a look that failed", "while something differs"])
async def test_nothing_is_entered_unless_the_last_look_found_agreement(state: str) -> None:
    scene = Scene()
    trader = await scene.trader()
    if state == "before any look":
        trader = await start(scene.journal, scene.venue, scene.clock)
    elif state == "after a look that failed":
        scene.venue.before = lambda call: fail() if call == "coins" else None
        await scene.look(trader)
        scene.venue.before = lambda call: None
    else:
        scene.venue.move("USDT", "-9", FlowKind.OTHER, "SOMETHING_NEW")
        await scene.look(trader)
    assert not trader.executor.agreed
    assert not await scene.enter(trader)
    assert scene.venue.sent == []


def fail() -> None:
    raise VenueUnreachable("HTTP 502")


async def test_the_breaker_stops_entries_and_lets_exits_through() -> None:
    scene = Scene()
    trader = await scene.trader()
    assert await scene.enter(trader)
    for _ in range(5):
        trader.breaker.failed("HTTP 502")
    assert not trader.breaker.allows(reduces_risk=False)
    assert await scene.leave(trader)
    for _ in range(5):
        trader.breaker.failed("HTTP 502")
    assert not await scene.enter(trader)


async def test_an_exit_the_books_do_not_allow_stays_hedged_and_is_tried_again() -> None:
    scene = Scene()
    trader = await scene.trader()
    assert await scene.enter(trader)
    scene.quote("100", "0.05", "100000")
    assert not await scene.leave(trader)
    held = trader.ledger.book.positions[BTC.symbol]
    assert 0 < held.qty < 2
    assert abs(held.spot - held.qty) < D("0.0011")
    scene.quote("100")
    assert await scene.leave(trader)
    (trade,) = trader.ledger.book.closed
    assert (trade.close_reason, trade.qty) == ("rate", D(2))


@pytest.mark.parametrize(
    ("reason", "goes"),
    [
        (ExitReason.MARGIN, True),
        (ExitReason.FLATTENED, True),
        (ExitReason.END, True),
        (ExitReason.RATE, False),
        (ExitReason.DELISTING, False),
    ],
)
async def test_what_must_go_goes_further_from_the_best_price(reason: ExitReason, *, goes: bool) -> None:
    scene = Scene()
    trader = await scene.trader()
    assert await scene.enter(trader)
    thin = Level(D("99.99"), D("0.01"))
    scene.venue.books[BTC.symbol, Leg.SPOT] = Depth((thin, Level(D("98.5"), D(1000))), (Level(D(101), D(1000)),))
    assert await trader.executor.leave(scene.view(), trader.ledger, ExitRequest(BTC.symbol, reason)) == goes


@pytest.mark.parametrize("dead", list(Leg))
async def test_a_dead_book_of_what_must_go_is_told_once_until_something_changes(dead: Leg) -> None:
    scene, told = Scene(), list[tuple[str, bool]]()
    trader = await scene.trader()
    assert await scene.enter(trader)
    trader.executor.agreement.tell = lambda name, pair, reason, data: told.append((data["bound"], data["priced"]))
    must_go, other = (ExitRequest(BTC.symbol, each) for each in (ExitReason.MARGIN, ExitReason.FLATTENED))

    async def looks(request: ExitRequest) -> list[tuple[str, bool]]:
        told.clear()
        for _ in range(3):
            await scene.look(trader)
            assert not await trader.executor.leave(scene.view(), trader.ledger, request)
        return told.copy()

    nothing = [("0.003", False)]
    scene.venue.books[BTC.symbol, dead] = Depth((), ())
    assert await looks(must_go) == nothing
    assert await looks(must_go) == []
    assert await looks(other) == nothing
    scene.quote("100", "0.05", "100000")
    assert (await looks(other))[0] == ("0.003", True)
    scene.venue.books[BTC.symbol, dead] = Depth((), ())
    assert await looks(other) == nothing


async def test_nothing_is_sent_for_a_pair_while_nobody_says_what_became_of_its_last_order() -> None:
    scene = Scene()
    trader = await scene.trader()
    assert await scene.enter(trader)
    real, sent = scene.venue.find, len(scene.sent())

    async def nobody(order: Order) -> None:
        raise VenueUnreachable("no answer in time")

    scene.venue.find = nobody  # type: ignore[method-assign]  # that call is the test's own
    assert not await scene.leave(trader)
    assert "is unknown" in (trader.executor.unresolved or "")
    urgent = ExitRequest(BTC.symbol, ExitReason.FLATTENED)
    for leaving in (scene.leave(trader), trader.executor.leave(scene.view(), trader.ledger, urgent)):
        assert not await leaving
        assert len(scene.sent()) == sent + 1
    scene.venue.find = real  # type: ignore[method-assign]  # as it was before
    await scene.look(trader)
    assert await scene.leave(trader)


async def test_a_pair_left_ahead_of_its_end_is_closed_by_ordinary_fills() -> None:
    """As on paper: only what the venue itself ends is a delisting."""
    scene = Scene()
    trader = await scene.trader()
    assert await scene.enter(trader)
    ahead = ExitRequest(BTC.symbol, ExitReason.DELISTING)
    assert await trader.executor.leave(scene.view(), trader.ledger, ahead)
    await scene.look(trader)
    (trade,) = trader.ledger.book.closed
    assert trade.close_reason == "delisting"
    assert {line.kind for line in trader.ledger.lines[1:]} == {LineKind.FILL}
    assert trader.executor.incidents.delistings == 0


async def test_what_a_bust_leaves_is_sold_as_part_of_the_liquidation() -> None:
    scene = Scene()
    trader = await scene.trader()
    assert await scene.enter(trader)
    scene.venue.take_away(BTC.symbol, "1", Cause.BANKRUPT)
    await scene.look(trader)
    assert [line.kind for line in trader.ledger.lines[-2:]] == [LineKind.LIQUIDATION] * 2
    (trade,) = trader.ledger.book.closed
    assert trade.close_reason == "liquidation"
    assert trader.executor.agreed


async def test_an_unknown_flow_is_booked_once_a_person_says_so() -> None:
    scene = Scene()
    trader = await scene.trader()
    scene.venue.move("USDT", "-9", FlowKind.OTHER, "SOMETHING_NEW")
    assert not (await trader.healer.heal(trader.ledger)).left.agreed
    healed = await trader.healer.heal(trader.ledger, adjust="reconciled")
    assert healed.left.agreed
    assert (trader.ledger.lines[-1].kind, trader.ledger.lines[-1].cash) == (LineKind.ADJUSTMENT, D(-9))


async def test_a_fill_that_is_found_late_is_booked_for_what_its_order_was_sent_for() -> None:
    scene = Scene()
    trader = await scene.trader()
    scene.quote("100", "10")
    scene.venue.accept_ms = 20_000
    assert not await scene.enter(trader)
    (refused,) = await scene.journal.orders(PORTFOLIO)
    assert (refused.leg, refused.state) == (Leg.SPOT, OrderState.REJECTED)
    assert scene.journal.moves[-1][2] == "not found for 15 s, and nothing happened"
    scene.venue.accept_ms = 0
    await scene.clock.sleep(10)
    await scene.look(trader)
    held = trader.ledger.book.positions[BTC.symbol]
    assert (held.open_reason, held.qty) == ("rate", D(2))
    assert trader.executor.agreed

"""Whole comparisons and glances: what each asks for and finds, what is told, what stops a start, and when it is given up."""

from __future__ import annotations

from collections.abc import Mapping

import pytest

from fundarb.domain.instants import LATEST, MINUTE
from fundarb.domain.ledger import LineKind
from fundarb.domain.market import Span
from fundarb.errors import RiskHalt, VenueRefused, VenueUnreachable
from fundarb.ports.quotes import Depth
from fundarb.ports.trading import Cause, Execution, FlowKind
from tests.engine.live.episodes import BTC
from tests.engine.live.scene import Scene
from tests.engine.live.trader import start


def fail() -> None:
    raise VenueUnreachable("HTTP 502")


async def test_between_whole_comparisons_a_glance_books_what_happened_and_asks_for_little() -> None:
    scene = Scene()
    trader = await scene.trader(every_ms=5 * MINUTE)
    assert await scene.enter(trader)
    scene.venue.asked.clear()
    await scene.look(trader)
    assert trader.executor.agreed
    assert {"coins", "flows", "open_orders"}.isdisjoint(scene.venue.asked)
    scene.venue.take_away(BTC.symbol, "1", Cause.BANKRUPT)
    await scene.look(trader)
    assert trader.ledger.book.closed[0].close_reason == "liquidation"
    assert trader.executor.incidents.liquidations == 1
    scene.venue.move("USDT", "100", FlowKind.TRANSFER, "TRANSFER_IN")
    await scene.look(trader)
    assert LineKind.TRANSFER not in {line.kind for line in trader.ledger.lines}
    await scene.clock.sleep(301)
    await scene.look(trader)
    assert LineKind.TRANSFER in {line.kind for line in trader.ledger.lines}


async def test_a_glance_sees_what_moves_no_position_and_positions_that_move_before_anything_is_told() -> None:
    scene = Scene()
    trader = await scene.trader(every_ms=5 * MINUTE)
    assert await scene.enter(trader)
    await scene.look(trader)
    scene.venue.settle(BTC.symbol, "0.0003")
    await scene.look(trader)
    assert LineKind.FUNDING in {line.kind for line in trader.ledger.lines}
    real = scene.venue.executions
    told_already = {one.execution_id for one in await real(Span(0, LATEST))}

    async def late(span: Span) -> tuple[Execution, ...]:
        return tuple(one for one in await real(span) if one.execution_id in told_already)

    scene.venue.executions = late  # type: ignore[method-assign]  # that call is the test's own
    scene.venue.take_away(BTC.symbol, "1", Cause.DELEVERAGED)
    await scene.look(trader)
    assert f"{BTC.symbol}: position, 0 short against 2 short" in (trader.executor.unresolved or "")
    scene.venue.executions = real  # type: ignore[method-assign]  # as it was before
    await scene.look(trader)
    assert trader.executor.agreed
    assert trader.ledger.book.closed[0].close_reason == "liquidation"


async def test_the_trouble_of_one_look_is_told_once_and_its_end_too() -> None:
    scene, told = Scene(), list[tuple[str, str | None]]()
    trader = await scene.trader()
    trader.executor.agreement.tell = lambda name, pair, reason, data: told.append((name, reason))
    scene.venue.before = lambda call: fail() if call == "coins" else None
    await scene.look(trader)
    await scene.look(trader)
    assert told == [("unsure", "HTTP 502")]
    scene.venue.before = lambda call: None
    await scene.look(trader)
    assert [name for name, _ in told] == ["unsure", "agreed"]
    scene.venue.move("USDT", "-9", FlowKind.OTHER, "SOMETHING_NEW")
    await scene.look(trader)
    await scene.look(trader)
    assert [name for name, _ in told] == ["unsure", "agreed", "differs"]
    assert "`fundarb reconcile live`" in (trader.executor.unresolved or "")


async def test_what_happens_as_a_look_ends_is_for_the_next_one_and_no_matter_for_a_person() -> None:
    scene, told = Scene(), list[str]()
    trader = await scene.trader()
    trader.executor.agreement.tell = lambda name, pair, reason, data: told.append(name)
    scene.venue.asked.clear()

    def pay(call: str) -> None:
        if call == "coins" and scene.venue.asked.count(call) == 3:  # a whole comparison asks twice
            scene.venue.move("USDT", "5", FlowKind.TRANSFER, "TRANSFER_IN")

    scene.venue.before = pay
    for _ in range(2):
        await scene.look(trader)
    assert trader.executor.agreed
    assert told == []
    assert trader.ledger.lines[-1].kind is LineKind.TRANSFER


async def test_an_hour_without_a_look_ends_it_and_so_does_a_first_one_that_fails() -> None:
    scene = Scene()
    trader = await scene.trader()
    scene.venue.before = lambda call: fail() if call == "coins" else None
    await scene.look(trader)
    await scene.clock.sleep(3599)
    await scene.look(trader)
    await scene.clock.sleep(1)
    with pytest.raises(VenueUnreachable):
        await scene.look(trader)
    with pytest.raises(VenueUnreachable):
        await scene.look(await start(scene.journal, scene.venue, scene.clock))


async def test_what_is_not_in_the_journal_stops_a_start_until_it_is_adopted() -> None:
    scene = Scene()
    trader = await scene.trader()
    assert await scene.enter(trader)
    scene.venue.take_away(BTC.symbol, "0.5", Cause.OTHER)
    started = await start(scene.journal, scene.venue, scene.clock)
    with pytest.raises(RiskHalt, match=r"--adopt PAIR takes it over, --exclude SYMBOL"):
        await scene.look(started)
    await started.healer.heal(started.ledger, adopt=[BTC.symbol])
    await scene.look(await start(scene.journal, scene.venue, scene.clock))


async def test_a_first_look_that_ends_in_doubt_is_no_start_yet() -> None:
    scene = Scene()
    trader = await scene.trader()
    assert await scene.enter(trader)
    scene.venue.take_away(BTC.symbol, "0.5", Cause.OTHER)
    started = await start(scene.journal, scene.venue, scene.clock)

    def unresolved(call: str) -> None:
        if call == "coins":
            raise RiskHalt("an order nobody can tell of")

    scene.venue.before = unresolved
    await scene.look(started)
    scene.venue.before = lambda call: None
    with pytest.raises(RiskHalt, match=r"--adopt PAIR takes it over"):
        await scene.look(started)


async def test_spot_whose_perp_left_the_venue_is_sold_in_the_book_that_is_left() -> None:
    scene = Scene()
    trader = await scene.trader()
    assert await scene.enter(trader)
    scene.venue.take_away(BTC.symbol, "1", Cause.DELIVERED)
    real = scene.venue.depth

    async def without_perp(symbol: str, market: str) -> Depth:
        if market == "perp":
            raise VenueRefused("HTTP 200, code 10001, no such symbol", "10001")
        return await real(symbol, market)

    scene.venue.depth = without_perp  # type: ignore[method-assign]  # the market is no more
    await scene.look(trader)
    (trade,) = trader.ledger.book.closed
    assert (trade.close_reason, trader.executor.agreed) == ("delisting", True)


async def test_what_cannot_be_sold_anywhere_is_not_said_to_be_healed_and_told_once() -> None:
    """Its perp was settled while nobody looked, its spot market is no more: nothing is left to be done with an order."""
    scene = Scene()
    trader = await scene.trader()
    assert await scene.enter(trader)
    scene.venue.take_away(BTC.symbol, "1", Cause.DELIVERED)

    async def without_markets(symbol: str, market: str) -> Depth:
        raise VenueRefused("HTTP 200, code 10001, no such symbol", "10001")

    scene.venue.depth = without_markets  # type: ignore[method-assign]  # both markets are no more
    told = list[tuple[str, str | None]]()

    def tell(name: str, pair: str | None, reason: str | None, data: Mapping[str, object]) -> None:
        told.append((name, reason))

    trader.executor.agreement.tell = tell
    for _ in range(3):
        await scene.look(trader)
    assert [name for name, _ in told] == ["healed", "differs"]
    assert "book delivered" in (told[0][1] or "")
    assert not trader.executor.agreed

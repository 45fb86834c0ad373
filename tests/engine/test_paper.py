"""What paper does that a replay does not: it acts at the look it takes, and books late what it learns late."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

import pytest

from fundarb.domain.decision import EntryReason, EntryRequest, ExitReason, ExitRequest
from fundarb.domain.instants import HOUR, MINUTE
from fundarb.domain.ledger import LedgerLine, LineKind
from fundarb.domain.money import canonical, quotient12
from fundarb.engine.paper import PaperExecutor, PaperRules
from fundarb.errors import DatabaseBusy
from fundarb.ports.executor import Approved
from tests.engine.paper_scene import RULES, SETTLED, A, D, a_scene
from tests.engine.scenes import at
from tests.fakes.ledger import ListedLedger


async def test_the_guard_cuts_at_the_look_that_sees_it() -> None:
    scene = await a_scene()
    await scene.look(2, "119.9")
    assert scene.booked == []
    await scene.look(2.5, "125")
    held = scene.ledger.book.positions[A]
    assert (held.qty, held.reference) == (D(8), D(125))
    assert [(hour, kind, leg) for hour, kind, leg, _ in scene.booked] == [
        (2.5, "guard", "spot"),
        (2.5, "guard", "perp"),
    ]
    await scene.look(3, "149")
    assert held.qty == 8
    assert scene.executor.incidents.guards == 1


async def test_a_guard_that_would_leave_less_than_a_minimum_leaves_altogether() -> None:
    scene = await a_scene()
    pair = scene.stream.pair
    scene.stream = replace(scene.stream, pair=replace(pair, perp_lots=replace(pair.perp_lots, min_notional=D(1100))))
    await scene.look(2, "130")
    assert not scene.ledger.book.positions
    assert scene.ledger.book.closed[0].close_reason == "guard"


async def test_without_books_the_guard_waits_for_the_next_look() -> None:
    scene = await a_scene()
    scene.market.out = True
    await scene.look(2, "125")
    assert scene.booked == []
    scene.market.out = False
    await scene.look(2.1, "125")
    assert scene.ledger.book.positions[A].qty == 8


async def test_the_mark_at_the_level_takes_the_perp_and_the_spot_is_sold_at_once() -> None:
    scene = await a_scene(replace(RULES, guard=D(0)))
    await scene.look(2, "149", mark="148")
    assert scene.booked == []
    await scene.look(2.5, "150", mark="149.2")
    assert [(hour, kind, leg) for hour, kind, leg, _ in scene.booked] == [
        (2.5, "liquidation", "perp"),
        (2.5, "liquidation", "spot"),
    ]
    assert scene.ledger.book.closed[0].close_reason == "liquidation"
    assert scene.executor.incidents.liquidations == 1


async def test_what_was_touched_while_nobody_looked_was_taken_then() -> None:
    """A candle of the stretch that was missed shows it; the spot is sold at the price of the look."""
    scene = await a_scene(highs={5: "151"})
    await scene.look(16, "100", settled=True)
    hours = [(hour, kind) for hour, kind, _, _ in scene.booked]
    assert hours == [(6.0, "liquidation"), (16.0, "liquidation")]


async def test_a_spot_leg_that_cannot_be_sold_yet_stays_to_be_sold() -> None:
    scene = await a_scene(replace(RULES, guard=D(0)))
    view = await scene.look(2.5, None, mark="150")
    assert scene.ledger.book.positions[A].naked_spot
    assert not await scene.executor.leave(view, scene.ledger, ExitRequest(A, ExitReason.LIQUIDATION))
    later = scene.view(3, "150")
    assert await scene.executor.leave(later, scene.ledger, ExitRequest(A, ExitReason.LIQUIDATION))
    assert not scene.ledger.book.positions


async def test_a_payment_falls_on_the_mark_that_runs_from_the_settlement_on() -> None:
    scene = await a_scene()
    scene.market.marks[at(8)] = "101.5"
    await scene.look(8 + 4 / 3600, "100", settled=True)
    assert scene.booked == [(8.0, "funding", "perp", "0.203")]


@pytest.mark.parametrize(("mark", "minutes", "paid"), [("102", 0, "0.204"), ("102", 2, "0.2000"), (None, 0, "0.2000")])
async def test_without_it_a_fresh_ticker_tells_the_mark_and_else_the_store(
    mark: str | None, minutes: int, paid: str
) -> None:
    scene = await a_scene()
    await scene.look(8 + minutes * MINUTE / HOUR, "100", settled=True, mark=mark)
    [(hour, _, _, cash)] = scene.booked
    assert (hour, D(cash)) == (8.0, D(paid))


async def test_every_settlement_of_an_outage_is_paid_for_what_was_held_then() -> None:
    scene = await a_scene()
    await scene.look(30, "100", settled=True)
    assert [(hour, kind) for hour, kind, _, _ in scene.booked] == [
        (8.0, "funding"),
        (16.0, "funding"),
        (24.0, "funding"),
    ]
    await scene.look(31, "100", settled=True)
    assert len(scene.booked) == 3


async def test_a_rate_learnt_after_the_position_is_gone_is_still_its_own() -> None:
    scene = await a_scene()
    unpublished = replace(scene.stream, settled=tuple(row for row in SETTLED if row[0] != at(8)))
    published, scene.stream = scene.stream, unpublished
    view = await scene.look(8.1, "100", settled=True)
    assert await scene.executor.leave(view, scene.ledger, ExitRequest(A, ExitReason.RATE))
    assert scene.ledger.book.closed[0].split.funding == 0
    scene.stream = published
    await scene.look(8.2, "100", settled=True)
    assert scene.ledger.book.closed[0].split.funding == D("0.2")


async def test_what_is_gone_leaves_at_its_last_closes_with_the_haircut() -> None:
    scene = await a_scene(gone_h=12)
    await scene.look(8, "100", settled=True)
    await scene.look(16, None, settled=True)
    assert [kind for _, kind, _, _ in scene.booked] == ["funding", "funding", "delisting", "delisting"]
    assert scene.ledger.book.closed[0].split.other == D(-50)
    assert scene.executor.incidents.delistings == 1


async def test_idle_cash_earns_at_settlements_only() -> None:
    scene = await a_scene(replace(RULES, idle_apr=D("0.0876")))
    await scene.look(4, "100")
    assert scene.booked == []
    await scene.look(8, "100", settled=True)
    free = 10_000 - D("1001") - D("0.55") - D(500)
    earned = quotient12(free * D("0.0876") * 8, D(8760))
    assert scene.booked[0] == (8.0, "interest", None, canonical(earned))


class Stubborn(ListedLedger):
    """Takes no payment of funding: somebody else has the database."""

    async def post(self, lines: Sequence[LedgerLine]) -> None:
        """As always, but for those."""
        if any(line.kind is LineKind.FUNDING for line in lines):
            raise DatabaseBusy("somebody writes")
        await super().post(lines)


@pytest.mark.parametrize("again", ["by the same process", "after a restart"])
async def test_a_step_that_is_cut_short_after_its_interest_earns_it_once(again: str) -> None:
    rules = replace(RULES, idle_apr=D("0.0876"))
    scene, whole = await a_scene(rules), await a_scene(rules)
    await whole.look(8.5, "100", settled=True)
    kept = scene.ledger
    scene.ledger = Stubborn(*kept.lines)
    with pytest.raises(DatabaseBusy):
        await scene.look(8.5, "100", settled=True)
    scene.ledger = ListedLedger(*scene.ledger.lines)
    if again == "after a restart":
        scene.executor = PaperExecutor(scene.market, PaperRules(rules, None, HOUR), scene.ledger.lines, at(0))
    await scene.look(8.5, "100", settled=True)
    assert scene.booked == whole.booked
    assert [kind for _, kind, _, _ in scene.booked] == ["interest", "funding"]


async def test_an_entry_needs_both_books_deep_enough_and_near_enough() -> None:
    scene = await a_scene()
    view = scene.view(2, "100")
    approved = Approved(EntryRequest(A, D(1000), EntryReason.RATE), D(10), D(100))
    scene.market.resting = D(9)
    assert not await scene.executor.enter(view, scene.ledger, approved)
    scene.market.resting, scene.market.out = D(1000), True
    assert not await scene.executor.enter(view, scene.ledger, approved)
    assert scene.booked == []

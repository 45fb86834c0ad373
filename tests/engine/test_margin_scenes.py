"""Liquidations and guards in whole runs, worked by hand: ten units at 100, leverage 2, so the level is 150/1.005."""

from __future__ import annotations

from dataclasses import replace
from decimal import Decimal

import pytest

from tests.engine.scenes import Listing, Scene, bar, booked, every, held, hourly, pair

LEVEL = "149.253731343284"  # 150/1.005 at 12 decimals, half-even
RATES = every(8, -8, 24, "10")
GUARDED = {"margin.guard": "0.2"}
HOURS = range(-1, 25)
FLAT = hourly(HOURS)


def test_spot_sales_of_one_span_come_by_time_and_then_by_symbol_between_the_touches() -> None:
    """Touches: B, C at 2 h, A at 3 h, AA, D at 5 h. First spot opens after: A 4 h, B, C, D 5 h, AA 6 h."""
    touches, opens = {"A": 3, "AA": 5, "B": 2, "C": 2, "D": 5}, {"A": 4, "AA": 6, "B": 5, "C": 5, "D": 5}
    world = [
        pair(name, RATES, hourly(HOURS, highs={hour - 1: "150"}), hourly([-1, 0, opens[name], 7]))
        for name, hour in touches.items()
    ]
    lines = [line.split(" @")[0] for line in booked(Scene(world, (0, 8)).run(), "liquidation")]
    assert lines == [
        "2h B liquidation perp buy 10",
        "2h C liquidation perp buy 10",
        "3h A liquidation perp buy 10",
        "4h A liquidation spot sell 10",
        "5h AA liquidation perp buy 10",
        "5h B liquidation spot sell 10",
        "5h C liquidation spot sell 10",
        "5h D liquidation spot sell 10",
        "5h D liquidation perp buy 10",
        "6h AA liquidation spot sell 10",
    ]


def test_the_candle_that_opens_at_the_entry_touches_and_the_one_that_opened_before_does_not() -> None:
    touched = pair("A", RATES, hourly(HOURS, highs={0: "150"}), FLAT)
    assert held(Scene([touched], (0, 8)).run())[0] == "A 10 0h hold - 1h liquidation"
    earlier = pair("A", RATES, [*FLAT, bar(-0.5, "100", span_h=1.25, high="150")], FLAT)
    assert held(Scene([earlier], (0, 8)).run()) == ["A 10 0h hold - 8h end"]


@pytest.mark.parametrize("inner_h", [0, 1, 3], ids=["at its open", "inside", "at its close"])
def test_a_longer_candle_gives_way_to_a_shorter_one_inside_it(inner_h: int) -> None:
    """The four hours to 4 h touch, the one hour inside them does not."""
    long = [bar(hour, "100", span_h=4, high="150" if hour == 0 else None) for hour in range(-4, 24, 4)]
    alone = pair("A", RATES, long, FLAT)
    assert held(Scene([alone], (0, 8)).run())[0] == "A 10 0h hold - 4h liquidation"
    split = pair("A", RATES, [*long, bar(inner_h, "100")], FLAT)
    assert held(Scene([split], (0, 8)).run()) == ["A 10 0h hold - 8h end"]


def test_a_perp_candle_gives_way_to_the_mark_candle_of_its_span_and_that_one_touches() -> None:
    touching, quiet = hourly(HOURS, highs={2: "150"}), hourly(HOURS)
    assert held(Scene([pair("A", RATES, touching, FLAT, quiet)], (0, 8)).run()) == ["A 10 0h hold - 8h end"]
    found = held(Scene([pair("A", RATES, quiet, FLAT, touching)], (0, 8)).run())
    assert found[0] == "A 10 0h hold - 3h liquidation"


@pytest.mark.parametrize(("high", "left"), [(LEVEL, "3h liquidation"), ("149.253731343283", "8h end")])
def test_the_level_is_touched_exactly_without_a_tolerance(high: str, left: str) -> None:
    found = held(Scene([pair("A", RATES, hourly(HOURS, highs={2: high}), FLAT)], (0, 8)).run())
    assert found[0] == f"A 10 0h hold - {left}"


@pytest.mark.parametrize(("price", "cuts"), [("120", 1), ("119.9999999999999", 0)])
def test_the_guard_is_due_exactly_without_a_tolerance(price: str, cuts: int) -> None:
    stream = pair("A", RATES, hourly(HOURS, opens={3: price}), FLAT)
    assert Scene([stream], (0, 8), sets=GUARDED).run().counts.guards == cuts


def test_a_guard_before_the_settlement_cuts_what_is_paid_and_one_at_it_does_not() -> None:
    """10 bp on 130: 7 of 10 units are left (floor(1000/130)) from 7 h on, or from after the payment of 8 h on."""
    early = pair("A", RATES, hourly(HOURS, opens=dict.fromkeys(range(7, 25), "130")), FLAT)
    late = pair("A", RATES, hourly(HOURS, opens=dict.fromkeys(range(8, 25), "130")), FLAT)
    wanted = "guard spot sell 3 @100", "guard perp buy 3 @130"
    assert booked(Scene([early], (0, 16), sets=GUARDED).run(), "guard funding")[:3] == [
        *(f"7h A {words}" for words in wanted),
        "8h A funding 7 @130 0.91",
    ]
    assert booked(Scene([late], (0, 16), sets=GUARDED).run(), "guard funding") == [
        "8h A funding 10 @130 1.3",
        *(f"8h A {words}" for words in wanted),
        "16h A funding 7 @130 0.91",
    ]


def test_a_touch_known_at_the_open_of_the_guard_comes_first() -> None:
    stream = pair("A", RATES, hourly(HOURS, opens={3: "130"}, highs={2: "150"}), FLAT)
    found = Scene([stream], (0, 8), sets=GUARDED).run()
    assert (found.counts.liquidations, found.counts.guards) == (1, 0)


@pytest.mark.parametrize(("least", "left"), [("910", "8h end"), ("910.0001", "3h guard")])
def test_minimums_of_what_a_guard_leaves_are_taken_at_the_open_that_called_it(least: str, left: str) -> None:
    """7 units are left: 910 at the open of 130, 700 at the reference and at the last close."""
    stream = pair("A", RATES, hourly(HOURS, opens={3: "130"}), FLAT, listing=Listing(min_notional=least))
    found = Scene([stream], (0, 8), sets=GUARDED).run()
    assert held(found)[0] == f"A 10 0h hold - {left}"
    assert found.counts.guards == 1


def test_the_level_after_a_cut_is_that_of_the_new_reference() -> None:
    """From 130 on the level is 195/1.005 = 194.02…; 7 units lose 7·(195 − 100) and their spot fetches 700."""
    highs = {5: "194.02", 6: "194.03"}
    stream = pair("A", RATES, hourly(HOURS, opens={3: "130"}, highs=highs), FLAT)
    found = Scene([stream], (0, 8), sets=GUARDED).run()
    assert booked(found, "liquidation") == ["7h A liquidation spot sell 7 @100", "7h A liquidation perp buy 7 @195"]
    assert [line.cash for line in found.ledger if str(line.kind) == "liquidation"] == [700, -665]


def test_a_guard_that_finds_one_leg_alone_looks_again_at_the_next_open() -> None:
    """Above the bound from 3 h on; the spot opens at 5 h again."""
    risen = hourly(HOURS, opens=dict.fromkeys(range(3, 25), "130"))
    stream = pair("A", RATES, risen, hourly([hour for hour in HOURS if hour not in (3, 4)]))
    assert booked(Scene([stream], (0, 8), sets=GUARDED).run(), "guard") == [
        "5h A guard spot sell 3 @100",
        "5h A guard perp buy 3 @130",
    ]


@pytest.mark.parametrize(("mmr", "left"), [("0.2", "3h liquidation"), ("0.005", "8h end"), (None, "8h end")])
def test_the_level_is_that_of_the_pairs_own_maintenance_margin(mmr: str | None, left: str) -> None:
    """150/1.2 = 125; 150/1.005 by its own or by default."""
    stream = pair("A", RATES, hourly(HOURS, highs={2: "125"}), FLAT)
    own = replace(stream, pair=replace(stream.pair, mmr=None if mmr is None else Decimal(mmr)))
    assert held(Scene([own], (0, 8)).run())[0] == f"A 10 0h hold - {left}"

"""What positions are marked at in whole runs, how old that may be, and how low cash went; ten units at 100."""

from __future__ import annotations

from decimal import Decimal

import pytest

from fundarb.domain.instants import HOUR
from tests.engine.scenes import QUIET, Scene, at, bar, booked, every, held, hourly, pair

HOURS = range(-1, 49)
SPIKE = hourly(HOURS, highs={2: "150"})  # the perp is gone at 3 h
A_MS = 1 / HOUR
UNMARGINED = {"margin.mode": "none"}


@pytest.mark.parametrize(("last_h", "stale"), [(1, 1), (1 - A_MS, 2)], ids=["24 h old", "1 ms older"])
def test_a_spot_leg_alone_is_stale_when_its_close_is_older_than_24_h(last_h: float, stale: int) -> None:
    """Its spot last closed at 1 h, at 90. Samples: 8, 16, 24, 25 h (of B's settlement), and 26 h, which is too late."""
    spot = [bar(-1, "100"), bar(0, "100", span_h=last_h, close="90")]
    world = [pair("A", every(8, -8, 24, "0"), SPIKE, spot), pair("B", {25: "0"}, (), ())]
    found = Scene(world, (0, 26)).run()
    assert found.counts.stale_prices == stale
    assert held(found) == ["A 10 0h hold -"]
    assert found.equity[-1][1] == 10_000 - 1000 - 500 + 10 * 90


@pytest.mark.parametrize(("last_h", "stale"), [(1, 0), (1 - A_MS, 1)], ids=["24 h old", "1 ms older"])
def test_legs_are_stale_when_their_common_close_is_older_than_24_h(last_h: float, stale: int) -> None:
    """Both closed together at 1 h, at 110 and 90; the perp goes on alone, at 500, which nothing marks but the guard."""
    spot = [bar(-1, "100"), bar(0, "100", span_h=last_h, close="90")]
    perp = [bar(-1, "100"), bar(0, "100", span_h=last_h, close="110"), *hourly(range(1, 26), "500")]
    world = [pair("A", every(8, -8, 24, "0"), perp, spot), pair("B", {25: "0"}, (), ())]
    found = Scene(world, (0, 25), sets=UNMARGINED).run()
    assert found.counts.stale_prices == stale
    assert found.equity[-1][1] == 10_000 + 10 * (90 - 100) + 10 * (100 - 110)


@pytest.mark.parametrize(("last_h", "paid"), [(1, "1.1"), (1 - A_MS, "1")], ids=["24 h old", "1 ms older"])
def test_a_payment_falls_on_a_close_of_24_h_ago_and_after_that_on_the_entry(last_h: float, paid: str) -> None:
    """10 bp at 25 h on ten units: the perp closed at 110 at 1 h and has no candle since; it was sold at 100."""
    perp = [bar(-1, "100"), bar(0, "100", span_h=last_h, close="110")]
    found = Scene([pair("A", {-8: "0", 0: "0", 25: "10"}, perp)], (0, 26)).run()
    price = "110" if paid == "1.1" else "100"
    assert booked(found, "funding") == [f"25h A funding 10 @{price} {paid}"]
    assert found.counts.stale_marks == (paid == "1")


def test_the_lowest_cash_is_that_of_samples_with_what_shorts_have_lost() -> None:
    """9000 of cash after the spot; at 8 h the short has lost 3000, at 12 h, which nobody samples, far more."""
    opens = {8: "400", 12: "5000"}
    stream = pair("A", every(8, -8, 16, "0"), hourly(HOURS, opens=opens), hourly(HOURS, opens=opens))
    found = Scene([stream], (0, 16), sets=UNMARGINED).run()
    assert found.totals.lowest_cash == 10_000 - 1000 - 10 * (400 - 100)
    assert found.equity[-1][1] == 10_000
    assert "unfunded" not in found.flags


@pytest.mark.parametrize(("price", "unfunded"), [("1000", False), ("1000.1", True)], ids=["nothing", "below nothing"])
def test_a_run_is_unfunded_when_its_lowest_cash_is_below_nothing(price: str, unfunded: bool) -> None:
    """9000 of cash pay for a rise of ten units from 100 to 1000, and no further."""
    legs = hourly(HOURS, opens={8: price})
    found = Scene([pair("A", every(8, -8, 16, "0"), legs, legs)], (0, 16), sets=UNMARGINED).run()
    assert found.totals.lowest_cash == 10_000 - Decimal(10) * Decimal(price)
    assert ("unfunded" in found.flags) is unfunded


def test_a_leg_left_alone_counts_in_the_lowest_cash_by_its_cash_only() -> None:
    """At 8 h: 10000 − 1000 of spot − 500 of margin lost; its spot is worth something but is no cash."""
    found = Scene([pair("A", every(8, -8, 16, "0"), SPIKE, hourly([-1, 0, 16]))], (0, 16)).run()
    assert found.totals.lowest_cash == 8500


def test_what_the_market_did_before_the_first_event_is_no_sample() -> None:
    found = Scene([pair("A", {-8: "0", 5: "0", 13: "0"}, QUIET)], (2, 13)).run()
    assert [moment for moment, _ in found.equity] == [at(2), at(5), at(13)]

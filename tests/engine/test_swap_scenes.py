"""The trial of a swap in whole runs: what the gate is asked about is the portfolio with the held pair sold, and no other.

Rates that never change make forecasts: 3 bp is f = 3 and, carry alone, a score of ½(1 + 3/6) = .75; 9 bp .875."""

from __future__ import annotations

import pytest

from tests.engine.scenes import CARRY_ALONE, Listing, Scene, bar, booked, every, held, hourly, pair
from tests.engine.worlds import Bar, Stream

HOURS = range(-1, 17)
SWAPPING = CARRY_ALONE | {"margin.mode": "none", "risk.max_positions": "1"}


def paying(name: str, rate_bp: str, price: str = "100", listing: Listing | None = None) -> Stream:
    """Eight days of one rate before the first hour, both legs at one price."""
    legs = hourly(HOURS, price)
    return pair(name, every(8, -192, 16, rate_bp), legs, legs, listing=listing)


@pytest.mark.parametrize(("price", "swapped"), [("999.1", True), ("999.2", False)], ids=["within", "beyond"])
def test_the_dust_of_the_pair_sold_in_a_trial_stays_in_equity(price: str, swapped: bool) -> None:
    """Half of equity may be in use. A: 11 coins bought for 1100, 10.989 arrived, ten sold for 999, .989 left, worth 98.9;
    with a payment of .3: 900 + .3 + 999 + 98.9 = 1998.2, half of it 999.1. One unit of B at 999.1 fits, at 999.2 it does
    not; without the dust the half would be 949.65."""
    sets = SWAPPING | {
        "capital": "2000",
        "costs.fee_spot": "0.001",
        "costs.spot_fee_in": "base",
        "risk.max_portfolio": "0.5",
    }
    better = paying("B", "9", price, Listing(spot_step="0.001", first_h=8))
    found = Scene([paying("A", "3"), better], (0, 16), "composite", sets).run()
    ends = ["A 10 0h score - 8h rotated", "B 1 8h score - 16h end"]
    assert held(found) == (ends if swapped else ["A 10 0h score - 16h end"])
    assert found.counts.rotations == swapped


def test_the_candidate_of_a_trial_is_the_position_after_those_that_stay() -> None:
    """ρ = 1: the second position gets 1000/√2 = 707.107, the third would get 577.35, less than one unit at 700.
    A sized as third it would be refused in the trial, and A kept."""
    sets = CARRY_ALONE | {
        "margin.mode": "none",
        "risk.max_positions": "2",
        "sizing.mode": "conviction",
        "sizing.size_min": "1000",
        "sizing.size_max": "1000",
        "sizing.rho": "1",
    }
    world = [paying("A", "3"), paying("B", "5"), paying("C", "9", "700", Listing(first_h=8))]
    found = Scene(world, (0, 16), "composite", sets).run()
    assert held(found) == ["A 7 0h score - 8h rotated", "B 10 0h score - 16h end", "C 1 8h score - 16h end"]


@pytest.mark.parametrize(("kept", "swapped"), [("0.899", True), ("0.9", False)])
def test_cash_a_trial_frees_may_be_spent_in_it(kept: str, swapped: bool) -> None:
    """1000 in A, 1010 needed for B: of 10000 (nothing costs) at least 1010 must be free beside what is kept."""
    better = paying("B", "9", "1010", Listing(first_h=8))
    sets = SWAPPING | {"sizing.size_usd": "1010", "risk.min_free_cash": kept}
    found = Scene([paying("A", "3"), better], (0, 16), "composite", sets).run()
    assert found.counts.rotations == swapped


@pytest.mark.parametrize(("close", "swapped"), [("100", True), ("90", False)])
def test_a_trial_sells_at_last_closes_and_not_at_the_opens_of_now(close: str, swapped: bool) -> None:
    """A opens at 100 at 8 h whatever its spot closed at before. Sold at 100 there are 10000 and B's 9950 are affordable;
    sold at 90 there are 9900."""
    spot = [bar(hour, "100", close=close if hour == 7 else None) for hour in HOURS]
    own: list[Bar] = [*hourly(HOURS)]
    world = [
        pair("A", every(8, -192, 16, "3"), own, spot),
        paying("B", "9", "9950", Listing(first_h=8)),
    ]
    sets = SWAPPING | {"sizing.size_usd": "9950"}
    found = Scene(world, (0, 16), "composite", sets).run()
    assert found.counts.rotations == swapped
    assert [line.split(" @")[0] for line in booked(found)][:2] == ["0h A fill spot buy 99", "0h A fill perp sell 99"]

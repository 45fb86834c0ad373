"""Sizes in whole runs: conviction from the first loss on, and what `hold` shares between pairs."""

from __future__ import annotations

import pytest

from tests.engine.scenes import CARRY_ALONE, Listing, Scene, every, held, hourly, pair

HOURS = range(-1, 33)
FLAT = hourly(HOURS)
SMALL = "0.001"
WEIGHED = CARRY_ALONE | {
    "margin.mode": "none",
    "costs.fee_perp": "0.001",
    "sizing.mode": "conviction",
    "sizing.size_min": "1000",
    "sizing.size_max": "1000",
}


@pytest.mark.parametrize(
    ("start", "stop", "second"),
    [("0", "0.1", "9.99"), ("0.0001", "0.1", "10"), ("0", "0.0002", "5"), ("0", "0.0001", None), ("0", "0.5", "9.998")],
)
def test_a_drawdown_shrinks_from_its_start_to_its_stop(start: str, stop: str, second: str | None) -> None:
    """Nothing is lost at first, so A gets 1000 even where any loss shrinks. Its fee of 1 makes 9999 of 10000: .0001.
    B, listed at 8 h, gets (stop − .0001)/(stop − start) of 1000; at a scale of 0 it is below any minimum."""
    sets = WEIGHED | {"sizing.drawdown_start": start, "sizing.drawdown_stop": stop}
    rates = every(8, -192, -8, "12") | every(8, 0, 16, "0.0001")
    world = [
        pair("A", rates, FLAT, FLAT, listing=Listing(SMALL, SMALL)),
        pair("B", rates, FLAT, FLAT, listing=Listing(SMALL, SMALL, first_h=8)),
    ]
    found = Scene(world, (0, 16), "composite", sets | {"strategy.composite.exit": "0"}).run()
    wanted = ["A 10 0h score - 16h end"] + ([] if second is None else [f"B {second} 8h score - 16h end"])
    assert held(found) == wanted
    assert found.counts.refused.get("below_minimum", 0) == (second is None)


@pytest.mark.parametrize(("slots", "each"), [("1", "4"), ("2", "8"), ("3", "12"), ("9", "12"), ("0", "12")], ids=str)
def test_hold_shares_its_size_between_the_pairs_listed_at_the_start(slots: str, each: str) -> None:
    """1200 · min(slots, 3)/3 at 100: three pairs are listed at 0 h; D comes at 8 h, E goes at 0 h, F had gone before.
    C is gone at 16 h and makes room for nobody."""
    rates = every(8, -8, 24, "0")
    times = {
        "A": {},
        "B": {"first_h": 0},
        "C": {"gone_h": 16},
        "D": {"first_h": 8},
        "E": {"gone_h": 0},
        "F": {"gone_h": -4},
    }
    world = [pair(name, rates, FLAT, FLAT, listing=Listing(**own)) for name, own in times.items()]  # type: ignore[arg-type]  # times, by name
    sets = {"sizing.size_usd": "1200", "risk.max_positions": slots}
    assert held(Scene(world, (0, 24), sets=sets).run()) == [
        f"C {each} 0h hold - 16h delisting",
        f"A {each} 0h hold - 24h end",
        f"B {each} 0h hold - 24h end",
    ]


def test_a_share_of_the_size_is_no_rounded_number() -> None:
    """1000/3 each, at a price of 1000/3 to 12 decimals: a hair more than the price, so one unit; of a share rounded down
    to 12 decimals it would be one too, of a price a last digit higher none."""
    rates = every(8, -8, 8, "0")
    for price, trades in (("333.333333333333", 3), ("333.333333333334", 0)):
        legs = hourly(HOURS, price)
        world = [pair(name, rates, legs, legs) for name in "ABC"]
        assert len(held(Scene(world, (0, 8), sets={"risk.max_positions": "1"}).run())) == trades

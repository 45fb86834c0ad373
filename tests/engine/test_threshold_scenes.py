"""Thresholds in whole runs: a trillionth of tolerance for what a strategy compares, none for the gate; and when a band may
begin."""

from __future__ import annotations

import pytest

from tests.engine.scenes import CARRY_ALONE, Scene, every, held, hourly, pair

HOURS = range(-25, 33)
FLAT = hourly(HOURS)


def levels(*rates_bp: str) -> dict[float, str]:
    """A settlement every 8 h from 0 h on; one before, of nothing."""
    return {-8.0: "0"} | {8.0 * nth: rate for nth, rate in enumerate(rates_bp)}


@pytest.mark.parametrize(("rate", "enters"), [("2.99999999", True), ("2.9999999899", False)])
def test_a_rate_enters_from_a_trillionth_below_the_threshold(rate: str, enters: bool) -> None:
    found = Scene([pair("A", levels(rate, "3"), FLAT, FLAT)], (0, 16), "simple").run()
    assert held(found) == [f"A 10 {0 if enters else 8}h rate - 16h end"]


@pytest.mark.parametrize(("rate", "stays"), [("0.99999999", True), ("0.9999999899", False)])
def test_a_rate_leaves_from_more_than_a_trillionth_below_the_threshold(rate: str, stays: bool) -> None:
    found = Scene([pair("A", levels("3", rate, "1"), FLAT, FLAT)], (0, 24), "simple").run()
    assert held(found) == [f"A 10 0h rate - {'24h end' if stays else '8h rate'}"]


@pytest.mark.parametrize(("enter", "enters"), [("0.700000000001", True), ("0.700000000002", False)])
def test_a_score_enters_from_a_trillionth_below_the_threshold(enter: str, enters: bool) -> None:
    """2 bp for eight days: f = 2, and carry alone makes ½(1 + 2/5) = .7."""
    stream = pair("A", every(8, -192, 16, "2"), FLAT, FLAT)
    found = Scene([stream], (0, 16), "composite", CARRY_ALONE | {"strategy.composite.enter": enter}).run()
    assert bool(held(found)) is enters


@pytest.mark.parametrize(("f_bp", "swapped"), [("4.777777777779", True), ("4.777777777778", False)])
def test_a_swap_needs_both_round_trips_in_45_settlements_and_more(f_bp: str, swapped: bool) -> None:
    """40 bp a round trip, 80 for both: 80/45 = 1.777777777777…, and a trillionth, above the 3 bp of A. B has no spot candle
    opening at 0 h, so that A has the slot."""
    held_pair = pair("A", every(8, -192, 16, "3"), FLAT, FLAT)
    better = pair("B", every(8, -192, 16, f_bp), FLAT, hourly([-1, *range(8, 33)]))
    sets = CARRY_ALONE | {"costs.fee_spot": "0.001", "costs.fee_perp": "0.001", "risk.max_positions": "1"}
    found = Scene([held_pair, better], (0, 16), "composite", sets).run()
    assert found.counts.rotations == swapped


@pytest.mark.parametrize(("hours", "passes"), [("8", True), ("7.999999999999", False)])
def test_the_gate_compares_hours_to_break_even_exactly(hours: str, passes: bool) -> None:
    """A round trip of 20 bp at 20 bp per 8 h takes 8 h."""
    sets = {"costs.fee_spot": "0.001", "risk.max_break_even_h": hours}
    found = Scene([pair("A", levels("20", "20"), FLAT, FLAT)], (0, 8), "simple", sets).run()
    assert found.counts.entries == passes
    assert found.counts.refused.get("below_break_even", 0) == (not passes)


@pytest.mark.parametrize(("least", "passes"), [("2400", True), ("2400.0000000000001", False)])
def test_the_gate_compares_volumes_exactly(least: str, passes: bool) -> None:
    """24 candles of one unit at 100 close in the day before."""
    found = Scene([pair("A", levels("20"), FLAT, FLAT)], (0, 8), "simple", {"risk.min_volume": least}).run()
    assert found.counts.entries == passes


@pytest.mark.parametrize(("capital", "passes"), [("1500", True), ("1499.9999999999999", False)])
def test_the_gate_compares_cash_exactly(capital: str, passes: bool) -> None:
    """1000 for the spot leg and 500 of margin."""
    found = Scene([pair("A", levels("20"), FLAT, FLAT)], (0, 8), "simple", {"capital": capital}).run()
    assert found.counts.entries == passes


@pytest.mark.parametrize(("from_h", "opened_h"), [(0, 24), (24, 24), (32, 32)])
def test_a_band_enters_nothing_before_90_days_from_the_first_forecast(from_h: int, opened_h: int) -> None:
    """The first settlement has no interval, the one 8 h later is the oldest included, seven days after which f begins:
    the first was 97 d and 8 h before 24 h. Edges of 1 bp and 0 are passed by 2 bp all along."""
    first_h = 24 - 97 * 24 - 8
    sets = {"strategy.band.enter": "0.0001", "strategy.band.exit": "0"}
    stream = pair("A", every(8, first_h, 40, "2"), hourly(range(-1, 49)), hourly(range(-1, 49)))
    assert held(Scene([stream], (from_h, 40), "band", sets).run()) == [f"A 10 {opened_h}h band - 40h end"]


def test_the_90_days_of_a_band_are_those_of_the_first_pair_that_has_a_forecast() -> None:
    """B has eight days of rates and enters with A."""
    sets = {"strategy.band.enter": "0.0001", "strategy.band.exit": "0"}
    legs = hourly(range(-1, 49))
    world = [pair("A", every(8, 24 - 97 * 24 - 8, 40, "2"), legs, legs), pair("B", every(8, -192, 40, "2"), legs, legs)]
    assert held(Scene(world, (0, 40), "band", sets).run()) == ["A 10 24h band - 40h end", "B 10 24h band - 40h end"]

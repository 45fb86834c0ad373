"""What semantics.md does not name (venue cap, impact, cross margin): no digit changes while it is off; on, it does what is
worked out here by hand."""

from __future__ import annotations

import math
from collections.abc import Sequence
from decimal import Decimal

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from fundarb.domain.money import canonical
from fundarb.domain.result import RunResult
from tests.engine.markets import Recipe, recipes
from tests.engine.running import run_engine
from tests.engine.scenes import BARE, at, bar, booked, every, held, hourly, pair
from tests.engine.worlds import Stream

HOURS = range(-1, 25)
FLAT = hourly(HOURS)
OFF = {"risk.venue_cap": "null", "costs.impact_k": "0", "margin.tiers": "[1000:0.95, 50000:0.5]"}
CROSS = {"margin.mode": "cross", "margin.tiers": "[1000000:0.95]"}


def run(world: Sequence[Stream], to_h: float, mode: str = "hold", **sets: str) -> RunResult:
    given = BARE | {name.replace("__", "."): text for name, text in sets.items()}
    return run_engine(world, given, (at(0), at(to_h)), [mode])[0]


@pytest.mark.slow
@settings(max_examples=25, suppress_health_check=list(HealthCheck))
@given(recipes(9), st.sampled_from(["hold", "simple", "composite"]))
def test_what_is_off_changes_no_digit(recipe: Recipe, mode: str) -> None:
    """Written out as off, with tiers no mode but cross looks at; and a venue cap nothing reaches."""
    market = recipe.market()

    def said(sets: dict[str, str]) -> object:
        found = run_engine(market.world, market.sets | sets, market.span, [mode])[0]
        return found.ledger, found.equity, found.trades, found.open, found.counts, found.totals, found.metrics

    assert said({}) == said(OFF)


def test_a_venue_cap_shrinks_to_what_is_left_of_it_and_then_refuses() -> None:
    """A tenth of 10000: 6 units of A at 100, 4 of B, none of C; what the portfolio cap leaves is asked first."""
    world = [pair(name, every(8, -8, 8, "0"), FLAT, FLAT) for name in "ABC"]
    found = run(world, 8, sizing__size_usd="600", risk__venue_cap="0.1")
    assert held(found) == ["A 6 0h hold - 8h end", "B 4 0h hold - 8h end"]
    assert dict(found.counts.refused) == {"venue_cap": 1}
    found = run(world, 8, sizing__size_usd="600", risk__venue_cap="0.06", risk__max_portfolio="0.06")
    assert dict(found.counts.refused) == {"portfolio_cap": 2}


def test_a_venue_cap_of_nothing_lets_nothing_in() -> None:
    """Where 0 is not said to be off it is the number 0: a bad bet gets no room."""
    found = run([pair("A", every(8, -8, 8, "0"), FLAT, FLAT)], 8, risk__venue_cap="0")
    assert found.trades == ()
    assert dict(found.counts.refused) == {"venue_cap": 1}


def test_impact_grows_with_the_daily_deviation_and_the_root_of_the_share_of_volume() -> None:
    """25 closes, 101 and 100 by turns: 24 steps of ± ln 1.01, whose deviation is ln 1.01 · √(24/23) an hour and √24 times
    that a day. In the day before 24 candles of one unit traded 100.5 each; 9 units at a last close of 101; k = ½."""
    prices = [100 + nth % 2 for nth in range(26)]
    legs = [bar(nth - 25, str(prices[nth]), close=str(prices[nth + 1])) for nth in range(25)]
    legs = [*legs, *hourly(range(9))]
    found = run([pair("A", every(8, -8, 8, "0"), legs, legs)], 8, costs__impact_k="0.5", margin__mode="none")
    sigma = math.log(1.01) * math.sqrt(24 / 23) * math.sqrt(24)
    moved = 0.5 * sigma * math.sqrt(9 * 101 / (24 * 100.5))
    bought, sold = [line.price for line in found.ledger if str(line.kind) == "fill"][:2]
    assert bought is not None
    assert sold is not None
    assert float(bought) == pytest.approx(100 * (1 + moved), rel=1e-12)
    assert float(sold) == pytest.approx(100 * (1 - moved), rel=1e-12)
    assert bought - 100 == 100 - sold  # twelve decimals of the price as a fraction, the same for both legs
    assert (bought / 100).normalize().as_tuple().exponent == -12


@pytest.mark.parametrize(
    ("ratio", "level"), [("0.95", "1818.181818181818"), ("0.90", "952.380952380952"), ("0.80", "487.804878048780")]
)
def test_m11_cross_margin_is_taken_where_spot_as_collateral_no_longer_pays(ratio: str, level: str) -> None:
    """100 of capital in one coin at 100, so no cash: 100/(1.005 − ratio). The whole short is closed there, with no posted
    margin to lose; the coin is sold at the next open, at 90."""
    sets = {"capital": "100", "sizing__size_usd": "100", "margin__mode": "cross", "margin__tiers": f"[1000000:{ratio}]"}

    def touched_by(high: str) -> RunResult:
        perp, spot = hourly(HOURS, highs={2: high}), hourly(HOURS, opens={3: "90"})
        return run([pair("A", every(8, -8, 8, "0"), perp, spot)], 8, **sets)

    below = str(Decimal(level) - Decimal("1e-12"))
    assert held(touched_by(below))[0] == "A 1 0h hold - 8h end"
    found, price = touched_by(level), canonical(Decimal(level))
    assert booked(found, "liquidation") == ["3h A liquidation spot sell 1 @90", f"3h A liquidation perp buy 1 @{price}"]
    assert dict(found.equity)[at(8)] == 90 + 100 - Decimal(level)


def test_m11_cash_beside_the_spot_counts_in_full_and_the_tiers_by_size() -> None:
    """Ten coins at 100 of 1200: 200 of cash, spot .8 up to 1000 and nothing above.
    200 + 800 + 10(100 − P) = .005 · 10 P at P = 2000/10.05 = 199.004975124378."""
    sets = {"capital": "1200", "margin__mode": "cross", "margin__tiers": "[1000:0.8]"}
    below, found = (
        run([pair("A", every(8, -8, 8, "0"), hourly(HOURS, highs={2: high}), FLAT)], 8, **sets)
        for high in ("199.004975124377", "199.004975124378")
    )
    assert (below.counts.liquidations, found.counts.liquidations) == (0, 1)
    assert [line.cash for line in found.ledger if str(line.kind) == "liquidation"] == [
        1000,
        Decimal("-990.04975124378"),
    ]


def test_cross_margin_neither_posts_nor_guards() -> None:
    """All the cash buys spot, and a rise of half that would be cut is held; sold at 150 nothing is lost."""
    legs = hourly(HOURS, opens=dict.fromkeys(range(3, 25), "150"))
    found = run([pair("A", every(8, -8, 8, "0"), legs, legs)], 8, **CROSS, capital="1000", margin__guard="0.2")
    assert held(found) == ["A 10 0h hold - 8h end"]
    assert found.equity[-1][1] == 1000

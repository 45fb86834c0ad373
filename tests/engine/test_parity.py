"""The engine against a second implementation of semantics.md: every line, trade, count, sample and figure the same."""

from __future__ import annotations

from dataclasses import replace

import pytest
from hypothesis import HealthCheck, given, settings

from fundarb.domain.instants import MINUTE
from tests.drawing import drawn
from tests.engine.markets import Market, Recipe, recipes
from tests.engine.parity import both, differences
from tests.engine.wide_markets import wide_market
from tests.golden.backtest_cases import NAMES, load

WEEK, QUARTER = 9, 98  # days of rates before the range: what a forecast needs, what a band needs
adversarial = settings(deadline=None, suppress_health_check=[HealthCheck.too_slow, HealthCheck.data_too_large])


@pytest.mark.parametrize("name", NAMES)
def test_second_implementation_comes_to_the_worked_cases(name: str) -> None:
    """The engine does too (tests/golden), so this holds the second one to results that neither of them wrote."""
    case = load(name)
    for mode in case.modes:
        assert differences(*both(case.world, case.sets, case.span, mode)) == []


def test_a_single_basis_point_is_a_difference() -> None:
    case = load("base_fee_dust")
    run, _ = both(case.world, case.sets, case.span, "simple")
    _, other = both(case.world, case.sets | {"costs.slippage_bps": "2"}, case.span, "simple")
    found = differences(run, other)
    assert {line.split()[0].rstrip(":") for line in found} >= {"ledger", "trades", "equity"}


@pytest.mark.slow
@settings(adversarial, max_examples=drawn(40))
@given(recipes())
def test_hold_and_simple_agree_on_adversarial_markets(recipe: Recipe) -> None:
    market = recipe.market()
    for mode in ("hold", "simple"):
        assert differences(*both(market.world, market.sets, market.span, mode)) == []


@pytest.mark.slow
@settings(adversarial, max_examples=drawn(20))
@given(recipes(WEEK))
def test_composite_agrees_on_adversarial_markets(recipe: Recipe) -> None:
    market = recipe.market()
    assert differences(*both(market.world, market.sets, market.span, "composite")) == []


@pytest.mark.slow
@settings(adversarial, max_examples=drawn(8))
@given(recipes(QUARTER))
def test_band_agrees_on_adversarial_markets(recipe: Recipe) -> None:
    market = recipe.market()
    assert differences(*both(market.world, market.sets, market.span, "band")) == []


SWAPPING = {
    "risk.max_positions": "1",
    "risk.max_portfolio": "null",
    "costs.fee_spot": "0.0001",
    "costs.fee_perp": "0",
    "costs.slippage_bps": "1",
    "strategy.exit_after_h": "0",
    "strategy.composite.rotate": "true",
}


@pytest.mark.slow
@pytest.mark.parametrize(
    ("modes", "warm_days", "count", "sets"),
    [
        (("cash", "hold", "simple"), 0, 60, {}),
        (("composite", "band"), WEEK, 40, {}),
        (("composite",), WEEK, 40, SWAPPING),
        (("band",), QUARTER, 20, SWAPPING),
    ],
    ids=["hold and simple", "composite", "rotations", "band"],
)
def test_every_mode_agrees_on_wide_markets(
    modes: tuple[str, ...], warm_days: int, count: int, sets: dict[str, str]
) -> None:
    for seed in range(count):
        market = wide_market(seed, warm_days)
        if has_events(market):
            for mode in modes:
                found = both(market.world, market.sets | sets, market.span, mode)
                assert differences(*found) == [], f"seed {seed}, {mode}"


@pytest.mark.slow
@pytest.mark.parametrize(("mode", "warm_days", "count"), [("simple", 0, 20), ("composite", WEEK, 12)])
def test_every_mode_agrees_where_orders_fill_later(mode: str, warm_days: int, count: int) -> None:
    """Between a settlement and the fills everything else goes on as it does."""
    trades = 0
    for seed in range(count):
        market = delayed(wide_market(seed, warm_days))
        if has_events(market):
            run, plain = both(market.world, market.sets, market.span, mode)
            assert differences(run, plain) == [], f"seed {seed}"
            trades += run.counts.trades
    assert trades > count


def delayed(market: Market) -> Market:
    """Settlements half an hour earlier, so that candles open half an hour after them, which is when orders fill."""
    early = [tuple((at - 30 * MINUTE, rate) for at, rate in stream.settled) for stream in market.world]
    world = tuple(replace(stream, settled=rows) for stream, rows in zip(market.world, early, strict=True))
    return Market(world, market.sets | {"backtest.delay": "30m"}, market.span)


def has_events(market: Market) -> bool:
    """A range without a settlement is refused before a plan is made."""
    return any(market.span[0] <= at < market.span[1] for stream in market.world for at, _ in stream.settled)

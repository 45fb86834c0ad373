"""Impact is off by default, grows with the order and shrinks with the market, and is never more than half the price."""

from __future__ import annotations

from decimal import Decimal

import pytest

from fundarb.accounting.fees import PairCosts
from fundarb.domain.instants import HOUR
from fundarb.engine.impact import LARGEST, impact, with_impact
from fundarb.engine.market import Market, PairMarket
from tests.contract.executors import PEPE
from tests.contract.replays import END_MS, START_MS, panel_of

COSTS = PairCosts(Decimal("0.001"), Decimal("0.00055"), Decimal("0.0005"), fee_in_base=True)


@pytest.fixture
def market() -> PairMarket:
    return Market(panel_of(PEPE), spot_from_perp=False).of(PEPE.symbol)


def test_without_a_factor_costs_are_what_they_were(market: PairMarket) -> None:
    assert with_impact(COSTS, market, Decimal(10**6), END_MS, Decimal(0)) is COSTS


def test_four_times_the_order_moves_the_price_twice_as_far(market: PairMarket) -> None:
    small = impact(market, Decimal(100), END_MS, Decimal(1))
    large = impact(market, Decimal(400), END_MS, Decimal(1))
    assert 0 < small < large
    assert float(large / 2) == pytest.approx(float(small), rel=1e-9)


def test_it_is_added_to_slippage_with_twelve_decimals(market: PairMarket) -> None:
    slippage = with_impact(COSTS, market, Decimal(100), END_MS, Decimal(1)).slippage
    assert slippage == COSTS.slippage + impact(market, Decimal(100), END_MS, Decimal(1))
    assert slippage.as_tuple().exponent == -12


def test_a_market_that_did_not_trade_bears_nothing(market: PairMarket) -> None:
    beyond = END_MS + 100 * HOUR
    assert impact(market, Decimal(100), beyond, Decimal(1)) == Decimal(str(LARGEST))


def test_a_sale_never_fetches_less_than_nothing(market: PairMarket) -> None:
    dear = COSTS._replace(slippage=Decimal("0.6"))
    assert with_impact(dear, market, Decimal(100), END_MS + 100 * HOUR, Decimal(1)).slippage == 1


def test_nothing_is_known_before_the_first_close(market: PairMarket) -> None:
    assert impact(market, Decimal(100), START_MS, Decimal(1)) == 0

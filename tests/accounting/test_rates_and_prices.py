"""Fees, fill prices, funding rates and interest: the small formulas."""

from __future__ import annotations

from decimal import Decimal
from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st

from fundarb.accounting.fees import PairCosts, arrived, base_fee, fee_value, round_trip_bp
from fundarb.accounting.funding import (
    apr,
    break_even_periods,
    hours_to_break_even,
    idle_interest,
    payment,
    rate_8h,
)
from fundarb.accounting.pricing import bought_at, haircut_price, sold_at, stand_in_spot
from fundarb.domain.instants import DAY, HOUR
from fundarb.domain.money import ZERO, parse
from tests.accounting.worlds import fractions, prices, rates

D = parse


@given(prices, fractions)
def test_slippage_is_paid_on_both_sides_alike(fair: Decimal, slippage: Decimal) -> None:
    assert bought_at(fair, slippage) - fair == fair - sold_at(fair, slippage) == fair * slippage >= 0


@given(prices, fractions)
def test_a_base_fee_and_what_arrives_are_the_order(order: Decimal, fee: Decimal) -> None:
    assert base_fee(order, fee) + arrived(order, fee) == order


def test_a_fee_is_on_the_notional() -> None:
    assert fee_value(D("2"), D("150"), D("0.001")) == D("0.3")


def test_default_costs_of_a_round_trip() -> None:
    assert round_trip_bp(PairCosts(D("0.001"), D("0.00055"), D("0.0005"), fee_in_base=True)) == 51


def test_a_haircut_and_a_stand_in_price() -> None:
    assert haircut_price(D("90"), D("0.05")) == D("85.5")
    assert stand_in_spot(D("0.0125"), D("1000")) == D("0.0000125")
    assert stand_in_spot(D("1"), D("3")) == D("0.333333333333")


@given(prices, prices, rates)
def test_a_short_receives_a_positive_rate_and_pays_a_negative_one(qty: Decimal, mark: Decimal, rate: Decimal) -> None:
    paid = payment(qty, mark, rate)
    assert paid == qty * mark * rate
    assert (paid > 0) == (rate > 0)
    assert payment(qty, mark, -rate) == -paid


@given(rates, st.integers(1, 24))
def test_rates_on_one_footing(rate: Decimal, hours: int) -> None:
    per_8h = rate_8h(rate, hours * HOUR)
    assert per_8h == Fraction(rate) * 8 / hours
    assert apr(rate, hours * HOUR) == per_8h * 1095


@given(st.decimals("0.000001", "0.01", places=6), st.decimals("0.0001", "0.02", places=6))
def test_break_even_periods_are_the_fewest_that_cover_the_cost(rate: Decimal, cost: Decimal) -> None:
    periods = break_even_periods(cost, rate)
    assert periods is not None
    assert periods * rate >= cost > (periods - 1) * rate


def test_break_even_hours_are_exact() -> None:
    assert hours_to_break_even(D("0.0051"), D("0.0003"), 4 * HOUR) == 68
    assert hours_to_break_even(D("0.001"), D("0.0003"), HOUR) == Fraction(10, 3)


@pytest.mark.parametrize(("rate", "interval_ms"), [("0", 8 * HOUR), ("-0.0001", 8 * HOUR), ("0.0001", 0)])
def test_what_never_pays_never_breaks_even(rate: str, interval_ms: int) -> None:
    assert hours_to_break_even(D("0.005"), D(rate), interval_ms) is None


def test_a_rate_that_never_pays_has_no_break_even_periods() -> None:
    assert break_even_periods(D("0.005"), ZERO) is None


def test_idle_cash_earns_by_the_hour_and_a_debt_nothing() -> None:
    assert idle_interest(D("10000"), D("0.0876"), 0, 8 * HOUR) == D("0.8")
    assert idle_interest(D("10000"), D("0.05"), 0, DAY) == D("1.369863013699")
    assert idle_interest(D("-1"), D("0.05"), 0, DAY) == idle_interest(ZERO, D("0.05"), 0, DAY) == 0


@given(prices, fractions)
def test_floats_obey_the_same_formulas(price: Decimal, share: Decimal) -> None:
    fast_price, fast_share = float(price), float(share)
    assert bought_at(fast_price, fast_share) == pytest.approx(float(bought_at(price, share)))
    assert fee_value(2.0, fast_price, fast_share) == pytest.approx(float(fee_value(Decimal(2), price, share)))
    assert payment(2.0, fast_price, fast_share) == pytest.approx(float(payment(Decimal(2), price, share)))

from __future__ import annotations

from decimal import Decimal
from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st

from fundarb.accounting.margin import (
    collateral_value,
    cross_level,
    cut_reference,
    guard_due,
    liquidation_due,
    liquidation_level,
    loss_price,
    posted_margin,
    required_margin,
)
from fundarb.domain.money import ONE, ZERO, parse
from tests.accounting.worlds import prices

D = parse
leverages = st.decimals("1", "20", places=1)
HALF_A_LAST_DIGIT = Fraction(1, 2 * 10**12)
TIERS = [(D("1000"), D("0.95")), (D("5000"), D("0.8")), (D("10000"), D("0.5"))]


@given(prices, prices, prices, leverages)
def test_posted_margin_is_rounded_once(qty: Decimal, reference: Decimal, entry: Decimal, leverage: Decimal) -> None:
    m, e, lev = Fraction(reference), Fraction(entry), Fraction(leverage)
    exact = Fraction(qty) * (m / lev + m - e)
    assert abs(Fraction(posted_margin(qty, reference, entry, leverage)) - exact) <= HALF_A_LAST_DIGIT


@given(prices, leverages)
def test_a_new_position_posts_what_the_gate_required(price: Decimal, leverage: Decimal) -> None:
    posted = posted_margin(D("3"), price, price, leverage)
    assert abs(Fraction(posted) - required_margin(D("3"), price, leverage)) <= HALF_A_LAST_DIGIT


@given(prices, leverages)
def test_the_posted_margin_is_gone_at_the_loss_price(price: Decimal, leverage: Decimal) -> None:
    qty = D("2")
    lost = qty * (loss_price(price, leverage) - price)
    assert abs(lost - posted_margin(qty, price, price, leverage)) <= D("3e-12")


@given(prices, leverages, st.decimals("0", "0.05", places=4), st.decimals("0", "0.01", places=5))
def test_liquidation_comes_before_all_is_lost(price: Decimal, leverage: Decimal, mmr: Decimal, fee: Decimal) -> None:
    level = liquidation_level(price, leverage, mmr, fee)
    assert level <= loss_price(price, leverage)
    exact = Fraction(price) * (1 + 1 / Fraction(leverage)) / (1 + Fraction(mmr) + Fraction(fee))
    assert abs(Fraction(level) - exact) <= HALF_A_LAST_DIGIT


def test_after_a_guard_cut_margin_and_level_follow_the_new_reference() -> None:
    assert posted_margin(D("8"), D("125"), D("100"), D("2")) == 700
    assert loss_price(D("125"), D("2")) == D("187.5")


@given(prices, prices, leverages, st.decimals("1.2", "3", places=2), st.decimals("0.01", "0.99", places=2))
def test_a_cut_moves_the_reference_as_far_as_the_margin_it_frees_reaches(
    qty: Decimal, reference: Decimal, leverage: Decimal, rise: Decimal, share: Decimal
) -> None:
    price, left = reference * rise, qty * share
    after = cut_reference(qty, reference, left, price)
    assert reference <= after <= price
    assert (after == price) is (left * price <= qty * reference)
    if after < price:
        freed = Fraction(qty - left) * Fraction(reference) * (1 + 1 / Fraction(leverage))
        needed = Fraction(left) * (Fraction(after) - Fraction(reference)) * (1 + 1 / Fraction(leverage))
        assert 0 <= needed - freed <= 2 * Fraction(left) / 10**12


def test_guard_and_liquidation_take_equality() -> None:
    assert guard_due(D("120"), D("100"), D("0.2"), ZERO)
    assert not guard_due(D("119.999999"), D("100"), D("0.2"), ZERO)
    assert liquidation_due(D("149.25"), D("149.25"), ZERO)
    assert not liquidation_due(D("149.249999999999"), D("149.25"), ZERO)


def test_floats_take_equality_within_eps() -> None:
    reference, guard = 0.7, 0.1
    assert guard_due(0.77, reference, guard, 1e-12)
    assert not guard_due(0.7699999, reference, guard, 1e-12)
    assert liquidation_due(0.1 + 0.2, 0.3, 1e-12)
    assert liquidation_due(0.3, 0.1 + 0.2, 1e-12)


@pytest.mark.parametrize(
    ("value", "counted"), [("0", "0"), ("1000", "950"), ("3000", "2550"), ("10000", "6650"), ("50000", "6650")]
)
def test_collateral_counts_tier_by_tier_and_nothing_beyond(value: str, counted: str) -> None:
    assert collateral_value(TIERS, D(value)) == D(counted)


def test_a_tier_without_end_takes_the_rest() -> None:
    assert collateral_value([*TIERS, (None, D("0.1"))], D("50000")) == D("10650")


@given(prices, st.decimals("0.1", "100", places=2), st.decimals("-500", "5000", places=2))
def test_at_the_cross_level_funds_and_collateral_just_cover_maintenance(
    entry: Decimal, qty: Decimal, cash: Decimal
) -> None:
    mmr = D("0.005")
    level = cross_level(entry, qty, cash, mmr, TIERS)
    assert level is not None

    def left(price: Decimal) -> Decimal:
        return cash + collateral_value(TIERS, qty * price) + qty * (entry - price) - mmr * qty * price

    if level == 0:
        assert left(ZERO) <= 0
    else:
        assert abs(left(level)) <= 2 * qty * D("1e-12")
        assert left(level / 2) > 0


def test_spot_that_counts_in_full_is_never_taken() -> None:
    assert cross_level(D("100"), ONE, ZERO, ZERO, [(None, ONE)]) is None
    assert cross_level(D("100"), ONE, ZERO, D("0.005"), [(D("50"), D("1"))]) is not None

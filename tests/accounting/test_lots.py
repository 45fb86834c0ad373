from __future__ import annotations

from decimal import Decimal
from fractions import Fraction

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from fundarb.accounting.book import Book
from fundarb.accounting.fees import PairCosts, arrived
from fundarb.accounting.lines import guard_lines, open_lines
from fundarb.accounting.lots import (
    affordable_qty,
    below_minimum,
    common_step,
    entry_qty,
    guard_excess,
    guard_qty,
    lot_step,
    sellable,
    spot_order,
)
from fundarb.domain.instrument import LotRule, Pair
from fundarb.domain.money import ONE, ZERO, parse
from tests.accounting.worlds import costs, fractions, pairs, prices, steps

D = parse
MULTIPLE_OF = st.integers(1, 400)


@pytest.mark.parametrize(
    ("perp", "spot", "multiplier", "step"),
    [
        ("0.001", "0.001", "1", "0.001"),
        ("0.1", "0.25", "1", "0.5"),
        ("100", "1", "1000", "100"),
        ("1", "100", "1000", "1"),
        ("0.01", "0.1", "3", "0.1"),
        ("0.3", "1", "3", "3"),  # 1/3 of a base unit has no decimal, the common step has
    ],
)
def test_common_step(perp: str, spot: str, multiplier: str, step: str) -> None:
    assert common_step(D(perp), D(spot), D(multiplier)) == D(step)


@given(pairs())
def test_common_step_is_the_smallest_that_is_whole_on_both_grids(pair: Pair) -> None:
    perp, spot = Fraction(pair.perp_lots.step), Fraction(pair.spot_lots.step) / Fraction(pair.multiplier)
    step = Fraction(lot_step(pair))
    whole = int(step / perp)
    assert step % perp == step % spot == 0
    assert not any((number * perp) % spot == 0 for number in range(1, min(whole, 500)))


@given(st.one_of(prices, st.fractions("0.01", 100000)), prices, steps)
def test_lots_never_round_up(target: Decimal | Fraction, ref: Decimal, step: Decimal) -> None:
    qty = entry_qty(target, ref, step)
    assert Fraction(qty) % Fraction(step) == 0
    assert Fraction(qty) * Fraction(ref) <= Fraction(target) < (Fraction(qty) + Fraction(step)) * Fraction(ref)


@pytest.mark.parametrize("target", [ZERO, D("-5"), Fraction(0), Fraction(-1, 3)])
def test_a_target_of_nothing_buys_nothing(target: Decimal | Fraction) -> None:
    assert entry_qty(target, ONE, ONE) == 0


def test_a_share_of_the_size_stays_exact_inside_the_lot_count() -> None:
    assert entry_qty(Fraction(5000, 3), ONE, D("0.1")) == D("1666.6")
    assert entry_qty(Fraction(1000, 3), D("1"), D("0.000000000001")) == D("333.333333333333")


@given(MULTIPLE_OF, pairs(), fractions)
def test_a_spot_order_is_the_smallest_that_covers_its_own_fee(number: int, pair: Pair, fee: Decimal) -> None:
    qty, step = lot_step(pair) * number, pair.spot_lots.step
    needed = qty * pair.multiplier
    order = spot_order(qty, pair.multiplier, fee, step, ZERO, fee_in_base=True)
    assert order % step == 0
    assert arrived(order, fee) >= needed > arrived(order - step, fee)
    assert spot_order(qty, pair.multiplier, fee, step, ZERO, fee_in_base=False) == needed


@settings(deadline=None)
@given(pairs(), costs, MULTIPLE_OF, prices, st.data())
def test_pairs_with_a_multiplier_hedge(
    pair: Pair, terms: PairCosts, number: int, spot: Decimal, data: st.DataObject
) -> None:
    book, perp = Book(), spot * pair.multiplier
    one_lot_each = pair.spot_lots.step + pair.perp_lots.step * pair.multiplier
    book.apply_all(open_lines(0, pair, lot_step(pair) * number, spot, perp, terms, "rate"))
    held = book.positions[pair.symbol]
    assert 0 <= held.spot - held.qty * pair.multiplier < one_lot_each
    if number > 1:
        left = lot_step(pair) * data.draw(st.integers(1, number - 1))
        book.apply_all(guard_lines(1, pair, held, left, spot, perp, terms))
        assert held.qty == left
        assert 0 <= held.spot - left * pair.multiplier < pair.spot_lots.step


@given(prices, steps)
def test_what_cannot_be_sold_is_less_than_a_step(spot: Decimal, step: Decimal) -> None:
    sold = sellable(spot, step, ZERO)
    assert sold % step == 0
    assert 0 <= spot - sold < step


@given(MULTIPLE_OF, prices, st.decimals("1", "10", places=3), steps)
def test_a_guard_cuts_to_the_notional_at_the_reference(
    number: int, reference: Decimal, rise: Decimal, step: Decimal
) -> None:
    qty, perp_open = number * step, reference * rise
    left = guard_qty(qty, reference, perp_open, step, ZERO)
    assert left % step == 0
    assert left * perp_open <= qty * reference < (left + step) * perp_open


def test_nothing_in_excess_is_nothing_to_sell() -> None:
    assert guard_excess(D("1.95"), D("2"), ONE, D("0.01"), ZERO) == 0
    assert guard_excess(D("2.0199"), D("2"), ONE, D("0.01"), ZERO) == D("0.01")


SMALL = Pair("A/USDT:USDT", "A/USDT", D("10"), LotRule(D("0.1"), D("2"), D("5")), LotRule(D("1"), D("30"), D("7")))


@pytest.mark.parametrize(
    ("qty", "ref", "below"),
    [
        ("3", "3", False),
        ("1.9", "100", True),  # perp minimum 2
        ("2.9", "100", True),  # 29 base units, spot minimum 30
        ("3.5", "2", False),  # notional 7 is enough for both
        ("3.4", "2", True),  # 6.8 is not enough for spot
        ("3.5", "1", True),  # 3.5 is not enough for either
    ],
)
def test_minimums_of_both_legs_bind_and_equality_passes(qty: str, ref: str, below: bool) -> None:
    assert below_minimum(SMALL, D(qty), D(ref)) is below


def test_no_quantity_is_below_any_minimum() -> None:
    free = LotRule(ONE, ZERO, ZERO)
    assert below_minimum(Pair("A/USDT:USDT", "A/USDT", ONE, free, free), ZERO, ONE)


@given(MULTIPLE_OF, prices, fractions, steps)
def test_floats_size_as_decimals_do(number: int, price: Decimal, fee: Decimal, step: Decimal) -> None:
    eps = 1e-9
    target = price * number
    assert affordable_qty(float(target), float(price), float(step), eps) == pytest.approx(
        float(entry_qty(target, price, step))
    )
    qty = number * step
    exact = spot_order(qty, ONE, fee, step, ZERO, fee_in_base=True)
    fast = spot_order(float(qty), 1.0, float(fee), float(step), eps, fee_in_base=True)
    assert fast == pytest.approx(float(exact))
    assert sellable(float(exact), float(step), eps) == pytest.approx(float(exact))

from __future__ import annotations

from fractions import Fraction

from fundarb.accounting import lines as make
from fundarb.accounting.book import Book
from fundarb.accounting.fees import PairCosts
from fundarb.accounting.margin import MarginTerms
from fundarb.accounting.valuation import (
    Mark,
    capital_in_use,
    equity,
    exposure,
    free_cash,
    margin_of,
    marked,
    perp_gain,
)
from fundarb.domain.instrument import LotRule, Pair
from fundarb.domain.money import ONE, ZERO, parse
from fundarb.domain.position import Split

D = parse
LOTS = LotRule(D("0.001"), ZERO, ZERO)
A = Pair("A/USDT:USDT", "A/USDT", ONE, LOTS, LOTS)
PEPE = Pair("1000PEPE/USDT:USDT", "PEPE/USDT", D("1000"), LotRule(D("100"), ZERO, ZERO), LotRule(ONE, ZERO, ZERO))
FREE = PairCosts(ZERO, ZERO, ZERO, fee_in_base=False)
ISOLATED, UNFUNDED, CROSS = (MarginTerms(mode, D("2")) for mode in ("isolated", "none", "cross"))


def book() -> Book:
    made = Book()
    made.apply(make.deposit_line(0, D("5000")))
    made.apply_all(make.open_lines(0, A, D("10"), D("100"), D("101"), FREE, "rate"))
    made.apply_all(make.open_lines(0, PEPE, D("100000"), D("0.00001"), D("0.0102"), FREE, "rate"))
    return made


def test_positions_with_a_multiplier_are_marked_per_their_own_units() -> None:
    made = book()
    marks = {A.symbol: Mark(D("110"), D("110.5")), PEPE.symbol: Mark(D("0.000011"), D("0.0111"))}
    assert made.cash == 3000
    assert perp_gain(made.positions[PEPE.symbol], D("0.0111")) == -90
    assert equity(made, marks, {}) == 3000 + (1100 - 95) + (1100 - 90)
    assert perp_gain(made.positions[A.symbol], D("110.5")) == -95
    assert marked(made.positions[A.symbol], marks[A.symbol]) == Split(price=D("5"))


def test_exposure_is_what_live_perps_were_sold_for() -> None:
    made = book()
    assert exposure(made) == 1010 + 1020
    made.apply(make.liquidation_perp_line(1, made.positions[A.symbol], D("150"), None, ZERO))
    assert exposure(made) == 1020


def test_margin_is_posted_where_it_is_isolated_and_while_there_is_a_perp() -> None:
    made = book()
    held = made.positions[A.symbol]
    assert margin_of(held, ISOLATED) == 505
    assert margin_of(held, UNFUNDED) == margin_of(held, CROSS) == 0
    assert free_cash(made, ISOLATED) == 3000 - 505 - 510
    assert free_cash(made, UNFUNDED) == free_cash(made, CROSS) == 3000
    made.apply(make.liquidation_perp_line(1, held, D("150"), None, ZERO))
    assert margin_of(held, ISOLATED) == 0


def test_capital_in_use_scales_with_what_a_cut_left() -> None:
    made = book()
    held = made.positions[A.symbol]
    assert capital_in_use(held, ISOLATED) == 1000 + 505
    made.apply_all(make.guard_lines(1, A, held, D("8"), D("125"), D("125"), FREE))
    margin = 8 * (Fraction(125, 2) + 125 - 101)
    assert capital_in_use(held, ISOLATED) == 800 + margin
    assert capital_in_use(held, UNFUNDED) == 800


def test_a_perp_without_spot_uses_its_margin_only() -> None:
    made = Book()
    made.apply(make.perp_sell_line(0, A.symbol, D("10"), D("100"), D("100"), ZERO, "rate"))
    assert capital_in_use(made.positions[A.symbol], ISOLATED) == 500

"""Single stories of the fold: partial fills in any order, naked legs, late payments, lines that cannot be."""

from __future__ import annotations

from decimal import Decimal
from itertools import permutations

import pytest

from fundarb.accounting import lines as make
from fundarb.accounting.book import Book, fold
from fundarb.accounting.fees import PairCosts
from fundarb.accounting.holding import LedgerBroken
from fundarb.accounting.valuation import dust_worth, totals
from fundarb.domain.instrument import LotRule, Pair
from fundarb.domain.ledger import LedgerLine, LineKind
from fundarb.domain.money import ZERO, parse
from fundarb.domain.position import Split

LOTS = LotRule(parse("0.01"), parse("0.01"), parse("5"))
PAIR = Pair("A/USDT:USDT", "A/USDT", parse("1"), LOTS, LOTS)
COSTS = PairCosts(parse("0.001"), parse("0.0005"), parse("0.0001"), fee_in_base=True)
HUNDRED, TEN, NONE = parse("100"), parse("10"), parse("0")
A = PAIR.symbol


def opened(at_ms: int = 0) -> Book:
    book = Book()
    book.apply_all(make.open_lines(at_ms, PAIR, TEN, HUNDRED, HUNDRED, COSTS, "rate"))
    return book


def spot_buy(qty: str, price: str) -> LedgerLine:
    return make.spot_buy_line(1, A, parse(qty), parse(price), parse(price), NONE, "quote", "rate")


def perp_sell(qty: str, price: str) -> LedgerLine:
    return make.perp_sell_line(1, A, parse(qty), parse(price), parse(price), NONE, "rate")


def test_partial_entry_fills_make_one_position_in_any_order() -> None:
    fills = [spot_buy("4", "100"), spot_buy("6", "101"), perp_sell("3", "100.5"), perp_sell("7", "100.6")]
    positions = {fold(order).positions[A] for order in permutations(fills)}
    (position,) = positions
    assert position.qty == position.opened_qty == position.spot == TEN
    assert position.spot_cost == parse("1006")
    assert position.perp_cost == parse("1005.7")
    assert position.entry == position.reference == parse("100.57")


def test_an_average_entry_that_does_not_end_keeps_its_remainder_until_the_last_close() -> None:
    book = Book()
    book.apply_all([spot_buy("3", "100"), perp_sell("1", "100"), perp_sell("2", "100.5")])
    held = book.positions[A]
    assert held.entry == parse("100.333333333333")
    assert held.perp_cost == parse("301")
    book.apply(make.perp_buy_line(2, LineKind.FILL, held, parse("1"), HUNDRED, HUNDRED, NONE, None))
    assert held.entry == parse("100.333333333333")
    assert held.perp_cost == parse("200.666666666667")
    book.apply_all(make.close_lines(3, PAIR, held, HUNDRED, HUNDRED, COSTS._replace(slippage=NONE), "rate"))
    assert book.closed[0].split.price == 1  # 301 received, 300 paid back; the spot came to nothing
    assert book.closed[0].split.net == book.cash


def test_an_exit_in_parts_closes_with_the_last_sale_whichever_leg_ends_last() -> None:
    def sale(book: Book, qty: str, reason: str | None) -> LedgerLine:
        return make.spot_sell_line(5, LineKind.FILL, A, parse(qty), HUNDRED, HUNDRED, NONE, reason)

    def cover(book: Book, qty: str) -> LedgerLine:
        held = book.positions[A]
        return make.perp_buy_line(6, LineKind.FILL, held, parse(qty), HUNDRED, HUNDRED, NONE, "rate")

    spot_last, perp_last = opened(), opened()
    for book, steps in (
        (spot_last, [("cover", "10"), ("part", "4"), ("part", "1"), ("last", "5")]),
        (perp_last, [("part", "4"), ("last", "6"), ("cover", "3"), ("cover", "7")]),
    ):
        for number, (what, qty) in enumerate(steps):
            assert A in book.positions, f"closed before step {number}"
            book.apply(cover(book, qty) if what == "cover" else sale(book, qty, "rate" if what == "last" else None))
        assert A not in book.positions
        assert book.dust[A] == parse("0.00998")
    assert spot_last.closed[0].split == perp_last.closed[0].split
    assert (spot_last.closed[0].closed_ms, perp_last.closed[0].closed_ms) == (5, 6)


def test_an_entry_that_is_unwound_before_its_perp_was_sold_is_a_trade_of_nothing() -> None:
    book = Book()
    book.apply(spot_buy("10", "100"))
    assert book.positions[A].naked_spot
    book.apply(make.spot_sell_line(2, LineKind.FILL, A, TEN, parse("99"), parse("99"), NONE, "unwind"))
    (trade,) = book.closed
    assert (trade.qty, trade.close_reason, trade.split.net) == (NONE, "unwind", -TEN)


def test_a_perp_without_spot_closes_when_it_is_bought_back() -> None:
    book = Book()
    book.apply(perp_sell("10", "100"))
    held = book.positions[A]
    book.apply(make.perp_buy_line(2, LineKind.FILL, held, TEN, parse("101"), parse("101"), NONE, "unwind"))
    assert not book.positions
    assert book.closed[0].split.net == book.cash == -10


def test_what_a_spot_leg_cost_counts_the_order_but_not_its_quote_fee_and_what_arrived() -> None:
    in_base = opened().positions[A]
    assert in_base.spot_cost == parse("10.02") * parse("100.01")
    assert in_base.spot_at_entry == in_base.spot == parse("10.00998")
    book = Book()
    book.apply_all(make.open_lines(0, PAIR, TEN, HUNDRED, HUNDRED, COSTS._replace(fee_in_base=False), "rate"))
    in_quote = book.positions[A]
    assert in_quote.spot_cost == TEN * parse("100.01")
    assert in_quote.spot_at_entry == in_quote.spot == TEN


def test_spot_bought_again_after_the_last_sale_opens_the_leg_again() -> None:
    book = opened()
    book.apply(make.spot_sell_line(2, LineKind.FILL, A, TEN, HUNDRED, HUNDRED, NONE, "rate"))
    book.apply(spot_buy("10", "100"))  # the perp could not be bought back, so it was hedged again
    book.apply(make.perp_buy_line(3, LineKind.FILL, book.positions[A], TEN, HUNDRED, HUNDRED, NONE, "time"))
    assert book.positions[A].naked_spot
    book.apply(make.spot_sell_line(4, LineKind.FILL, A, TEN, HUNDRED, HUNDRED, NONE, "time"))
    assert book.closed[0].close_reason == "rate", "the first reason given is that of the trade"


def test_a_naked_spot_leg_keeps_its_slot_until_it_is_sold() -> None:
    book = opened()
    book.apply(make.liquidation_perp_line(7, book.positions[A], parse("149"), parse("150"), COSTS.fee_perp))
    held = book.positions[A]
    assert held.naked_spot
    assert (held.qty, held.spot) == (NONE, parse("10.00998"))
    book.apply(make.spot_exit_line(9, PAIR, held, parse("140"), COSTS, "liquidation", LineKind.LIQUIDATION))
    (trade,) = book.closed
    assert (trade.closed_ms, trade.close_reason, trade.qty) == (9, "liquidation", TEN)
    assert trade.split.other == -10  # 10 units lost at 150 where the level was 149


def test_a_naked_spot_leg_of_a_delisted_pair_leaves_with_a_haircut_and_stays_a_liquidation() -> None:
    book = opened()
    book.apply(make.liquidation_perp_line(7, book.positions[A], parse("149"), None, COSTS.fee_perp))
    lines = make.delisting_lines(9, PAIR, book.positions[A], HUNDRED, HUNDRED, COSTS, parse("0.05"))
    assert [(line.kind, line.reason) for line in lines] == [(LineKind.DELISTING, "liquidation")]
    book.apply_all(lines)
    assert book.closed[0].close_reason == "liquidation"
    assert book.closed[0].split.other == -50
    assert book.dust == {A: parse("0.00998")}
    assert book.dust_value == parse("0.998")  # at the close, not at the haircut


def test_a_guard_cut_moves_the_reference_and_leaves_the_entry() -> None:
    book = opened()
    held, perp_open = book.positions[A], parse("125")
    entry = held.entry
    book.apply_all(make.guard_lines(4, PAIR, held, parse("7.99"), parse("124"), perp_open, COSTS))
    assert (held.entry, held.reference, held.qty, held.opened_qty) == (entry, perp_open, parse("7.99"), TEN)
    assert held.spot == parse("7.99998")
    assert held.guarded_from == perp_open
    assert not book.closed


def test_what_a_guard_did_not_cut_keeps_the_risk_it_had_until_it_is_cut() -> None:
    book = Book()
    book.apply_all([spot_buy("10", "100"), perp_sell("10", "100")])
    held, price = book.positions[A], parse("125")
    found = []
    for qty in ("0.7", "1.1", "0.2"):
        book.apply(make.perp_buy_line(2, LineKind.GUARD, held, parse(qty), price, price, NONE, None))
        found.append((held.reference, held.guarded_from))
    partly = (parse("107.526881720431"), parse("121.951219512197"))
    assert found == [(partly[0], HUNDRED), (partly[1], HUNDRED), (price, price)]


def test_a_guard_exit_closes_with_its_reason() -> None:
    book = opened()
    lines = make.close_lines(4, PAIR, book.positions[A], HUNDRED, parse("130"), COSTS, "guard", LineKind.GUARD)
    book.apply_all(lines)
    assert {line.kind for line in lines} == {LineKind.GUARD}
    assert book.closed[0].close_reason == "guard"


def test_the_dust_of_one_trade_is_not_sold_by_the_next() -> None:
    book = opened()
    for at_ms in (1, 2):
        book.apply_all(make.close_lines(at_ms, PAIR, book.positions[A], HUNDRED, HUNDRED, COSTS, "rate"))
        assert book.dust[A] == at_ms * parse("0.00998")
        book.apply_all(make.open_lines(at_ms, PAIR, TEN, HUNDRED, HUNDRED, COSTS, "rate"))
        assert book.positions[A].spot == parse("10.00998")


def test_dust_is_revalued_outside_the_trade_that_left_it() -> None:
    book = opened()
    book.apply_all(make.close_lines(1, PAIR, book.positions[A], HUNDRED, HUNDRED, COSTS, "rate"))
    trade = book.closed[0].split
    assert totals(book, {}, dust_worth(book, {A: HUNDRED})) == trade
    assert totals(book, {}, dust_worth(book, {A: parse("110")})) == trade + Split(other=parse("0.0998"))


def test_a_payment_learnt_of_after_the_close_belongs_to_the_trade_that_earned_it() -> None:
    book = opened()
    held = book.positions[A]
    late = make.funding_line(8, held, HUNDRED, parse("0.0001"))
    book.apply_all(make.close_lines(9, PAIR, held, HUNDRED, HUNDRED, COSTS, "rate"))
    before = book.snapshot().closed[0].split
    book.apply_all(make.open_lines(10, PAIR, TEN, HUNDRED, HUNDRED, COSTS, "rate"))
    book.apply(late)
    assert book.snapshot().closed[0].split == before + Split(funding=parse("0.1"))
    assert book.positions[A].funding == 0


def test_cash_that_belongs_to_no_position_is_told_apart() -> None:
    flows = {
        LineKind.DEPOSIT: "1000",
        LineKind.WITHDRAWAL: "-100",
        LineKind.TRANSFER: "-20",
        LineKind.INTEREST: "3",
        LineKind.REBATE: "0.4",
        LineKind.ADJUSTMENT: "-0.05",
    }
    portfolio = fold(make.cash_line(0, kind, parse(amount)) for kind, amount in flows.items())
    assert (portfolio.cash, portfolio.contributed) == (parse("883.35"), parse("880"))
    assert totals(portfolio, {}, ZERO) == Split(fees=parse("-0.4"), other=parse("2.95"))
    assert totals(portfolio, {}, ZERO).net == portfolio.cash - portfolio.contributed


def test_a_snapshot_does_not_change_with_the_book() -> None:
    book = opened()
    before = book.snapshot()
    kept = (before.cash, before.positions[A], dict(before.dust), before.closed)
    book.apply_all(make.close_lines(1, PAIR, book.positions[A], HUNDRED, HUNDRED, COSTS, "rate"))
    assert (before.cash, before.positions[A], dict(before.dust), before.closed) == kept
    with pytest.raises(TypeError):
        before.dust[A] = HUNDRED  # type: ignore[index]  # what is refused is the assignment


def test_the_positions_of_a_copy_are_its_own_in_order_too() -> None:
    book = opened()
    (before,) = book.in_order()
    (copied,) = book.copied().in_order()
    assert copied is not before
    assert book.in_order()[0] is before


@pytest.mark.parametrize(
    ("line", "words"),
    [
        (make.spot_sell_line(3, LineKind.FILL, "B/USDT:USDT", TEN, TEN, TEN, NONE, "rate"), "not open"),
        (make.spot_sell_line(3, LineKind.FILL, A, parse("11"), TEN, TEN, NONE, "rate"), "only 10.00998 held"),
        (make.funding_line(3, opened().positions[A], TEN, TEN)._replace(pair="B/USDT:USDT"), "no position was open"),
        (perp_sell("1", "1")._replace(qty=None), "needs pair, quantity, price and fee"),
        (perp_sell("1", "1")._replace(cash=TEN), "cash 10 where its figures give"),
    ],
)
def test_a_line_that_cannot_be_is_refused_and_says_why(line: LedgerLine, words: str) -> None:
    with pytest.raises(LedgerBroken, match=words):
        opened().apply(line)


def test_more_cannot_be_bought_back_than_is_short() -> None:
    held = opened().positions[A]
    with pytest.raises(LedgerBroken, match="11 perp bought back, but only 10 short"):
        make.perp_buy_line(3, LineKind.FILL, held, Decimal(11), TEN, TEN, NONE, "rate")

"""What must hold of every ledger: the fold is the same however it is cut, and every split adds up to money."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from decimal import Decimal
from fractions import Fraction

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from fundarb.accounting.book import Book, fold
from fundarb.accounting.holding import LedgerBroken
from fundarb.accounting.valuation import Mark, dust_worth, equity, marked, totals, worth
from fundarb.domain.ledger import LEG_KINDS, LedgerLine, LineKind
from fundarb.domain.money import ZERO
from fundarb.domain.orders import Leg, Side
from fundarb.domain.position import Split
from tests.accounting.worlds import History, histories
from tests.drawing import drawn

MODEST = settings(max_examples=drawn(75), deadline=None)


def marks_of(history: History) -> tuple[dict[str, Mark], dict[str, Decimal]]:
    return {pair: Mark(*last) for pair, last in history.last.items()}, {p: last[0] for p, last in history.last.items()}


def plain_equity(history: History) -> Decimal:
    """Equity without positions or entries: what was paid and received, and what is in stock at its price."""
    money = sum((line.cash for line in history.lines if line.kind not in LEG_KINDS), ZERO)
    stock: dict[tuple[str, Leg], Decimal] = defaultdict(Decimal)
    for line in history.lines:
        if line.kind in LEG_KINDS:
            assert line.pair is not None
            assert line.leg is not None
            assert line.qty is not None
            assert line.price is not None
            assert line.fee is not None
            sign = 1 if line.side is Side.BUY else -1
            stock[line.pair, line.leg] += sign * line.qty
            money -= sign * line.qty * line.price
            if line.fee_ccy == "base":
                stock[line.pair, line.leg] -= line.fee
            else:
                money -= line.fee
    for (pair, leg), qty in stock.items():
        money += qty * history.last[pair][leg is Leg.PERP]
    return money


@MODEST
@given(histories(), st.data())
def test_the_fold_is_the_same_in_any_batching(history: History, data: st.DataObject) -> None:
    cuts = sorted(data.draw(st.lists(st.integers(0, len(history.lines)), max_size=4)))
    book = Book()
    for start, end in zip([0, *cuts], [*cuts, len(history.lines)], strict=True):
        book.apply_all(history.lines[start:end])
        assert book.snapshot() == fold(history.lines[:end])
    assert book.snapshot() == fold(history.lines)


@MODEST
@given(histories())
def test_net_is_exactly_the_change_of_equity(history: History) -> None:
    portfolio = fold(history.lines)
    marks, dust_prices = marks_of(history)
    assert equity(portfolio, marks, dust_prices) == plain_equity(history)
    assert (
        totals(portfolio, marks, dust_worth(portfolio, dust_prices)).net
        == plain_equity(history) - portfolio.contributed
    )


@MODEST
@given(histories())
def test_totals_are_the_trades_and_what_belongs_to_none_of_them(history: History) -> None:
    portfolio = fold(history.lines)
    marks, dust_prices = marks_of(history)
    trades = [trade.split for trade in portfolio.closed]
    trades += [marked(held, marks[pair]) for pair, held in portfolio.positions.items()]
    total, own = totals(portfolio, marks, dust_worth(portfolio, dust_prices)), sum(trades, Split())
    dust = sum((qty * dust_prices[pair] for pair, qty in portfolio.dust.items()), ZERO)

    def moved(*kinds: LineKind) -> Decimal:
        return sum((line.cash for line in history.lines if line.kind in kinds), ZERO)

    assert total.funding == own.funding == moved(LineKind.FUNDING)
    assert (total.price, total.slippage) == (own.price, own.slippage)
    assert own.fees - total.fees == moved(LineKind.REBATE)
    assert total.other - own.other == moved(LineKind.INTEREST, LineKind.ADJUSTMENT) + dust - portfolio.dust_value
    assert portfolio.contributed == moved(LineKind.DEPOSIT, LineKind.WITHDRAWAL, LineKind.TRANSFER)


@MODEST
@given(histories())
def test_a_trade_nets_the_cash_of_its_lines_and_the_dust_it_leaves(history: History) -> None:
    book, cash = Book(), dict.fromkeys(history.pairs, ZERO)
    for line in history.lines:
        closed, dust_before = len(book.closed), book.dust_value
        book.apply(line)
        if line.pair is None:
            continue
        cash[line.pair] += line.cash
        if len(book.closed) > closed:
            assert book.closed[-1].split.net == cash[line.pair] + book.dust_value - dust_before
            assert book.closed[-1].closed_ms == line.at_ms
            cash[line.pair] = ZERO


@MODEST
@given(histories())
def test_a_book_and_its_snapshot_are_worth_the_same(history: History) -> None:
    book = Book()
    book.apply_all(history.lines)
    marks, dust_prices = marks_of(history)
    frozen = book.snapshot()
    assert equity(book, marks, dust_prices) == equity(frozen, marks, dust_prices)
    assert totals(book, marks, dust_worth(book, dust_prices)) == totals(frozen, marks, dust_worth(frozen, dust_prices))


@MODEST
@given(histories())
def test_an_exit_leaves_less_than_one_spot_lot_of_dust(history: History) -> None:
    book = Book()
    for line in history.lines:
        before = dict(book.dust)
        book.apply(line)
        for symbol, qty in book.dust.items():
            assert 0 < qty - before.get(symbol, ZERO) < history.pairs[symbol].spot_lots.step or qty == before[symbol]
    for held in book.positions.values():
        assert held.spot >= held.qty * history.pairs[held.pair].multiplier
        assert held.spot <= held.spot_at_entry


@MODEST
@given(histories())
def test_perp_entries_lose_nothing(history: History) -> None:
    portfolio = fold(history.lines)
    for pair, held in portfolio.positions.items():
        assert abs(Fraction(held.perp_cost) - Fraction(held.entry * held.qty)) <= Fraction(held.qty) / (2 * 10**12)
        spot, perp = history.last[pair]
        assert worth(held, Mark(spot, perp)) - held.spot * spot == held.perp_cost - held.qty * perp


@MODEST
@given(histories(), st.data())
def test_a_line_whose_cash_was_altered_is_refused(history: History, data: st.DataObject) -> None:
    legs = [index for index, line in enumerate(history.lines) if line.kind in LEG_KINDS]
    if not legs:
        return
    at = data.draw(st.sampled_from(legs))
    altered: Sequence[LedgerLine] = [
        line._replace(cash=line.cash + Decimal("0.01")) if index == at else line
        for index, line in enumerate(history.lines)
    ]
    with pytest.raises(LedgerBroken, match="where its figures give"):
        fold(altered)

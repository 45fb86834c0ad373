"""Orders in order books: level by level, at the worse of book and assumption, exact, both legs or neither."""

from __future__ import annotations

from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from fundarb.accounting.book import Book
from fundarb.accounting.fees import PairCosts
from fundarb.domain.instrument import LotRule, Pair
from fundarb.domain.orders import Side
from fundarb.engine import paper_fills as fills
from fundarb.ports.quotes import Depth, Level, Touch

D = Decimal
PAIR = Pair("A/USDT:USDT", "A/USDT", D(1), LotRule(D("0.1"), D(0), D(0)), LotRule(D("0.01"), D(0), D(0)))
COSTS = PairCosts(D("0.001"), D("0.00055"), D("0.0005"), fee_in_base=True)
DEEP = Depth(
    [Level(D("99.99"), D(2)), Level(D("99.5"), D(3)), Level(D(90), D(100))],
    [Level(D("100.01"), D(2)), Level(D("100.5"), D(3)), Level(D(110), D(100))],
)
BOOKS = fills.Books(DEEP, DEEP)


def test_a_small_order_pays_what_slippage_assumes_where_the_book_is_better() -> None:
    assert fills.parts(DEEP, Side.BUY, D(1), D("0.0005")) == (D(100), [Level(D("100.05"), D(1))])
    assert fills.parts(DEEP, Side.SELL, D(1), D("0.0005")) == (D(100), [Level(D("99.95"), D(1))])


def test_a_large_one_walks_the_book() -> None:
    found = fills.parts(DEEP, Side.BUY, D(6), D("0.0005"))
    assert found == (D(100), [Level(D("100.05"), D(2)), Level(D("100.5"), D(3)), Level(D(110), D(1))])


def test_levels_at_one_price_are_one_fill() -> None:
    assert fills.parts(DEEP, Side.SELL, D(5), D("0.01")) == (D(100), [Level(D(99), D(5))])


def test_more_than_the_book_holds_is_not_filled_at_all() -> None:
    assert fills.parts(DEEP, Side.BUY, D("105.01"), D(0)) is None
    assert fills.parts(Depth([], DEEP.asks), Side.BUY, D(1), D(0)) is None
    assert fills.parts(Depth(DEEP.bids, []), Side.SELL, D(1), D(0)) is None


@pytest.mark.parametrize("costs", [COSTS, COSTS._replace(fee_in_base=False)])
@given(qty=st.integers(1, 900).map(lambda tenths: D(tenths) / 10), left=st.integers(1, 9))
def test_entry_cut_and_close_are_lines_the_fold_can_book(costs: PairCosts, qty: Decimal, left: int) -> None:
    book, order = Book(), fills.Order(1, PAIR, costs)
    opened = fills.entry(order, qty, BOOKS, "rate")
    assert opened is not None
    book.apply_all(opened)
    held = book.positions[PAIR.symbol]
    assert held.qty == qty
    assert 0 <= held.spot - qty < PAIR.spot_lots.step
    kept = qty * left // 10 // D("0.1") * D("0.1")
    if kept:
        smaller = fills.cut(order, held, kept, BOOKS)
        assert smaller is not None
        book.apply_all(smaller)
        assert (held.qty, held.reference) == (kept, D(100))
        assert 0 <= held.spot - kept < PAIR.spot_lots.step
    closed = fills.close(order, held, BOOKS, "stale")
    assert closed is not None
    book.apply_all(closed)
    assert not book.positions
    assert (book.closed[0].open_reason, book.closed[0].close_reason) == ("rate", "stale")
    assert book.cash + book.dust_value == book.closed[0].split.net


def test_without_enough_of_one_leg_there_is_no_line_of_either() -> None:
    shallow = Depth([Level(D(99), D(1))], [Level(D(101), D(1))])
    order = fills.Order(1, PAIR, COSTS)
    assert fills.entry(order, D(2), fills.Books(DEEP, shallow), "rate") is None
    assert fills.entry(order, D(2), fills.Books(shallow, DEEP), "rate") is None


@pytest.mark.parametrize(("most", "wide"), [(None, False), ("10", False), ("9.9", True)])
def test_a_touch_is_too_wide_beyond_the_bound(most: str | None, wide: bool) -> None:
    touch = Touch(D("99.95"), D("100.05"))
    assert fills.too_wide(touch, None if most is None else D(most)) is wide

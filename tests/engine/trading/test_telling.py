"""One event for what was done to a pair, called by what is held afterwards, however many fills it took."""

from __future__ import annotations

import json
from decimal import Decimal

import pytest

from fundarb.accounting.book import Book
from fundarb.accounting.fees import QUOTE
from fundarb.accounting.lines import (
    cash_line,
    deposit_line,
    perp_buy_line,
    perp_sell_line,
    spot_buy_line,
    spot_sell_line,
)
from fundarb.domain.ledger import LedgerLine, LineKind
from fundarb.engine.trading.telling import story
from fundarb.ports.journal import Event

D = Decimal
A, PRICE, FREE = "A/USDT:USDT", Decimal(100), Decimal(0)


def bought(at_ms: int, qty: str = "5") -> LedgerLine:
    return spot_buy_line(at_ms, A, D(qty), PRICE, PRICE, FREE, QUOTE, "rate")


def shorted(at_ms: int, qty: str = "5") -> LedgerLine:
    return perp_sell_line(at_ms, A, D(qty), PRICE, PRICE, FREE, "rate")


def sold(at_ms: int, qty: str, reason: str | None, kind: LineKind = LineKind.FILL) -> LedgerLine:
    return spot_sell_line(at_ms, kind, A, D(qty), PRICE, PRICE, FREE, reason)


def covered(at_ms: int, book: Book, qty: str, reason: str | None, kind: LineKind = LineKind.FILL) -> LedgerLine:
    return perp_buy_line(at_ms, kind, book.positions[A], D(qty), PRICE, PRICE, FREE, reason)


def told(book: Book, *lines: LedgerLine) -> list[Event]:
    """What is told of lines posted together."""
    book.apply_all(lines)
    return list(story("live", lines, book, lambda line: {"booked": str(line.cash)}))


def began(*lines: LedgerLine) -> Book:
    book = Book()
    book.apply_all([deposit_line(0, D(10_000)), *lines])
    return book


@pytest.mark.parametrize("perp_first", [False, True])
def test_an_entry_of_several_fills_is_opened_once_whichever_leg_came_first(*, perp_first: bool) -> None:
    fills = [bought(1, "2"), bought(2, "3"), shorted(3)]
    (one,) = told(began(), *(reversed(fills) if perp_first else fills))
    assert (one.name, one.pair, one.reason) == ("opened", A, "rate")
    assert json.loads(one.data or "") == {"spot": {"qty": "5", "price": "100"}, "perp": {"qty": "5", "price": "100"}}


def test_an_entry_taken_back_is_unhedged() -> None:
    (one,) = told(began(), bought(1), sold(2, "5", "unhedged"))
    assert (one.name, one.reason) == ("unhedged", "unhedged")
    assert json.loads(one.data or "")["net"] == "0"


def test_a_second_leg_that_came_later_is_hedged() -> None:
    (one,) = told(began(bought(1)), shorted(9))
    assert one.name == "hedged"


@pytest.mark.parametrize(
    ("kind", "part", "whole"),
    [
        (LineKind.FILL, "reduced", "closed"),
        (LineKind.GUARD, "guarded", "guarded"),
        (LineKind.LIQUIDATION, "liquidated", "liquidated"),
        (LineKind.DELISTING, "delisted", "delisted"),
    ],
)
def test_less_of_a_position_and_the_end_of_one(kind: LineKind, part: str, whole: str) -> None:
    book = began(bought(1), shorted(1))
    (some,) = told(book, covered(2, book, "2", None, kind), sold(2, "2", None, kind))
    assert some.name == part
    (rest,) = told(book, covered(3, book, "3", "rate", kind), sold(4, "3", "rate", kind))
    assert (rest.name, rest.reason, json.loads(rest.data or "")["net"]) == (whole, "rate", "0")


def test_each_payment_is_told_beside_what_was_expected_and_a_flow_by_its_amount() -> None:
    book = began(bought(1), shorted(1))
    payments = [LedgerLine(at, LineKind.FUNDING, A, D(at), price=PRICE, qty=D(5), rate=D("0.0001")) for at in (8, 16)]
    events = told(book, *payments, cash_line(17, LineKind.TRANSFER, D(3), "TRANSFER_IN"))
    assert [(one.name, json.loads(one.data or "")) for one in events] == [
        ("funding", {"booked": "8"}),
        ("funding", {"booked": "16"}),
        ("transfer", {"amount": "3"}),
    ]

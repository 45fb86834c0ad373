"""What the exchange publishes of a book is what orders get of it, however much of it a control leaves."""

from __future__ import annotations

from decimal import Decimal
from functools import cache
from typing import Any

import pytest

from fundarb.sandbox.envelope import Request
from fundarb.sandbox.market.made import MadeMarket
from fundarb.sandbox.public.routes import public_routes
from tests.sandbox.account.customer import Customer
from tests.sandbox.account.test_made_market import START

D = Decimal
DEPTH = 12
Rows = list[tuple[str, str]]


@cache
def made() -> MadeMarket:
    return MadeMarket(seed=11, pairs=3)


def rich() -> Customer:
    """Who can buy and sell whatever a book shows."""
    plenty = {"USDT": D(1_000_000_000), "BTC": D(100_000)}
    return Customer(market=made(), start_ms=START, balances=plenty)


def published(customer: Customer, name: str, category: str, **more: Any) -> Any:
    """What a public path tells of BTCUSDT."""
    answers = {route.path: route.answer for route in public_routes(customer.account.desk.market)}
    asked = {"category": category, "symbol": "BTCUSDT", **more}
    return answers[f"/v5/market/{name}"](Request(asked, customer.clock.now_ms()))


def book(customer: Customer, category: str) -> tuple[Rows, Rows]:
    """Bids and asks."""
    found = published(customer, "orderbook", category, limit=str(DEPTH))
    return found["b"], found["a"]


def touch(customer: Customer, category: str) -> tuple[tuple[str, str], tuple[str, str]]:
    """The best of both sides."""
    (row,) = published(customer, "tickers", category)["list"]
    return (row["bid1Price"], row["bid1Size"]), (row["ask1Price"], row["ask1Size"])


def thin(customer: Customer, category: str, share: str) -> None:
    customer.control("liquidity", category=category, symbol="BTCUSDT", share=share)


def exact(levels: Rows) -> list[tuple[Decimal, Decimal]]:
    return [(D(price), D(size)) for price, size in levels]


@pytest.mark.parametrize("share", ["0.02", "0.37", "1"])
@pytest.mark.parametrize("side", ["Buy", "Sell"])
@pytest.mark.parametrize("category", ["spot", "linear"])
def test_who_sweeps_a_book_gets_it_level_by_level_as_it_is_published(category: str, side: str, share: str) -> None:
    customer = rich()
    thin(customer, category, share)
    bids, asks = book(customer, category)
    levels = exact(asks if side == "Buy" else bids)
    assert len(levels) == DEPTH
    row = customer.order(
        category, side, str(sum(size for _, size in levels) + 1), str(levels[-1][0]), timeInForce="IOC"
    )
    assert row["orderStatus"] in ("PartiallyFilledCanceled", "Cancelled")
    swept = [(D(one["execPrice"]), D(one["execQty"])) for one in customer.executions(category)[::-1]]
    assert swept == levels
    assert touch(customer, category) == (bids[0], asks[0])


@pytest.mark.parametrize("category", ["spot", "linear"])
def test_less_to_be_had_changes_sizes_and_no_prices_until_it_is_undone(category: str) -> None:
    customer, other = rich(), "linear" if category == "spot" else "spot"
    whole = book(customer, category), touch(customer, category)
    beside = book(customer, other), touch(customer, other)
    thin(customer, category, "0.1")
    for less, full in zip(book(customer, category), whole[0], strict=True):
        assert [price for price, _ in less] == [price for price, _ in full]
        assert all(D(size) < D(before) for (_, size), (_, before) in zip(less, full, strict=True))
    assert (book(customer, other), touch(customer, other)) == beside
    thin(customer, category, "1")
    assert (book(customer, category), touch(customer, category)) == whole


def test_of_a_book_nothing_is_left_of_only_the_ticker_keeps_a_price() -> None:
    customer = rich()
    (bid, _), (ask, _) = touch(customer, "linear")
    thin(customer, "linear", "0")
    assert book(customer, "linear") == ([], [])
    assert touch(customer, "linear") == ((bid, "0"), (ask, "0"))


def test_less_than_a_lot_is_no_level() -> None:
    customer = Customer()
    customer.market.levels = [(1, D("0.009")), (2, D(9))]
    thin(customer, "linear", "0.1")
    assert exact(book(customer, "linear")[1]) == [(D("100.2"), D("0.9"))]
    assert exact(list(touch(customer, "linear"))) == [(D("99.8"), D("0.9")), (D("100.2"), D("0.9"))]
    assert customer.order("linear", "Buy", "1", "100.1", timeInForce="IOC")["cumExecQty"] == "0"

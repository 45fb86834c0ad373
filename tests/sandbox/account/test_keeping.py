"""The account over a dump and a load, the same account twice, and money that is never made or lost."""

from __future__ import annotations

import json
from decimal import Decimal
from typing import Any

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from fundarb.sandbox.account import Account, AccountSettings
from fundarb.sandbox.account.records import Order
from fundarb.sandbox.account.state import decoded
from fundarb.sandbox.clock import RunningClock, SteppedClock
from fundarb.sandbox.envelope import Refusal
from fundarb.sandbox.market.source import HOUR, MINUTE
from tests.sandbox.account.customer import Customer, Wall
from tests.sandbox.account.scripted import T0, minute

D = Decimal


def eventful(customer: Customer) -> None:
    """A bit of everything."""
    customer.order("spot", "Buy", "3", orderLinkId="s-1")
    customer.sell_perp("3", orderLinkId="p-1")
    customer.order("linear", "Buy", "1", "90")
    customer.control("adl", symbol="BTCUSDT", fraction="0.5", at=T0 + 2 * HOUR)
    customer.control("liquidity", category="spot", symbol="ETHUSDT", share="0.5")
    customer.control("fill-next", fraction="0.5")
    customer.market.settle("BTCUSDT", T0 + HOUR, "0.0001")
    customer.step(T0 + HOUR)


def test_a_loaded_account_is_the_dumped_one() -> None:
    customer = Customer()
    eventful(customer)
    dumped = json.loads(json.dumps(customer.account.dump()))
    customer.use(Account.load(dumped, customer.market, customer.clock, customer.settings))
    assert customer.account.dump() == dumped
    assert customer.refused_order("linear", "Sell", "1", orderLinkId="p-1") == 110072
    customer.step(T0 + 3 * HOUR)
    assert customer.executions()[0]["execType"] == "AdlTrade"
    assert customer.sell_perp("1")["cumExecQty"] == "0.5"


def test_delays_of_the_wall_go_on_after_a_load_where_they_stood() -> None:
    customer = Customer(accept_ms=300)
    ask = {"category": "linear", "symbol": "BTCUSDT", "side": "Sell", "orderType": "Market", "qty": "1"}
    customer.post("/v5/order/create", **ask)
    customer.pass_wall(200)
    dumped = customer.account.dump()
    customer.wall = Wall()
    customer.wall.now_ns = 77
    customer.clock = SteppedClock(T0, customer.wall)
    customer.use(Account.load(dumped, customer.market, customer.clock, customer.settings))
    customer.pass_wall(99)
    assert customer.position()["size"] == "0"
    customer.pass_wall(1)
    assert customer.position()["size"] == "1"


def test_under_a_running_clock_an_order_meets_the_market_of_when_its_delay_was_over() -> None:
    customer = Customer()
    clock = RunningClock(T0, D(3600), customer.wall)
    customer.use(Account(customer.market, clock, AccountSettings(accept_ms=100)))
    customer.market.levels = [(0, D(1000))]
    ask = {"category": "linear", "symbol": "BTCUSDT", "side": "Sell", "orderType": "Market", "qty": "1"}
    created = customer.post("/v5/order/create", **ask)
    customer.market.move("BTCUSDT", T0 + 350_000, "99")
    customer.market.move("BTCUSDT", T0 + 370_000, "98")
    customer.pass_wall(1000)  # an hour of the venue; its 100 ms were over after six minutes
    row = customer.row("linear", created["orderId"])
    assert (row["avgPrice"], row["updatedTime"]) == ("99", str(T0 + 360_000))


def test_a_state_with_a_word_of_its_own_is_refused() -> None:
    customer = Customer()
    customer.sell_perp("1")
    (order,) = customer.account.dump()["orders"].values()
    with pytest.raises(ValueError, match="Lost"):
        decoded(Order, order | {"status": "Lost"})


def test_the_same_doings_under_the_same_seed_give_the_same_account() -> None:
    first, second, other = Customer(), Customer(), Customer(seed=2)
    for customer in (first, second, other):
        eventful(customer)
    assert first.account.dump() == second.account.dump()
    assert {*first.account.desk.state.orders} & {*other.account.desk.state.orders} != {*first.account.desk.state.orders}


DOINGS = st.lists(
    st.tuples(
        st.sampled_from(
            ["buy", "sell", "spot-buy", "spot-sell", "rest", "cancel", "step", "price", "adl", "bust", "out"]
        ),
        st.integers(1, 40),
    ),
    min_size=5,
    max_size=40,
)


def do(customer: Customer, doing: str, number: int) -> None:
    """One doing; refusals are the venue's right."""
    qty, now_ms = str(D(number) / 10), customer.clock.now_ms()
    linear: dict[str, Any] = {"category": "linear", "symbol": "BTCUSDT"}
    if doing in ("buy", "sell"):
        customer.order("linear", doing.capitalize(), qty)
    elif doing.startswith("spot"):
        customer.order("spot", doing.removeprefix("spot-").capitalize(), qty)
    elif doing == "rest":
        customer.order("linear", "Buy", qty, str(100 - number // 8))
    elif doing == "cancel":
        customer.post("/v5/order/cancel-all", **linear)
    elif doing == "step":
        customer.step(now_ms + number * 11 * MINUTE)
    elif doing == "price":
        customer.market.move("BTCUSDT", now_ms + 1, str(80 + number))
        customer.step(now_ms + 2)
    elif doing == "out":
        customer.control("withdraw", coin="USDT", amount=qty)
    else:
        customer.control(doing, symbol="BTCUSDT", fraction="0.4")


@given(doings=DOINGS)
@settings(max_examples=60, deadline=None)
def test_what_a_wallet_holds_is_the_sum_of_its_log_and_margin_covers_every_loss(doings: list[tuple[str, int]]) -> None:
    customer = Customer(balances={"USDT": D(1000), "BTC": D(2), "MNT": D(3)}, fee_coin="MNT")
    for number in range(1, 200):
        customer.market.settle("BTCUSDT", T0 + number * HOUR, "0.0005" if number % 3 else "-0.001")
    for doing, number in doings:
        try:
            do(customer, doing, number)
        except Refusal:
            continue
    customer.step(customer.clock.now_ms() + 2 * MINUTE)
    state = customer.account.desk.state
    for coin, held in state.trading.items():
        lines = [each for each in state.log if each.coin == coin]
        assert held == sum((each.change for each in lines), D(0)) == lines[-1].balance
        assert held >= 0
        running = D(0)
        for each in lines:
            running += each.change
            assert each.balance == running
    traded = [each for each in state.executions if each.category == "linear" and each.exec_type != "Funding"]
    size = sum((each.qty if each.side == "Buy" else -each.qty for each in traded), D(0))
    assert size == sum((each.size for each in state.positions.values()), D(0))
    assert [each.time_ms for each in state.log] == sorted(each.time_ms for each in state.log)
    for order in state.orders.values():
        own = [each for each in state.executions if each.order_id == order.order_id]
        assert (order.filled, order.value) == (sum(e.qty for e in own), sum(e.value for e in own))


@given(
    stops=st.lists(st.integers(1, 600), max_size=12), spike=st.integers(1, 598), rate=st.sampled_from(["-0.01", "0.02"])
)
@example(stops=[419], spike=419, rate="-0.01")  # an order traded through in the minute before a settlement
@settings(max_examples=40, deadline=None)
def test_the_money_does_not_depend_on_how_often_the_account_is_looked_at(
    stops: list[int], spike: int, rate: str
) -> None:
    ends = []
    for looks in (sorted(stops), []):
        customer = Customer(balances={"USDT": D(60)})
        customer.sell_perp("2")
        customer.order("linear", "Buy", "0.5", "96")
        for number in range(1, 10):
            customer.market.settle("BTCUSDT", T0 + number * HOUR, rate)
        customer.market.move("BTCUSDT", minute(spike) + 30_000, str(90 if spike % 2 else 115))
        customer.market.move("BTCUSDT", minute(spike) + 45_000, "101")
        for look in looks:
            customer.step(minute(look) + (40_000 if look % 2 else 20_000))
        customer.step(minute(700))
        state = customer.account.desk.state
        ends.append((state.trading, [(each.kind, each.change) for each in state.log]))
    assert ends[0] == ends[1]

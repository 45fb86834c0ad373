"""Orders by hand: what is filled at which price, in which state it ends, and what is refused with which code."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

import orjson
import pytest

from fundarb.sandbox.account import Account, AccountSettings
from fundarb.sandbox.clock import RunningClock
from fundarb.sandbox.envelope import Refusal
from tests.sandbox.account.customer import Customer
from tests.sandbox.account.scripted import GONE, T0, minute

D = Decimal


def test_a_market_purchase_walks_the_asks_within_its_limit() -> None:
    customer = Customer()
    customer.market.levels = [(1, D("0.3")), (3, D("0.5")), (600, D(9))]
    row = customer.order("spot", "Buy", "0.6")
    assert (row["orderStatus"], row["cumExecQty"], row["leavesQty"]) == ("Filled", "0.6", "0")
    assert row["cumExecValue"] == "60.012"  # .3 at 100.01 and .3 at 100.03
    assert row["avgPrice"] == "100.02"
    assert [each["execPrice"] for each in customer.executions("spot")] == ["100.03", "100.01"]


def test_what_the_book_does_not_give_is_cancelled_and_only_spot_says_so_by_its_status() -> None:
    customer = Customer()
    customer.market.levels = [(1, D("0.3")), (600, D(9))]  # the next level is 6 % away on spot, 60 % on the perp
    spot, perp = customer.order("spot", "Buy", "0.6"), customer.sell_perp("0.6")
    assert (spot["orderStatus"], spot["cumExecQty"], spot["leavesQty"]) == ("PartiallyFilledCanceled", "0.3", "0")
    assert (perp["orderStatus"], perp["cumExecQty"], perp["leavesQty"]) == ("Cancelled", "0.3", "0")
    assert perp["rejectReason"] == "EC_NoImmediateQtyToFill"
    assert customer.position()["size"] == "0.3"


def test_an_empty_book_fills_nothing() -> None:
    customer = Customer()
    customer.control("liquidity", category="linear", symbol="BTCUSDT", share="0")
    row = customer.sell_perp("0.6")
    assert (row["orderStatus"], row["cumExecQty"], row["avgPrice"]) == ("Cancelled", "0", "")
    customer.control("liquidity", category="linear", symbol="BTCUSDT", share="0.0005")
    assert customer.sell_perp("0.6")["cumExecQty"] == "0.5"
    customer.control("liquidity", category="linear", symbol="BTCUSDT", share="1")
    assert customer.sell_perp("0.6")["cumExecQty"] == "0.6"


def test_the_next_order_can_be_filled_in_part() -> None:
    customer = Customer()
    customer.control("fill-next", fraction="0.25")
    assert customer.sell_perp("1")["cumExecQty"] == "0.25"
    assert customer.sell_perp("1")["cumExecQty"] == "1"


@pytest.mark.parametrize(
    ("time_in_force", "price", "status", "reason", "filled"),
    [
        ("IOC", "100", "Cancelled", "EC_NoImmediateQtyToFill", "0"),
        ("IOC", "100.1", "Cancelled", "EC_NoImmediateQtyToFill", "0.4"),
        ("FOK", "100.1", "Cancelled", "EC_NoEnoughQtyToFill", "0"),
        ("FOK", "100.2", "Filled", "EC_NoError", "1"),
        ("PostOnly", "100.1", "Cancelled", "EC_PostOnlyWillTakeLiquidity", "0"),
        ("PostOnly", "100", "New", "EC_NoError", "0"),
        ("GTC", "100.1", "PartiallyFilled", "EC_NoError", "0.4"),
    ],
)
def test_each_time_in_force_ends_in_its_way(
    time_in_force: str, price: str, status: str, reason: str, filled: str
) -> None:
    customer = Customer()
    customer.market.levels = [(1, D("0.4")), (2, D(9))]
    row = customer.order("linear", "Buy", "1", price, timeInForce=time_in_force)
    assert (row["orderStatus"], row["rejectReason"], row["cumExecQty"]) == (status, reason, filled)


def test_a_resting_order_is_filled_as_maker_at_its_price_once_the_market_went_through() -> None:
    customer = Customer()
    placed = customer.order("linear", "Buy", "1", "95", timeInForce="PostOnly")
    customer.market.move("BTCUSDT", minute(10), "95")
    customer.step(minute(20))
    assert customer.row("linear", placed["orderId"])["orderStatus"] == "New"  # touched is not traded through
    customer.market.move("BTCUSDT", minute(30), "94.9")
    customer.step(minute(40))
    row = customer.row("linear", placed["orderId"])
    assert (row["orderStatus"], row["avgPrice"], row["cumExecFee"]) == ("Filled", "95", "0.019")
    assert customer.executions()[0]["isMaker"] is True
    assert customer.executions()[0]["execTime"] == str(minute(31))


def test_quantity_of_a_spot_market_purchase_is_quote_by_default_and_its_rest_is_cancelled() -> None:
    customer = Customer()
    row = customer.order("spot", "Buy", "50", marketUnit=None)
    assert row["marketUnit"] == "quoteCoin"
    assert row["cumExecQty"] == "0.49995"  # 50 / 100.01 in steps of a millionth
    assert (row["orderStatus"], row["rejectReason"]) == ("PartiallyFilledCanceled", "EC_CancelByOrderValueZero")
    customer.market.levels = [(0, D("0.1")), (600, D(9))]
    short = customer.order("spot", "Buy", "50", marketUnit="quoteCoin")
    assert (short["cumExecValue"], short["rejectReason"]) == ("10", "EC_NoImmediateQtyToFill")
    customer.market.levels = [(0, D(1000))]
    assert customer.order("spot", "Buy", "50", marketUnit="quoteCoin")["orderStatus"] == "Filled"


def test_a_spot_sale_counts_base_by_default_and_quote_if_asked() -> None:
    customer = Customer(balances={"BTC": D(1)})
    assert customer.order("spot", "Sell", "0.5", marketUnit=None)["cumExecQty"] == "0.5"
    row = customer.order("spot", "Sell", "10", marketUnit="quoteCoin")
    assert row["cumExecQty"] == "0.10001"  # 10 / 99.99 = 0.1000100… in whole steps
    assert customer.coin("BTC") == D("0.39999")


def test_a_sale_by_value_never_sells_more_than_there_is() -> None:
    customer = Customer(balances={"BTC": D("0.1")})
    customer.market.levels = [(1, D("0.05")), (300, D(9))]
    row = customer.order("spot", "Sell", "9.9", marketUnit="quoteCoin")
    assert customer.coin("BTC") == 0
    assert row["orderStatus"] == "PartiallyFilledCanceled"


def test_slippage_tolerance_narrows_the_limit() -> None:
    customer = Customer()
    customer.market.levels = [(1, D("0.5")), (10, D(9))]
    tight = customer.sell_perp("1", slippageToleranceType="TickSize", slippageTolerance="5")
    assert (tight["price"], tight["cumExecQty"]) == ("99.4", "0.5")
    wide = customer.sell_perp("1", slippageToleranceType="Percent", slippageTolerance="1")
    assert (wide["price"], wide["cumExecQty"]) == ("99", "1")  # 99.9 * 0.99 = 98.901, on the grid 99
    beyond = customer.sell_perp("1", slippageToleranceType="TickSize", slippageTolerance="2000")
    assert beyond["price"] == "95"  # the venue's own limit stays
    too_wide = {"slippageToleranceType": "Percent", "slippageTolerance": "2"}
    assert customer.refused_order("linear", "Sell", "1", **too_wide) == 10001


REFUSALS: list[tuple[str, str, str, str | None, dict[str, Any], int]] = [
    ("spot", "Buy", "0.0000005", None, {}, 170137),
    ("spot", "Buy", "0.00001", None, {}, 170136),
    ("spot", "Buy", "0.04", None, {}, 170140),
    ("spot", "Buy", "501", None, {}, 170135),
    ("spot", "Buy", "4.99", None, {"marketUnit": "quoteCoin"}, 170140),
    ("spot", "Buy", "50.000000001", None, {"marketUnit": "quoteCoin"}, 170137),
    ("spot", "Buy", "99", "100.005", {}, 170134),
    ("spot", "Buy", "1", "105.01", {}, 170193),
    ("spot", "Sell", "1", "94.99", {}, 170194),
    ("spot", "Buy", "96", None, {}, 170131),
    ("spot", "Buy", "10001", None, {"marketUnit": "quoteCoin"}, 170131),
    ("spot", "Buy", "101", "100", {}, 170131),
    ("spot", "Sell", "0.1", None, {}, 170131),
    ("spot", "Buy", "1", None, {"symbol": "NOUSDT"}, 170121),
    ("spot", "Buy", "1", "99", {"timeInForce": "WHEN"}, 170115),
    ("spot", "Buy", "1", None, {"orderType": "Stop"}, 170116),
    ("spot", "Buy", "1", None, {"isLeverage": 1}, 10001),
    ("linear", "Sell", "0.0005", None, {}, 10001),
    ("linear", "Sell", "0.0015", None, {}, 10001),
    ("linear", "Sell", "0.049", None, {}, 110094),
    ("linear", "Sell", "501", None, {}, 10001),
    ("linear", "Buy", "1", "105.1", {}, 110003),
    ("linear", "Sell", "1", "94.9", {}, 110003),
    ("linear", "Sell", "1", "100.05", {}, 10001),
    ("linear", "Buy", "1", None, {"reduceOnly": True}, 110017),
    ("linear", "Buy", "1", None, {"positionIdx": 1}, 10001),
    ("linear", "Buy", "1", None, {"symbol": "SOONUSDT"}, 110074),
    ("linear", "Buy", "1", None, {"symbol": "ENDUSDT"}, 110074),
    ("linear", "Buy", "1", None, {"symbol": "NOUSDT"}, 10001),
    ("linear", "Sell", "-1", None, {}, 10001),
    ("linear", "Sell", "one", None, {}, 10001),
    ("linear", "Hold", "1", None, {}, 10001),
    ("inverse", "Sell", "1", None, {}, 10001),
]


@pytest.mark.parametrize(("category", "side", "qty", "price", "more", "code"), REFUSALS)
def test_orders_that_break_a_rule_are_refused_with_its_code(
    category: str, side: str, qty: str, price: str | None, more: dict[str, Any], code: int
) -> None:
    customer = Customer()
    assert customer.refused_order(category, side, qty, price, **more) == code
    assert customer.account.desk.state.orders == {}


def test_equality_with_the_minimum_passes() -> None:
    customer = Customer()
    assert customer.sell_perp("0.05")["orderStatus"] == "Filled"  # 0.05 * 100 = 5
    assert customer.order("spot", "Buy", "0.05")["orderStatus"] == "Filled"
    assert customer.order("linear", "Buy", "0.049", reduceOnly=True)["orderStatus"] == "Filled"  # exempt


def test_a_contract_order_the_margin_cannot_carry_is_refused() -> None:
    customer = Customer(balances={"USDT": D(100)})
    customer.post("/v5/position/set-leverage", category="linear", symbol="BTCUSDT", buyLeverage="2", sellLeverage="2")
    # 1.9 at 100: 95 of margin, 0.1045 to open, (190 + 95) * 0.00055 = 0.15675 to close: 95.26125
    assert customer.sell_perp("1.9")["orderStatus"] == "Filled"
    assert customer.refused_order("linear", "Sell", "0.1") == 110007
    assert customer.order("linear", "Buy", "1.9", reduceOnly=True)["orderStatus"] == "Filled"


@pytest.mark.parametrize(("category", "code"), [("spot", 170141), ("linear", 110072)])
def test_a_link_is_unique_forever_within_its_category(category: str, code: int) -> None:
    customer = Customer()
    link = "a" * 34 + "-_"
    customer.order(category, "Buy", "1", orderLinkId=link)
    assert customer.refused_order(category, "Buy", "1", orderLinkId=link) == code
    assert customer.refused_order(category, "Buy", "1", orderLinkId=link + "x") == 10001
    assert customer.refused_order(category, "Buy", "1", orderLinkId="a b") == 10001


def test_an_order_does_not_exist_until_its_wall_delay_is_over() -> None:
    customer = Customer(accept_ms=200)
    created = customer.post(
        "/v5/order/create", category="linear", symbol="BTCUSDT", side="Sell", orderType="Market", qty="1",
        orderLinkId="late",
    )  # fmt: skip
    assert created["orderLinkId"] == "late"
    ask = {"category": "linear", "orderLinkId": "late"}
    customer.pass_wall(199)
    assert customer.get("/v5/order/realtime", **ask)["list"] == []
    assert customer.get("/v5/order/history", **ask)["list"] == []
    assert customer.refused("/v5/order/cancel", **ask, symbol="BTCUSDT") == 110001
    assert customer.position()["size"] == "0"
    assert customer.refused_order("linear", "Sell", "1", orderLinkId="late") == 110072
    customer.pass_wall(1)
    (row,) = customer.get("/v5/order/realtime", **ask)["list"]
    assert (row["orderStatus"], row["orderId"]) == ("Filled", created["orderId"])
    assert customer.position()["size"] == "1"


@pytest.mark.parametrize("waited_ms", [0, 199, 200, 100_000])
def test_before_a_stepped_clock_is_moved_what_is_under_way_arrives(waited_ms: int) -> None:
    """However long the wall waits with that: a step that comes sooner or later changes nothing."""
    customer = Customer(accept_ms=200)
    resting = customer.post("/v5/order/create", category="spot", symbol="BTCUSDT", side="Buy", orderType="Limit",
                            qty="1", price="90")  # fmt: skip
    customer.step(T0 + 1_000)
    customer.post("/v5/order/cancel", category="spot", symbol="BTCUSDT", orderId=resting["orderId"])
    sold = customer.post("/v5/order/create", category="linear", symbol="BTCUSDT", side="Sell", orderType="Market",
                         qty="1")  # fmt: skip
    customer.pass_wall(waited_ms)
    customer.step(T0 + 3_600_000)
    rows = [customer.row("spot", resting["orderId"]), customer.row("linear", sold["orderId"])]
    assert [row["orderStatus"] for row in rows] == ["Cancelled", "Filled"]
    assert {row["updatedTime"] for row in rows} == {str(T0 + 1_000)}
    assert customer.executions()[0]["execTime"] == str(T0 + 1_000)


def test_orders_acknowledged_but_not_taken_up_already_bind_the_money() -> None:
    customer = Customer(accept_ms=200, balances={"USDT": D(100)})
    ask = {"category": "spot", "symbol": "BTCUSDT", "side": "Buy", "orderType": "Market", "qty": "90"}
    customer.post("/v5/order/create", **ask)
    assert customer.refused("/v5/order/create", **ask) == 170131
    (coin,) = customer.get("/v5/account/wallet-balance", accountType="UNIFIED")["list"][0]["coin"]
    assert coin["locked"] == "90"


def test_a_cancel_is_taken_up_after_the_delay_and_closed_orders_cannot_be_cancelled() -> None:
    customer = Customer()
    placed = customer.order("spot", "Buy", "1", "90", orderLinkId="rest")
    customer.control("accept-ms", ms=100)
    ask = {"category": "spot", "symbol": "BTCUSDT", "orderLinkId": "rest"}
    assert customer.refused("/v5/order/cancel", **ask | {"symbol": "ETHUSDT"}) == 170213
    assert customer.post("/v5/order/cancel", **ask)["orderId"] == placed["orderId"]
    customer.pass_wall(99)
    assert customer.post("/v5/order/cancel", **ask)["orderId"] == placed["orderId"]  # again, and no later for it
    assert customer.row("spot", placed["orderId"])["orderStatus"] == "New"
    customer.pass_wall(1)
    row = customer.row("spot", placed["orderId"])
    assert (row["orderStatus"], row["cancelType"], row["leavesQty"]) == ("Cancelled", "CancelByUser", "0")
    assert customer.refused("/v5/order/cancel", **ask) == 170213
    assert customer.refused("/v5/order/cancel", category="linear", symbol="BTCUSDT", orderId="x") == 110001
    assert customer.refused("/v5/order/cancel", category="linear", symbol="BTCUSDT") == 10001


def test_all_orders_of_a_symbol_are_cancelled_at_once() -> None:
    customer = Customer()
    ids = [customer.order("linear", "Buy", "1", price)["orderId"] for price in ("90", "91")]
    other = customer.order("linear", "Buy", "1", "90", symbol="ETHUSDT")["orderId"]
    listed = customer.post("/v5/order/cancel-all", category="linear", symbol="BTCUSDT")["list"]
    assert {each["orderId"] for each in listed} == set(ids)
    assert [customer.row("linear", each)["orderStatus"] for each in (*ids, other)] == ["Cancelled", "Cancelled", "New"]


def test_a_reduce_only_order_is_cut_to_the_position_and_refused_beside_it() -> None:
    customer = Customer()
    customer.sell_perp("1")
    assert customer.refused_order("linear", "Sell", "1", reduceOnly=True) == 110017
    row = customer.order("linear", "Buy", "3", reduceOnly=True)
    assert (row["qty"], row["cumExecQty"], row["reduceOnly"]) == ("1", "1", True)
    assert customer.position()["size"] == "0"
    assert customer.refused_order("linear", "Buy", "1", reduceOnly=True) == 110017


def test_resting_contract_orders_bind_margin_too() -> None:
    customer = Customer(balances={"USDT": D(15)})
    customer.order("linear", "Sell", "1", "104")  # 10.52012 with its fees
    assert customer.refused_order("linear", "Sell", "1", "104") == 110007
    assert customer.order("linear", "Sell", "0.4", "104")["orderStatus"] == "New"


def test_what_traded_in_the_minute_before_an_order_does_not_fill_it() -> None:
    customer = Customer()
    customer.market.move("BTCUSDT", minute(1) + 10_000, "90")
    customer.market.move("BTCUSDT", minute(1) + 20_000, "100")
    customer.step(minute(1) + 30_000)
    placed = customer.order("linear", "Buy", "1", "95")["orderId"]
    for at_ms in (minute(1) + 50_000, minute(5)):
        customer.step(at_ms)
        assert customer.row("linear", placed)["orderStatus"] == "New"


def test_what_trades_in_a_minute_after_it_was_looked_at_fills_an_order() -> None:
    customer = Customer()
    placed = customer.order("linear", "Buy", "1", "95")["orderId"]
    customer.step(minute(1) + 10_000)
    customer.market.move("BTCUSDT", minute(1) + 30_000, "90")
    customer.market.move("BTCUSDT", minute(1) + 31_000, "100")
    customer.step(minute(9))
    assert customer.row("linear", placed)["updatedTime"] == str(minute(2))


def test_an_order_that_was_not_taken_up_before_its_market_ended_is_cancelled() -> None:
    customer = Customer()
    clock = RunningClock(GONE - 1, D(1), customer.wall)
    customer.use(Account(customer.market, clock, AccountSettings(accept_ms=100)))
    ask = {"category": "linear", "symbol": "DEADUSDT", "side": "Sell", "orderType": "Market", "qty": "1"}
    created = customer.post("/v5/order/create", **ask)
    customer.pass_wall(100)
    row = customer.row("linear", created["orderId"])
    assert (row["orderStatus"], row["cancelType"], row["cumExecQty"]) == ("Cancelled", "CancelBySettle", "0")


def test_a_resting_reduce_only_order_goes_when_there_is_nothing_left_to_reduce() -> None:
    customer = Customer()
    customer.sell_perp("1")
    resting = customer.order("linear", "Buy", "1", "95", reduceOnly=True)
    customer.order("linear", "Buy", "1", reduceOnly=True)
    customer.market.move("BTCUSDT", minute(5), "90")
    customer.step(minute(10))
    row = customer.row("linear", resting["orderId"])
    assert (row["orderStatus"], row["cancelType"]) == ("Cancelled", "CancelByReduceOnly")


def test_a_hidden_order_is_denied_for_its_time_only() -> None:
    customer = Customer()
    order_id = customer.sell_perp("1", orderLinkId="gone")["orderId"]
    customer.control("hide", category="linear", orderLinkId="gone", ms=500)
    for path in ("/v5/order/realtime", "/v5/order/history"):
        assert customer.get(path, category="linear", orderLinkId="gone")["list"] == []
    assert len(customer.executions()) == 1  # what it did is there all the same
    customer.pass_wall(500)
    assert customer.row("linear", order_id)["orderStatus"] == "Filled"


def test_an_unknown_control_target_is_refused() -> None:
    customer = Customer()
    with pytest.raises(Refusal):
        customer.control("hide", category="linear", orderLinkId="nobody", ms=5)


@pytest.mark.parametrize("ms", ["4102444800001", "1e29", "-1", "soon"])
def test_a_while_beyond_all_time_is_refused_and_the_account_can_still_be_written(ms: str) -> None:
    customer = Customer()
    customer.sell_perp("1", orderLinkId="here")
    for ask in ({"name": "accept-ms"}, {"name": "hide", "category": "linear", "orderLinkId": "here"}):
        with pytest.raises(Refusal):
            customer.control(**ask, ms=ms)
    with pytest.raises(Refusal):
        customer.control("interest", amount="1", at=ms)
    orjson.dumps(customer.account.dump())

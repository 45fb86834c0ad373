"""What the venue tells and for how long: windows, pages, retention, who outranks whom in a query."""

from __future__ import annotations

from decimal import Decimal
from urllib.parse import unquote

import pytest

from fundarb.sandbox.account import trading
from fundarb.sandbox.envelope import Refusal
from fundarb.sandbox.market.source import DAY, HOUR
from tests.sandbox.account.customer import Customer
from tests.sandbox.account.scripted import T0

D = Decimal


def test_open_orders_are_told_by_default_and_closed_ones_when_asked_for() -> None:
    customer = Customer()
    filled = customer.order("linear", "Buy", "1")["orderId"]
    resting = customer.order("linear", "Buy", "1", "90", orderLinkId="mine")["orderId"]
    ask = {"category": "linear", "symbol": "BTCUSDT"}
    realtime = "/v5/order/realtime"
    assert [each["orderId"] for each in customer.get(realtime, **ask)["list"]] == [resting]
    assert [each["orderId"] for each in customer.get(realtime, **ask, openOnly=1)["list"]] == [filled]
    assert [each["orderId"] for each in customer.get("/v5/order/history", **ask)["list"]] == [filled]
    assert customer.get(realtime, category="linear", settleCoin="USDC")["list"] == []
    assert len(customer.get(realtime, category="linear", baseCoin="BTC")["list"]) == 1
    assert customer.get(realtime, **ask, orderFilter="StopOrder")["list"] == []
    assert customer.get(realtime, category="spot", orderLinkId="mine")["list"] == []
    with pytest.raises(Refusal):
        customer.get(realtime, category="linear")


def test_an_order_id_outranks_the_link_even_when_it_is_nonsense() -> None:
    customer = Customer()
    customer.order("spot", "Buy", "1", orderLinkId="mine")
    ask = {"category": "spot", "symbol": "BTCUSDT", "orderLinkId": "mine"}
    assert len(customer.get("/v5/order/realtime", **ask)["list"]) == 1
    assert customer.get("/v5/order/realtime", **ask, orderId="None")["list"] == []
    assert customer.get("/v5/execution/list", **ask, orderId="None")["list"] == []


def test_realtime_keeps_the_latest_closed_orders_only_and_none_over_a_restart(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(trading, "KEPT_CLOSED", 3)
    customer = Customer()
    ids = [customer.order("linear", side, "1")["orderId"] for side in ("Buy", "Sell", "Buy", "Sell")]
    ask = {"category": "linear", "symbol": "BTCUSDT"}
    known = [each["orderId"] for each in customer.get("/v5/order/realtime", **ask, openOnly=1)["list"]]
    assert known == [ids[3], ids[2], ids[1]]
    assert customer.get("/v5/order/realtime", category="linear", orderId=ids[0])["list"] == []
    assert len(customer.get("/v5/order/history", **ask)["list"]) == 4
    customer.control("forget-closed")
    assert customer.get("/v5/order/realtime", **ask, openOnly=1)["list"] == []
    assert len(customer.get("/v5/order/history", **ask)["list"]) == 4


def test_an_order_cancelled_without_a_fill_leaves_history_after_a_day() -> None:
    customer = Customer()
    void = customer.order("linear", "Buy", "1", "90", timeInForce="IOC")["orderId"]
    filled = customer.order("linear", "Buy", "1")["orderId"]
    history = "/v5/order/history"
    customer.step(T0 + DAY)
    assert [each["orderId"] for each in customer.get(history, category="linear")["list"]] == [filled, void]
    customer.step(T0 + DAY + 1)
    assert [each["orderId"] for each in customer.get(history, category="linear")["list"]] == [filled]
    customer.step(T0 + 8 * DAY)
    assert customer.get(history, category="linear")["list"] == []  # the last week by default
    assert len(customer.get(history, category="linear", orderId=filled)["list"]) == 1
    assert len(customer.get(history, category="linear", startTime=T0)["list"]) == 1


def test_history_filters_by_status() -> None:
    customer = Customer()
    customer.order("linear", "Buy", "1")
    ask = {"category": "linear", "symbol": "BTCUSDT"}
    assert len(customer.get("/v5/order/history", **ask, orderStatus="Filled")["list"]) == 1
    assert customer.get("/v5/order/history", **ask, orderStatus="Cancelled")["list"] == []


@pytest.mark.parametrize("path", ["/v5/order/history", "/v5/execution/list", "/v5/account/transaction-log"])
def test_a_window_wider_than_a_week_is_refused_and_a_week_is_not(path: str) -> None:
    customer = Customer()
    customer.get(path, category="linear", startTime=T0 - 7 * DAY, endTime=T0)
    for window in ((T0 - 7 * DAY - 1, T0), (T0, T0 - 1)):
        with pytest.raises(Refusal, match="10001"):
            customer.get(path, category="linear", startTime=window[0], endTime=window[1])


def test_one_bound_reaches_as_far_as_the_default() -> None:
    customer = Customer()
    customer.sell_perp("1")
    for number in range(1, 31):
        customer.market.settle("BTCUSDT", T0 + number * 8 * HOUR, "0.0001")
    customer.step(T0 + 10 * DAY)
    lone_start = customer.executions(startTime=T0, limit=100)
    assert [int(each["execTime"]) for each in lone_start][:1] == [T0 + 7 * DAY]
    assert len(lone_start) == 22  # the trade and 21 settlements
    lone_end = customer.executions(endTime=T0 + 8 * DAY, limit=100)
    assert (len(lone_end), lone_end[-1]["execTime"]) == (22, str(T0 + DAY))
    assert len(customer.executions(limit=100)) == 22
    assert customer.get("/v5/execution/list", category="linear", limit=100)["nextPageCursor"] == ""
    assert len(customer.log()) == 4  # of the log a day: both its ends are in it
    assert len(customer.log(startTime=T0)) == 5  # the deposit, the trade and three settlements
    assert len(customer.log(endTime=T0 + DAY)) == 5


def test_pages_join_without_a_gap_while_new_rows_arrive() -> None:
    customer = Customer()
    customer.sell_perp("1")
    for number in range(1, 25):
        customer.market.settle("BTCUSDT", T0 + number * HOUR, "0.0001")
    customer.step(T0 + 20 * HOUR)
    ask = {"category": "linear", "execType": "Funding", "limit": 5}
    stamps: list[int] = []
    cursor = ""
    while True:
        answer = customer.get("/v5/execution/list", **ask, **({"cursor": cursor} if cursor else {}))
        stamps += [int(each["execTime"]) for each in answer["list"]]
        cursor = answer["nextPageCursor"]
        if not answer["list"]:
            break
        assert unquote(cursor) != cursor  # percent-encoded, as the venue hands it out
        customer.step(customer.clock.now_ms() + HOUR // 2)
    assert stamps == [T0 + number * HOUR for number in range(20, 0, -1)]  # the last full page led to an empty one
    with pytest.raises(Refusal):
        customer.get("/v5/execution/list", **ask, cursor="nonsense")


@pytest.mark.parametrize(
    ("path", "default", "most"),
    [
        ("/v5/order/history", 20, 50),
        ("/v5/execution/list", 50, 100),
        ("/v5/account/transaction-log", 20, 50),
    ],
)
def test_each_list_has_its_default_and_its_most(path: str, default: int, most: int) -> None:
    customer = Customer()
    for number in range(110):
        customer.order("linear", "Buy" if number % 2 else "Sell", "0.1")
    assert len(customer.get(path, category="linear")["list"]) == default
    assert len(customer.get(path, category="linear", limit=1000)["list"]) == most


def test_the_log_is_filtered_by_coin_kind_category_and_base() -> None:
    customer = Customer()
    customer.order("spot", "Buy", "1")
    customer.sell_perp("1")
    customer.sell_perp("1", symbol="ETHUSDT")
    assert {each["currency"] for each in customer.log(currency="BTC")} == {"BTC"}
    assert [each["symbol"] for each in customer.log(category="linear")] == ["ETHUSDT", "BTCUSDT"]
    assert [each["symbol"] for each in customer.log(baseCoin="ETH")] == ["ETHUSDT"]
    assert [each["type"] for each in customer.log(type="TRANSFER_IN")] == ["TRANSFER_IN"]
    with pytest.raises(Refusal):
        customer.log(accountType="CONTRACT")


def test_executions_are_found_by_their_order_whatever_the_time() -> None:
    customer = Customer()
    first = customer.sell_perp("1", orderLinkId="one")["orderId"]
    customer.sell_perp("1", symbol="ETHUSDT")
    customer.step(T0 + 30 * DAY)
    assert [each["orderId"] for each in customer.executions(orderId=first)] == [first]
    assert [each["orderId"] for each in customer.executions(orderLinkId="one", symbol="ETHUSDT")] == [first]
    assert customer.executions() == []


def test_positions_are_asked_by_symbol_or_settle_coin() -> None:
    customer = Customer()
    customer.sell_perp("1")
    customer.sell_perp("1", symbol="ETHUSDT")
    path = "/v5/position/list"
    listed = customer.get(path, category="linear", settleCoin="USDT", limit=200)
    assert ([each["symbol"] for each in listed["list"]], listed["nextPageCursor"]) == (["BTCUSDT", "ETHUSDT"], "")
    first = customer.get(path, category="linear", settleCoin="USDT", limit=1)
    second = customer.get(path, category="linear", settleCoin="USDT", limit=1, cursor=first["nextPageCursor"])
    assert [each["list"][0]["symbol"] for each in (first, second)] == ["BTCUSDT", "ETHUSDT"]
    flat = customer.get(path, category="linear", symbol="DEADUSDT")["list"][0]
    assert (flat["side"], flat["size"], flat["liqPrice"], flat["seq"]) == ("", "0", "", -1)
    assert customer.get(path, category="linear", settleCoin="USDC")["list"] == []
    for wrong in ({}, {"symbol": "NOUSDT"}):
        with pytest.raises(Refusal):
            customer.get(path, category="linear", **wrong)


def test_a_trade_only_key_is_told_nothing_of_coins() -> None:
    customer = Customer(trade_only=True)
    with pytest.raises(Refusal, match="10005"):
        customer.get("/v5/asset/coin/query-info")
    assert customer.get("/v5/user/query-api")["permissions"]["Wallet"] == []
    assert {each["coin"] for each in Customer().get("/v5/asset/coin/query-info")["rows"]} == {
        "BTC", "DEAD", "ETH", "MNT", "USDT"
    }  # fmt: skip


def test_a_fee_rate_needs_its_category() -> None:
    customer = Customer()
    (row,) = customer.get("/v5/account/fee-rate", category="linear", symbol="BTCUSDT")["list"]
    assert row == {"symbol": "BTCUSDT", "takerFeeRate": "0.00055", "makerFeeRate": "0.0002"}
    assert len(customer.get("/v5/account/fee-rate", category="spot", baseCoin="MNT")["list"]) == 1
    for wrong in ({}, {"category": "spot", "symbol": "NOUSDT"}):
        with pytest.raises(Refusal, match="10001"):
            customer.get("/v5/account/fee-rate", **wrong)


def test_the_wallet_shows_isolated_margin_as_used_and_leaves_the_whole_accounts_blank() -> None:
    customer = Customer()
    customer.market.levels = [(0, D(1000))]
    customer.sell_perp("2")
    customer.order("spot", "Buy", "1", "90")
    totals = customer.get("/v5/account/wallet-balance", accountType="UNIFIED", coin="USDT")["list"][0]
    (coin,) = totals["coin"]
    assert (coin["walletBalance"], coin["locked"], coin["totalPositionIM"]) == ("9999.89", "90", "20.121")
    assert coin["availableToWithdraw"] == totals["totalAvailableBalance"] == totals["accountIMRate"] == ""
    customer.market.move("BTCUSDT", T0 + 1, "101", ("mark",))
    customer.step(T0 + 2)
    (coin,) = customer.get("/v5/account/wallet-balance", accountType="UNIFIED", coin="USDT")["list"][0]["coin"]
    assert (coin["unrealisedPnl"], coin["equity"], coin["usdValue"]) == ("-2", "9997.89", "9997.89")
    resting = customer.order("linear", "Sell", "1", "104")
    (coin,) = customer.get("/v5/account/wallet-balance", accountType="UNIFIED", coin="USDT")["list"][0]["coin"]
    assert coin["totalOrderIM"] == "10.52012"  # 104 / 10 + 0.0572 to open + (104 + 10.4) * 0.00055 to close
    assert resting["orderStatus"] == "New"
    with pytest.raises(Refusal):
        customer.get("/v5/account/wallet-balance", accountType="CONTRACT")

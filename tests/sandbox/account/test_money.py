"""Money by hand: fees in their coins, realised profit, averages, funding, transfers, and the lines that explain them."""

from __future__ import annotations

from decimal import Decimal

import pytest

from fundarb.sandbox.account import FeeRates
from fundarb.sandbox.market.source import HOUR
from tests.sandbox.account.customer import Customer
from tests.sandbox.account.scripted import T0, minute

D = Decimal


def test_a_spot_purchase_pays_its_fee_in_the_base_coin() -> None:
    customer = Customer()
    customer.market.levels = [(0, D(1000))]
    row = customer.order("spot", "Buy", "2")
    assert row["cumExecQty"] == "2"  # gross
    assert (row["cumFeeDetail"], row["cumExecFee"]) == ({"BTC": "0.002"}, "0.002")
    assert (customer.coin("BTC"), customer.coin()) == (D("1.998"), D(9800))
    (execution,) = customer.executions("spot")
    assert (execution["execFee"], execution["feeCurrency"], execution["feeRate"]) == ("0.002", "BTC", "0.001")
    quote, base = customer.log(type="TRADE")
    assert (quote["currency"], quote["change"], quote["fee"], quote["cashFlow"]) == ("USDT", "-200", "0", "-200")
    assert (base["currency"], base["change"], base["fee"], base["cashFlow"]) == ("BTC", "1.998", "0.002", "2")
    assert base["tradeId"] == quote["tradeId"] == execution["execId"]


def test_a_spot_sale_pays_its_fee_in_the_quote_coin() -> None:
    customer = Customer(balances={"BTC": D(2)})
    customer.market.levels = [(0, D(1000))]
    row = customer.order("spot", "Sell", "2")
    assert row["cumFeeDetail"] == {"USDT": "0.2"}
    assert (customer.coin("BTC"), customer.coin()) == (D(0), D("199.8"))


def test_a_third_coin_pays_the_fee_while_there_is_enough_of_it() -> None:
    customer = Customer(balances={"USDT": D(1000), "MNT": D("0.15")}, fee_coin="MNT")
    customer.market.levels = [(0, D(1000))]
    row = customer.order("spot", "Buy", "2")  # 200 * 0.001 / 2 = 0.1 MNT
    assert row["cumFeeDetail"] == {"MNT": "0.1"}
    assert (customer.coin("BTC"), customer.coin("MNT")) == (D(2), D("0.05"))
    assert customer.executions("spot")[0]["feeCurrency"] == "MNT"
    assert customer.log(currency="MNT", type="TRADE")[0]["change"] == "-0.1"
    assert customer.order("spot", "Buy", "2")["cumFeeDetail"] == {"BTC": "0.002"}  # 0.05 is not enough
    customer.control("fee-coin", coin="")
    customer.control("deposit", coin="MNT", amount="9")
    assert customer.order("spot", "Buy", "2")["cumFeeDetail"] == {"BTC": "0.002"}


def test_contract_fees_are_in_usdt_at_the_rates_of_the_market() -> None:
    special = {("linear", "ETHUSDT"): FeeRates(taker=D("0.001"), maker=D("0.0005"))}
    customer = Customer(special_fees=special)
    customer.market.levels = [(0, D(1000))]
    assert customer.sell_perp("2")["cumFeeDetail"] == {"USDT": "0.11"}
    assert customer.sell_perp("2", symbol="ETHUSDT")["cumFeeDetail"] == {"USDT": "0.2"}
    assert customer.coin() == D("9999.69")
    rates = customer.get("/v5/account/fee-rate", category="linear")["list"]
    assert {each["symbol"]: each["takerFeeRate"] for each in rates} == {
        "BTCUSDT": "0.00055", "ETHUSDT": "0.001", "DEADUSDT": "0.00055"
    }  # fmt: skip


def test_profit_is_realised_against_the_average_in_either_direction() -> None:
    customer = Customer(linear_fees=FeeRates(D(0), D(0)))
    customer.market.levels = [(0, D(1000))]
    customer.sell_perp("1")
    customer.market.move("BTCUSDT", minute(1), "103")
    customer.step(minute(2))
    customer.sell_perp("2")
    assert customer.position()["avgPrice"] == "102"  # (100 + 2 * 103) / 3
    customer.market.move("BTCUSDT", minute(3), "99")
    customer.step(minute(4))
    customer.order("linear", "Buy", "1", reduceOnly=True)
    assert customer.coin() == D(10003)
    customer.order("linear", "Buy", "5")  # closes 2 and turns
    row = customer.position()
    assert (row["side"], row["size"], row["avgPrice"], customer.coin()) == ("Buy", "3", "99", D(10009))
    assert (row["cumRealisedPnl"], row["curRealisedPnl"]) == ("9", "0")
    newest = customer.executions()[0]
    assert (newest["closedSize"], newest["execPnl"]) == ("2", "6")
    line = customer.log(type="TRADE")[0]
    assert (line["cashFlow"], line["change"], line["size"], line["qty"]) == ("6", "6", "3", "5")


def test_shorts_receive_a_positive_rate_and_the_signs_are_the_venues() -> None:
    customer = Customer()
    customer.market.levels = [(0, D(1000))]
    customer.sell_perp("2")
    before = customer.coin()
    customer.market.move("BTCUSDT", minute(1), "101", ("mark",))
    customer.market.settle("BTCUSDT", T0 + 8 * HOUR, "0.0003")
    customer.step(T0 + 8 * HOUR)
    assert customer.coin() - before == D("0.0606")  # 2 * 101 * 0.0003
    (funding,) = customer.executions(execType="Funding")
    assert (funding["execFee"], funding["feeRate"], funding["side"]) == ("-0.0606", "-0.0003", "Sell")
    assert (funding["execPrice"], funding["execQty"], funding["execValue"]) == ("101", "2", "202")
    (line,) = customer.log(type="SETTLEMENT")
    assert (line["funding"], line["change"], line["feeRate"], line["fee"]) == ("0.0606", "0.0606", "-0.0003", "0")
    assert (line["transactionTime"], line["size"]) == (str(T0 + 8 * HOUR), "-2")


def test_longs_pay_a_positive_rate_and_shorts_a_negative_one() -> None:
    customer = Customer()
    customer.order("linear", "Buy", "2")
    customer.sell_perp("3", symbol="ETHUSDT")
    for symbol, rate in (("BTCUSDT", "0.0003"), ("ETHUSDT", "-0.001")):
        customer.market.settle(symbol, T0 + 8 * HOUR, rate)
    customer.step(T0 + 8 * HOUR)
    paid = {each["symbol"]: (each["execFee"], each["feeRate"]) for each in customer.executions(execType="Funding")}
    assert paid == {"BTCUSDT": ("0.06", "0.0003"), "ETHUSDT": ("0.3", "0.001")}
    lines = {each["symbol"]: each["funding"] for each in customer.log(type="SETTLEMENT")}
    assert lines == {"BTCUSDT": "-0.06", "ETHUSDT": "-0.3"}


def test_only_a_position_open_before_the_stamp_settles() -> None:
    customer = Customer()
    for stamp in (T0, T0 + HOUR, T0 + 2 * HOUR):
        customer.market.settle("BTCUSDT", stamp, "0.01")
    customer.sell_perp("1")  # at T0, after the settlement of T0
    customer.step(T0 + HOUR)
    customer.order("linear", "Buy", "1", reduceOnly=True)  # at the stamp, settled before
    customer.step(T0 + 3 * HOUR)
    assert [each["execTime"] for each in customer.executions(execType="Funding")] == [str(T0 + HOUR)]


def test_a_jump_of_days_settles_every_stamp_at_the_mark_of_its_time() -> None:
    customer = Customer(linear_fees=FeeRates(D(0), D(0)))
    customer.market.levels = [(0, D(1000))]
    customer.sell_perp("1")
    for number in range(1, 22):
        customer.market.move("BTCUSDT", T0 + number * 8 * HOUR - HOUR, str(90 + number % 5), ("mark",))
        customer.market.settle("BTCUSDT", T0 + number * 8 * HOUR, "0.0001")
    customer.step(T0 + 7 * 24 * HOUR)
    expected = sum((D(90 + number % 5) * D("0.0001") for number in range(1, 22)), D(10_000))
    assert customer.coin() == expected


def test_funding_that_the_free_balance_cannot_pay_comes_out_of_the_margin() -> None:
    customer = Customer(balances={"USDT": D(52)}, linear_fees=FeeRates(D(0), D(0)))
    customer.market.levels = [(0, D(1000))]
    customer.post("/v5/position/set-leverage", category="linear", symbol="BTCUSDT", buyLeverage="2", sellLeverage="2")
    customer.sell_perp("1")  # 50 posted, 2 left
    assert customer.position()["liqPrice"].startswith("149.2537")  # 150 / 1.005
    customer.market.settle("BTCUSDT", T0 + HOUR, "-0.05")
    customer.step(T0 + HOUR)
    row = customer.position()  # 5 to pay: 2 from the balance, 3 from the margin
    assert (row["positionBalance"], row["bustPrice"], row["updatedTime"]) == ("47", "147", str(T0 + HOUR))
    assert customer.coin() == D(47)
    (coin,) = customer.get("/v5/account/wallet-balance", accountType="UNIFIED")["list"][0]["coin"]
    assert coin["totalPositionIM"] == "47"
    customer.control("deposit", coin="USDT", amount="10")
    customer.control("withdraw", coin="USDT", amount="9")  # what margin has lost is not asked for again
    assert customer.refused("/sandbox/account/withdraw", coin="USDT", amount="1.01") == 131212
    customer.order("linear", "Buy", "0.5", reduceOnly=True)
    assert (customer.position()["positionBalance"], customer.position()["bustPrice"]) == ("23.5", "147")


def test_interest_is_charged_each_hour_on_what_is_owed() -> None:
    customer = Customer(balances={"USDT": D(1)}, isolated=False, borrow_rate_hourly=D("0.001"))
    customer.control("interest", coin="USDT", amount="11")
    assert customer.coin() == D(-10)
    customer.step(T0 + 2 * HOUR + 1)
    assert customer.coin() == D("-10.02001")  # 10 * 1.001^2
    lines = customer.log(type="INTEREST")
    assert [each["change"] for each in lines] == ["-0.01001", "-0.01", "-11"]
    (coin,) = customer.get("/v5/account/wallet-balance", accountType="UNIFIED")["list"][0]["coin"]
    assert coin["borrowAmount"] == "10.02001"


def test_interest_over_months_stays_a_number_of_twelve_decimals() -> None:
    customer = Customer(balances={"USDT": D(1)}, isolated=False, borrow_rate_hourly=D("0.00001234567"))
    customer.control("interest", coin="USDT", amount="11")
    customer.step(T0 + 1000 * HOUR)
    assert len(customer.log(type="INTEREST", limit=50)) == 25  # of the last day
    assert -D("10.13") < customer.coin() < -D("10.12")  # 10 * 1.00001234567^1000 = 10.1242


def test_rebates_come_now_or_when_they_are_due() -> None:
    customer = Customer()
    customer.control("rebate", amount="1.5")
    customer.control("rebate", coin="MNT", amount="3", at=T0 + HOUR)
    assert customer.coin("MNT") == 0
    customer.step(T0 + 5 * HOUR)
    late, now = customer.log(type="FEE_REFUND")
    assert (now["change"], now["transactionTime"], now["cashBalance"]) == ("1.5", str(T0), "10001.5")
    assert (late["currency"], late["transactionTime"]) == ("MNT", str(T0 + HOUR))


def test_transfers_move_coins_between_the_accounts_once() -> None:
    customer = Customer()
    ask = {"transferId": "one", "coin": "USDT", "amount": "2500", "fromAccountType": "UNIFIED", "toAccountType": "FUND"}
    assert customer.post("/v5/asset/transfer/inter-transfer", **ask)["transferId"] == "one"
    assert customer.coin() == D(7500)
    funds = customer.get("/v5/asset/transfer/query-account-coins-balance", accountType="FUND")["balance"]
    assert funds == [{"coin": "USDT", "walletBalance": "2500", "transferBalance": "2500", "bonus": ""}]
    assert customer.log()[0]["type"] == "TRANSFER_OUT"
    assert customer.refused("/v5/asset/transfer/inter-transfer", **ask) == 131214
    back = ask | {"transferId": "two", "fromAccountType": "FUND", "toAccountType": "UNIFIED", "amount": "2500.5"}
    assert customer.refused("/v5/asset/transfer/inter-transfer", **back) == 131212
    assert customer.refused("/v5/asset/transfer/inter-transfer", **back | {"toAccountType": "FUND"}) == 131211
    assert customer.refused("/v5/asset/transfer/inter-transfer", **back | {"amount": "0"}) == 131215
    customer.post("/v5/asset/transfer/inter-transfer", **back | {"amount": "500"})
    listed = customer.get("/v5/asset/transfer/query-inter-transfer-list")["list"]
    assert [(each["transferId"], each["amount"], each["status"]) for each in listed] == [
        ("two", "500", "SUCCESS"), ("one", "2500", "SUCCESS")
    ]  # fmt: skip


def test_posted_margin_can_not_be_taken_out() -> None:
    customer = Customer(linear_fees=FeeRates(D(0), D(0)))
    customer.market.levels = [(0, D(1000))]
    customer.sell_perp("10")  # 1000 / 10 posted
    out = {"transferId": "a", "coin": "USDT", "fromAccountType": "UNIFIED", "toAccountType": "FUND"}
    assert customer.refused("/v5/asset/transfer/inter-transfer", **out, amount="9900.01") == 131212
    customer.post("/v5/asset/transfer/inter-transfer", **out, amount="9900")


@pytest.mark.parametrize("account", ["UNIFIED", "FUND"])
def test_deposits_and_withdrawals_cross_the_border_of_either_account(account: str) -> None:
    customer = Customer(balances={})
    assert customer.control("deposit", coin="BTC", amount="2", account=account) == {"coin": "BTC", "balance": "2"}
    assert customer.control("withdraw", coin="BTC", amount="0.5", account=account)["balance"] == "1.5"
    assert customer.refused("/sandbox/account/withdraw", coin="BTC", amount="1.6", account=account) == 131212
    assert customer.refused("/sandbox/account/deposit", coin="BTC", amount="1", account="SPOT") == 10001

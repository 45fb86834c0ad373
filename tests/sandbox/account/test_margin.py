"""Isolated margin: the level of Bybit's published formula, liquidation, deleveraging, delisting, leverage and modes."""

from __future__ import annotations

from decimal import Decimal

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from fundarb.sandbox.account import FeeRates
from fundarb.sandbox.account.margin import bust_price, initial_margin, liquidation_price, maintenance_margin, unrealised
from fundarb.sandbox.account.records import Position
from fundarb.sandbox.market.source import HOUR
from tests.sandbox.account.customer import Customer
from tests.sandbox.account.scripted import GONE, T0, minute

D = Decimal
TAKER, RATE = D("0.00055"), D("0.005")


def short(size: str = "-1", average: str = "100", leverage: str = "3", extra: str = "0") -> Position:
    return Position("BTCUSDT", 0, D(size), D(average), D(leverage), D(extra), created_ms=0, changed_ms=0)


@pytest.mark.parametrize(
    ("leverage", "level"),
    [("1", "199.004975"), ("2", "149.253731"), ("3", "132.669983"), ("5", "119.402985"), ("10", "109.452736")],
)
def test_the_level_of_a_short_is_the_published_one(leverage: str, level: str) -> None:
    """entry × (1 + 1/L) / (1 + rate): the estimated fee to close is in both margins and cancels."""
    assert str(liquidation_price(short(leverage=leverage), TAKER, RATE)).startswith(level)


def test_extra_margin_moves_the_level_by_its_share_after_the_fee() -> None:
    """(entry × size × (1 + 1/L) + extra / (1 + fee)) / (size × (1 + rate)), as published for added margin."""
    position = short("-2", "100", "2", "10.0055")
    assert bust_price(position, TAKER) == D(155)  # 150 + 10 / 2
    assert str(liquidation_price(position, TAKER, RATE)).startswith("154.22885")


sizes = st.decimals("0.001", "1000", places=3)
prices = st.decimals("0.0001", "100000", places=4)
leverages = st.decimals("1", "50", places=2)


@given(size=sizes, price=prices, leverage=leverages, sell=st.booleans(), extra=st.decimals("0", "5", places=3))
@settings(max_examples=200, deadline=None)
def test_at_the_level_margin_meets_maintenance_and_at_bust_nothing_is_left(
    size: Decimal, price: Decimal, leverage: Decimal, sell: bool, extra: Decimal
) -> None:
    if not sell and (leverage < 2 or extra > size * price / 4 // 1):
        leverage, extra = leverage + 1, D(0)
    position = Position("X", 0, -size if sell else size, price, leverage, extra, created_ms=0, changed_ms=0)
    near = D("1e-9") * (1 + size)
    level = liquidation_price(position, TAKER, RATE)
    bust = bust_price(position, TAKER)
    posted = initial_margin(position, TAKER) + extra
    spare = extra * TAKER * D("1.001")  # the formula lets extra margin pay its own part of the fee
    equity = posted + unrealised(position, level)
    assert abs(equity - maintenance_margin(position, level, TAKER, RATE)) <= near + spare
    assert abs(posted + unrealised(position, bust) - size * bust * TAKER) <= near


def test_a_short_is_liquidated_when_the_mark_gets_there_and_loses_what_it_posted() -> None:
    customer = Customer()
    customer.market.levels = [(0, D(1000))]
    customer.sell_perp("2")  # at 10x: 20 posted, (200 + 20) * 0.00055 = 0.121 to close, 0.11 paid to open
    assert customer.position()["positionIM"] == "20.121"
    resting = customer.order("linear", "Buy", "1", "90")["orderId"]
    customer.market.move("BTCUSDT", minute(3), "109.4", ("mark",))
    customer.step(minute(10))
    assert customer.position()["size"] == "2"
    customer.market.move("BTCUSDT", minute(12), "109.5", ("mark",))
    customer.market.move("BTCUSDT", minute(12), "89", ("linear",))  # its order would be filled in the same minute
    customer.market.move("BTCUSDT", minute(13), "100", ("mark", "linear"))
    customer.step(minute(600))
    assert customer.position()["size"] == "0"
    assert customer.coin() == D(10_000) - D("0.11") - D("20.121")
    (bust,) = customer.executions(execType="BustTrade")
    assert (bust["execPrice"], bust["execQty"], bust["side"], bust["execTime"]) == ("110", "2", "Buy", str(minute(13)))
    assert (bust["execFee"], bust["closedSize"]) == ("0.121", "2")
    (line,) = customer.log(type="LIQUIDATION")
    assert (line["cashFlow"], line["fee"], line["change"], line["size"]) == ("-20", "0.121", "-20.121", "0")
    order = customer.row("linear", resting)
    assert (order["orderStatus"], order["cancelType"]) == ("Cancelled", "CancelAllBeforeLiq")
    assert len(customer.executions()) == 2


def test_a_high_before_the_entry_does_not_count() -> None:
    customer = Customer()
    customer.market.move("BTCUSDT", minute(1), "150", ("mark",))
    customer.market.move("BTCUSDT", minute(1) + 20_000, "100", ("mark",))
    customer.step(minute(1) + 30_000)
    customer.sell_perp("1")
    customer.step(minute(100))
    assert customer.position()["size"] == "1"


def test_a_spike_is_found_whether_looked_at_once_or_every_second() -> None:
    ends = []
    for stride in (1_000, 45_000, 10**9):
        customer = Customer()
        customer.sell_perp("2")
        customer.market.move("BTCUSDT", minute(61), "112", ("mark",))
        customer.market.move("BTCUSDT", minute(61) + 500, "100", ("mark",))
        customer.market.settle("BTCUSDT", minute(62), "0.01")
        at = minute(60) - 7_000
        while at < minute(63):
            customer.step(at)
            at += stride
        customer.step(minute(200))
        ends.append(customer.coin())
        assert len(customer.executions(execType="BustTrade")) == 1
        assert customer.executions(execType="Funding") == []
    assert len(set(ends)) == 1


def test_events_of_one_jump_happen_in_the_order_of_time() -> None:
    """Funding, then liquidation, then nothing more of that position: not funding after its end."""
    customer = Customer()
    customer.sell_perp("2")
    for number in range(1, 9):
        customer.market.settle("BTCUSDT", T0 + number * HOUR, "0.0001")
    customer.market.move("BTCUSDT", T0 + 3 * HOUR + 1, "120", ("mark",))
    customer.step(T0 + 8 * HOUR)
    kinds = [each["type"] for each in reversed(customer.log())]
    assert kinds == ["TRANSFER_IN", "TRADE", "SETTLEMENT", "SETTLEMENT", "SETTLEMENT", "LIQUIDATION"]


def test_everything_due_at_one_instant_happens_in_its_order() -> None:
    """An order traded through in the last minute before a settlement, the settlement, the hour's interest, an order."""
    customer = Customer(borrow_rate_hourly=D("0.001"))
    customer.sell_perp("2")
    customer.order("linear", "Buy", "0.5", "96")
    customer.control("interest", coin="MNT", amount="10")
    customer.market.settle("BTCUSDT", T0 + HOUR, "0.0001")
    customer.market.settle("ETHUSDT", T0 + HOUR, "0.0001")
    customer.market.move("BTCUSDT", T0 + HOUR - 30_000, "90", ("linear",))
    customer.market.move("BTCUSDT", T0 + HOUR - 10_000, "100", ("linear",))
    customer.step(T0 + HOUR)
    customer.sell_perp("1", symbol="ETHUSDT")  # at the stamp: too late for its settlement
    customer.step(T0 + HOUR + 1)
    lines = [(each["type"], each["symbol"], each["transactionTime"]) for each in reversed(customer.log())][3:]
    at = str(T0 + HOUR)
    assert lines == [
        ("TRADE", "BTCUSDT", at), ("SETTLEMENT", "BTCUSDT", at), ("INTEREST", "", at), ("TRADE", "ETHUSDT", at)
    ]  # fmt: skip
    assert customer.log(type="SETTLEMENT")[0]["qty"] == "1.5"


def test_a_candle_that_closes_at_a_settlement_liquidates_before_it() -> None:
    customer = Customer()
    customer.sell_perp("2")
    customer.market.move("BTCUSDT", T0 + HOUR - 30_000, "120", ("mark",))
    customer.market.settle("BTCUSDT", T0 + HOUR, "0.0001")
    customer.step(T0 + 2 * HOUR)
    assert [each["type"] for each in customer.log()] == ["LIQUIDATION", "TRADE", "TRANSFER_IN"]


def test_positions_that_touch_in_one_minute_all_go() -> None:
    customer = Customer()
    for symbol in ("BTCUSDT", "ETHUSDT"):
        customer.sell_perp("2", symbol=symbol)
        customer.market.move(symbol, minute(5), "120", ("mark",))
    customer.order("linear", "Buy", "1", "95", symbol="DEADUSDT")
    customer.market.move("DEADUSDT", minute(5), "90")
    customer.step(minute(300))
    assert {(each["symbol"], each["execTime"]) for each in customer.executions(execType="BustTrade")} == {
        ("BTCUSDT", str(minute(6))), ("ETHUSDT", str(minute(6)))
    }  # fmt: skip
    assert customer.position("DEADUSDT")["size"] == "1"


def test_regular_margin_is_never_liquidated_here_and_tells_the_whole_account() -> None:
    customer = Customer(isolated=False)
    customer.market.levels = [(0, D(1000))]
    customer.sell_perp("2")
    customer.market.move("BTCUSDT", minute(1), "120", ("mark",))
    customer.step(minute(90))
    row, wallet = customer.position(), customer.get("/v5/account/wallet-balance", accountType="UNIFIED")["list"][0]
    assert (row["size"], row["liqPrice"], row["unrealisedPnl"]) == ("2", "", "-40")
    assert wallet["totalMarginBalance"] == wallet["totalEquity"] == "9959.89"
    assert wallet["totalInitialMargin"] == "20.121"


def test_deleveraging_takes_a_part_at_a_price_and_leaves_the_average() -> None:
    customer = Customer()
    customer.market.levels = [(0, D(1000))]
    customer.sell_perp("2")
    resting = customer.order("linear", "Buy", "1", "90")["orderId"]
    before = customer.coin()
    customer.control("adl", symbol="BTCUSDT", fraction="0.3", price="97.5")
    row = customer.position()
    assert (row["size"], row["avgPrice"], customer.coin() - before) == ("1.4", "100", D("1.5"))
    (execution,) = customer.executions(execType="AdlTrade")
    assert (execution["execPrice"], execution["execQty"], execution["createType"]) == (
        "97.5", "0.6", "CreateByAdl_PassThrough"
    )  # fmt: skip
    assert customer.log()[0]["type"] == "ADL"
    assert customer.row("linear", resting)["cancelType"] == "CancelAllBeforeAdl"


def test_deleveraging_can_be_scheduled_and_finds_what_is_there_then() -> None:
    customer = Customer()
    customer.control("adl", symbol="BTCUSDT", fraction="1", at=T0 + 2 * HOUR)
    customer.control("bust", symbol="BTCUSDT", at=T0 + 3 * HOUR)
    customer.sell_perp("2")
    for hours in (1, 4):  # by the second nothing is left to settle
        customer.market.settle("BTCUSDT", T0 + hours * HOUR, "0.0001")
    customer.market.move("BTCUSDT", T0 + HOUR + 1, "101", ("mark",))
    customer.step(T0 + 9 * HOUR)
    adl, funding, _ = customer.executions()
    assert (adl["execType"], adl["execPrice"], adl["execTime"]) == ("AdlTrade", "101", str(T0 + 2 * HOUR))
    assert funding["execType"] == "Funding"
    assert customer.account.desk.state.scheduled == []


def test_misfortune_needs_a_position() -> None:
    customer = Customer()
    assert customer.refused("/sandbox/account/adl", symbol="BTCUSDT", fraction="0.5") == 10001
    assert customer.refused("/sandbox/account/bust", symbol="BTCUSDT") == 10001
    customer.sell_perp("1")
    assert customer.refused("/sandbox/account/adl", symbol="BTCUSDT", fraction="0.0001") == 10001
    assert customer.refused("/sandbox/account/adl", symbol="BTCUSDT", fraction="1.1") == 10001
    customer.control("bust", symbol="BTCUSDT")
    assert customer.executions()[0]["execType"] == "BustTrade"


def test_a_delisted_contract_settles_at_the_mean_index_of_its_last_half_hour() -> None:
    customer = Customer(linear_fees=FeeRates(D(0), D(0)), settle_fee=D("0.0005"))
    customer.market.levels = [(0, D(1000))]
    customer.sell_perp("2", symbol="DEADUSDT")
    resting = customer.order("spot", "Buy", "1", "96", symbol="DEADUSDT")["orderId"]
    customer.market.settle("DEADUSDT", GONE, "0.001")
    customer.market.move("DEADUSDT", GONE - 15 * 60_000, "98", ("index",))
    customer.market.move("DEADUSDT", GONE, "1")  # a price after the end is none
    customer.step(GONE + 5 * HOUR)
    (settled,) = customer.executions(execType="Settle")
    assert (settled["execPrice"], settled["execTime"], settled["execFee"]) == ("99", str(GONE), "0.099")
    assert customer.coin() == D(10_000) + D("0.2") + D(2) - D("0.099")  # funding at the end, then 1 * 2 won
    assert customer.log()[0]["type"] == "DELIVERY"
    assert customer.row("spot", resting)["cancelType"] == "CancelBySettle"
    assert customer.refused_order("linear", "Sell", "1", symbol="DEADUSDT") == 110074
    assert customer.refused_order("spot", "Buy", "1", symbol="DEADUSDT") == 170121


def test_a_coin_without_a_market_is_worth_nothing_in_the_wallet() -> None:
    customer = Customer(balances={"DEAD": D(3), "USDT": D(1)})
    rows = {
        each["coin"]: each
        for each in customer.get("/v5/account/wallet-balance", accountType="UNIFIED")["list"][0]["coin"]
    }
    assert rows["DEAD"]["usdValue"] == "300"
    customer.step(GONE)
    after = customer.get("/v5/account/wallet-balance", accountType="UNIFIED", coin="DEAD")["list"][0]
    assert (after["coin"][0]["usdValue"], after["coin"][0]["equity"], after["totalEquity"]) == ("0", "3", "1")


def test_leverage_is_set_once_and_within_its_bounds() -> None:
    customer = Customer()
    ask = {"category": "linear", "symbol": "BTCUSDT"}
    path = "/v5/position/set-leverage"
    assert customer.post(path, **ask, buyLeverage="2", sellLeverage="2") == {}
    assert customer.refused(path, **ask, buyLeverage="2", sellLeverage="2.0") == 110043
    assert customer.refused(path, **ask, buyLeverage="51", sellLeverage="51") == 110013
    assert customer.refused(path, **ask, buyLeverage="0.5", sellLeverage="0.5") == 110013
    assert customer.refused(path, **ask, buyLeverage="2", sellLeverage="3") == 10001
    assert customer.position()["leverage"] == "2"


def test_leverage_of_an_open_position_changes_what_it_posts_as_far_as_there_is_money() -> None:
    customer = Customer(balances={"USDT": D(60)}, linear_fees=FeeRates(D(0), D(0)))
    customer.market.levels = [(0, D(1000))]
    customer.sell_perp("1")
    ask = {"category": "linear", "symbol": "BTCUSDT"}
    customer.post("/v5/position/set-leverage", **ask, buyLeverage="2", sellLeverage="2")
    assert customer.position()["positionIM"] == "50"
    assert customer.refused("/v5/position/set-leverage", **ask, buyLeverage="1", sellLeverage="1") == 110012
    customer.market.move("BTCUSDT", minute(1), "120", ("mark",))
    customer.step(minute(2))
    assert customer.refused("/v5/position/set-leverage", **ask, buyLeverage="10", sellLeverage="10") == 110012
    assert customer.position()["positionIM"] == "50"


def test_a_level_set_anew_looks_at_what_comes_not_at_what_was() -> None:
    customer = Customer()
    ask = {"category": "linear", "symbol": "BTCUSDT"}
    customer.post("/v5/position/set-leverage", **ask, buyLeverage="2", sellLeverage="2")
    customer.sell_perp("1")
    customer.market.move("BTCUSDT", minute(1) + 10_000, "120", ("mark",))
    customer.market.move("BTCUSDT", minute(1) + 20_000, "100", ("mark",))
    customer.step(minute(1) + 30_000)
    customer.post("/v5/position/set-leverage", **ask, buyLeverage="10", sellLeverage="10")
    customer.step(minute(9))
    assert customer.position()["size"] == "1"


def test_leverage_nobody_set_is_the_usual_within_what_the_contract_allows() -> None:
    assert Customer(leverage=D(100)).position()["leverage"] == "50"
    assert Customer(leverage=D(3)).position()["leverage"] == "3"


def test_hedge_mode_holds_both_sides_and_needs_its_index() -> None:
    customer = Customer()
    switch = {"category": "linear", "symbol": "BTCUSDT"}
    assert customer.refused("/v5/position/switch-mode", **switch, mode=0) == 110025
    customer.post("/v5/position/switch-mode", **switch, mode=3)
    assert customer.refused_order("linear", "Sell", "1") == 10001
    customer.sell_perp("2", positionIdx=2)
    customer.order("linear", "Buy", "1", positionIdx=1)
    rows = customer.get("/v5/position/list", category="linear", symbol="BTCUSDT")["list"]
    assert [(each["positionIdx"], each["side"], each["size"]) for each in rows] == [(1, "Buy", "1"), (2, "Sell", "2")]
    assert customer.refused("/v5/position/switch-mode", **switch, mode=0) == 110024
    closing = customer.order("linear", "Buy", "5", positionIdx=2)  # the closing side of the short only reduces
    assert (closing["reduceOnly"], closing["cumExecQty"]) == (True, "2")
    assert customer.refused_order("linear", "Buy", "1", positionIdx=2) == 110017
    customer.order("linear", "Sell", "1", positionIdx=1)
    resting = customer.order("linear", "Buy", "1", "90", positionIdx=1)["orderId"]
    assert customer.refused("/v5/position/switch-mode", **switch, mode=0) == 110028
    customer.post("/v5/order/cancel", category="linear", symbol="BTCUSDT", orderId=resting)
    customer.account.advance()
    customer.post("/v5/position/switch-mode", **switch, mode=0)
    assert customer.position()["positionIdx"] == 0


def test_switching_a_coin_spares_what_is_busy() -> None:
    customer = Customer()
    customer.sell_perp("1")
    customer.post("/v5/position/switch-mode", category="linear", coin="USDT", mode=3)
    assert customer.sell_perp("1")["orderStatus"] == "Filled"  # BTC is one-way still
    assert customer.sell_perp("1", symbol="ETHUSDT", positionIdx=2)["orderStatus"] == "Filled"


def test_margin_mode_is_the_accounts_and_stays_while_it_is_in_use() -> None:
    customer = Customer(isolated=False)
    path = "/v5/account/set-margin-mode"
    assert customer.get("/v5/account/info")["marginMode"] == "REGULAR_MARGIN"
    assert customer.post(path, setMarginMode="ISOLATED_MARGIN") == {"reasons": []}
    assert customer.post(path, setMarginMode="ISOLATED_MARGIN") == {"reasons": []}
    assert customer.get("/v5/account/info")["marginMode"] == "ISOLATED_MARGIN"
    resting = customer.order("linear", "Buy", "1", "90")["orderId"]
    assert customer.refused(path, setMarginMode="REGULAR_MARGIN") == 3400045
    customer.post("/v5/order/cancel", category="linear", symbol="BTCUSDT", orderId=resting)
    customer.sell_perp("1")
    assert customer.refused(path, setMarginMode="REGULAR_MARGIN") == 3400045
    assert customer.refused(path, setMarginMode="PORTFOLIO_MARGIN") == 3400045
    assert customer.refused(path, setMarginMode="LOOSE") == 10001


def test_margin_is_added_to_an_isolated_position_out_of_what_is_free_and_taken_back_no_further() -> None:
    customer, path = Customer(), "/v5/position/add-margin"
    ask = {"category": "linear", "symbol": "BTCUSDT"}
    assert customer.refused(path, **ask, margin="10") == 10001  # nothing is held
    customer.sell_perp("2")
    before = customer.position()
    customer.post(path, **ask, margin="30", positionIdx=0)
    after = customer.position()
    assert D(after["positionBalance"]) - D(before["positionBalance"]) == 30
    assert after["positionIM"] == before["positionIM"]
    assert D(after["bustPrice"]) - D(before["bustPrice"]) == pytest.approx(D(15), abs=D("0.1"))
    assert D(after["liqPrice"]) > D(before["liqPrice"])
    assert customer.coin() == D(10_000) - D(customer.executions()[0]["execFee"])  # it stays the owner's
    assert customer.refused(path, **ask, margin="1000000") == 110012
    assert customer.refused(path, **ask, margin="-30.01") == 110012
    customer.post(path, **ask, margin="-30")
    assert customer.position()["liqPrice"] == before["liqPrice"]
    assert customer.refused(path, **ask, margin="much") == 10001
    shared = Customer(isolated=False)
    shared.sell_perp("1")
    assert shared.refused(path, **ask, margin="10") == 10001

"""The account on the market made from a seed: months in one jump, checked against the market's own figures."""

from __future__ import annotations

from decimal import Decimal
from functools import cache

import pytest

from fundarb.sandbox.market.made import MadeMarket
from fundarb.sandbox.market.source import DAY, HOUR, MINUTE, Instrument
from tests.sandbox.account.customer import Customer

D = Decimal
START = 1_752_000_000_000 // DAY * DAY + 5 * MINUTE + 7_123


@cache
def market() -> MadeMarket:
    return MadeMarket(seed=11, pairs=30)


def contracts() -> list[Instrument]:
    return [each for each in market().instruments() if each.contract == "LinearPerpetual"]


def customer(start_ms: int = START) -> Customer:
    """With more money than it needs, at the least leverage."""
    return Customer(market=market(), start_ms=start_ms, balances={"USDT": D(1_000_000)}, leverage=D(1))


def short(who: Customer, contract: Instrument) -> Decimal:
    """Sell a contract for some 1000 USDT; what was sold."""
    price = market().quote(contract.symbol, "linear", who.clock.now_ms()).last
    qty = (1000 // price // contract.step * contract.step) or contract.min_qty
    return D(who.sell_perp(str(qty), symbol=contract.symbol)["cumExecQty"])


def test_a_month_of_funding_is_what_the_market_says_of_every_stamp() -> None:
    who, end_ms = customer(), START + 30 * DAY
    alive = [each for each in contracts() if each.launch_ms < START and (each.gone_ms or end_ms + 1) > end_ms][:4]
    assert len(alive) == 4
    sold = {each.symbol: short(who, each) for each in alive}
    who.step(end_ms)
    booked = {
        (each.symbol, each.time_ms): -each.fee
        for each in who.account.desk.state.executions
        if each.exec_type == "Funding"
    }
    liquidated = {
        each.symbol: each.time_ms for each in who.account.desk.state.executions if each.exec_type == "BustTrade"
    }
    due = {
        (symbol, stamp): qty * (market().quote(symbol, "linear", stamp).mark or D(0)) * D(rate)
        for symbol, qty in sold.items()
        for stamp, rate in market().settlements(symbol, START + 1, liquidated.get(symbol, end_ms + 1) - 1, 10_000)
    }
    assert len(due) >= 4 * 30 * 3 or liquidated
    assert booked == due


def test_a_liquidation_comes_in_the_first_minute_whose_mark_is_high_enough() -> None:
    who, end_ms = customer(), START + 60 * DAY
    contract = next(each for each in contracts() if each.launch_ms < START and each.gone_ms is None)
    short(who, contract)
    ask = {"category": "linear", "symbol": contract.symbol, "buyLeverage": "25", "sellLeverage": "25"}
    who.post("/v5/position/set-leverage", **ask)  # some 3 % are enough
    level = D(who.position(contract.symbol)["liqPrice"])
    highs = market().candles(contract.symbol, "mark", MINUTE, START, end_ms, end_ms)
    first = next((row.start_ms + MINUTE for row in highs if D(row.high) >= level), None)
    who.step(end_ms)
    touched = [each.time_ms for each in who.account.desk.state.executions if each.exec_type == "BustTrade"]
    assert first is not None
    assert first > START + HOUR
    assert touched == [first]


@pytest.mark.parametrize("nth", [0, 1])
def test_delisted_contracts_settle_when_they_go(nth: int) -> None:
    dying = [each for each in contracts() if each.gone_ms is not None and each.gone_ms - each.launch_ms > 10 * DAY]
    if len(dying) <= nth:
        pytest.fail("this seed delists too few contracts: choose another")
    contract = dying[nth]
    assert contract.gone_ms is not None
    who = customer(contract.gone_ms - 3 * HOUR)
    assert short(who, contract) > 0
    who.step(contract.gone_ms + DAY)
    (last,) = [each for each in who.account.desk.state.executions if each.exec_type in ("Settle", "BustTrade")]
    assert (last.exec_type, last.time_ms) == ("Settle", contract.gone_ms)
    index = market().candles(
        contract.symbol, "index", MINUTE, contract.gone_ms - 30 * MINUTE, contract.gone_ms - MINUTE, contract.gone_ms
    )
    assert len(index) == 30
    assert min(D(row.low) for row in index) <= last.price <= max(D(row.high) for row in index)


def test_resting_orders_fill_when_the_made_market_trades_through_them() -> None:
    who = customer()
    contract = next(each for each in contracts() if each.launch_ms < START and each.gone_ms is None)
    price = market().quote(contract.symbol, "linear", START).last
    limit = price * D("0.99") // contract.tick * contract.tick
    qty = (1000 // price // contract.step * contract.step) or contract.min_qty
    placed = who.order("linear", "Buy", str(qty), str(limit), symbol=contract.symbol)["orderId"]
    who.step(START + 20 * DAY)
    lows = market().candles(contract.symbol, "linear", MINUTE, START, START + 20 * DAY, START + 20 * DAY)
    first = next(row.start_ms + MINUTE for row in lows if D(row.low) < limit)
    order = who.account.desk.state.orders[placed]
    assert (order.status, order.updated_ms) == ("Filled", first)
    assert order.value == order.filled * limit

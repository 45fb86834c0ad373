"""The rows as others read them: the real ccxt parsers, offline, and the captured answers key by key."""

from __future__ import annotations

import json
from collections.abc import Iterator
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest
from ccxt import bybit

from fundarb.sandbox.market.source import HOUR
from tests.sandbox.account.customer import Customer
from tests.sandbox.account.scripted import T0

D = Decimal
CAPTURES = Path(__file__).resolve().parents[4] / "shared" / "facts" / "bybit-captures.json"


def market(kind: str) -> dict[str, Any]:
    """A market as ccxt has it once it is loaded."""
    spot = kind == "spot"
    return {
        "id": "BTCUSDT", "symbol": "BTC/USDT" if spot else "BTC/USDT:USDT", "base": "BTC", "quote": "USDT",
        "settle": None if spot else "USDT", "type": kind, "spot": spot, "swap": not spot, "future": False,
        "option": False, "contract": not spot, "linear": None if spot else True, "inverse": None if spot else False,
        "contractSize": None if spot else 1, "precision": {"amount": 0.001, "price": 0.01}, "limits": {}, "active": True,
        "baseId": "BTC", "quoteId": "USDT", "settleId": None if spot else "USDT", "margin": False,
    }  # fmt: skip


@pytest.fixture(scope="module")
def reader() -> bybit:
    return bybit()


@pytest.fixture
def customer() -> Customer:
    """Both legs open, one settlement received, one order half filled and cancelled, one resting."""
    made = Customer()
    made.market.levels = [(0, D(1000))]
    made.order("spot", "Buy", "1", orderLinkId="fa-1-s")
    made.sell_perp("1", orderLinkId="fa-1-p")
    made.control("fill-next", fraction="0.5")
    made.sell_perp("1", symbol="ETHUSDT")
    made.order("linear", "Buy", "1", "90", timeInForce="PostOnly")
    made.market.settle("BTCUSDT", T0 + HOUR, "0.0001")
    made.step(T0 + HOUR)
    return made


def test_ccxt_reads_a_spot_order(customer: Customer, reader: bybit) -> None:
    (row,) = customer.get("/v5/order/realtime", category="spot", orderLinkId="fa-1-s")["list"]
    order = reader.parse_order(row, market("spot"))
    told = ("clientOrderId", "symbol", "type", "side", "status", "filled", "remaining", "average", "cost", "amount")
    assert [order[each] for each in told] == [
        "fa-1-s", "BTC/USDT", "market", "buy", "closed", 1.0, 0.0, 100.0, 100.0, 1.0
    ]  # fmt: skip
    assert order["fee"] == {"cost": 0.001, "currency": "BTC"}
    assert order["timestamp"] == T0


def test_ccxt_reads_a_contract_order_that_was_cut_short(customer: Customer, reader: bybit) -> None:
    (row,) = [
        each for each in customer.get("/v5/order/history", category="linear")["list"] if each["symbol"] == "ETHUSDT"
    ]
    order = reader.parse_order(row | {"symbol": "BTCUSDT"}, market("swap"))
    told = [order[each] for each in ("status", "filled", "remaining", "average", "reduceOnly")]
    assert told == ["canceled", 0.5, 0.0, 100.0, False]


def test_ccxt_reads_a_resting_order(customer: Customer, reader: bybit) -> None:
    (row,) = customer.get("/v5/order/realtime", category="linear", symbol="BTCUSDT")["list"]
    order = reader.parse_order(row, market("swap"))
    told = [order[each] for each in ("status", "filled", "remaining", "price", "average", "timeInForce")]
    assert told == ["open", 0.0, 1.0, 90.0, None, "PO"]


def test_ccxt_reads_executions(customer: Customer, reader: bybit) -> None:
    (bought,) = [reader.parse_trade(each, market("spot")) for each in customer.executions("spot")]
    assert (bought["amount"], bought["price"], bought["takerOrMaker"]) == (1.0, 100.0, "taker")
    assert (bought["fee"]["cost"], bought["fee"]["currency"]) == (0.001, "BTC")
    (sold,) = [
        reader.parse_trade(each, market("swap")) for each in customer.executions(symbol="BTCUSDT", execType="Trade")
    ]
    assert (sold["side"], sold["fee"]["cost"], sold["fee"]["currency"]) == ("sell", 0.055, "USDT")


def test_ccxt_reads_funding_with_income_negative(customer: Customer, reader: bybit) -> None:
    (row,) = customer.executions(execType="Funding")
    income = reader.parse_income(row, market("swap"))
    told = [income[each] for each in ("amount", "rate", "code", "timestamp")]
    assert told == [-0.01, -0.0001, "USDT", T0 + HOUR]


def test_ccxt_reads_a_position(customer: Customer, reader: bybit) -> None:
    position = reader.parse_position(customer.position(), market("swap"))
    told = ("side", "contracts", "entryPrice", "leverage", "markPrice", "hedged", "unrealizedPnl", "notional")
    assert [position[each] for each in told] == ["short", 1.0, 100.0, 10.0, 100.0, False, 0.0, 100.0]
    assert position["initialMargin"] == pytest.approx(10.0605)
    assert position["liquidationPrice"] == pytest.approx(110 / 1.005)
    flat = reader.parse_position(customer.position("DEADUSDT") | {"symbol": "BTCUSDT"}, market("swap"))
    assert (flat["side"], flat["contracts"], flat["entryPrice"], flat["liquidationPrice"]) == (None, 0.0, None, None)


def test_ccxt_reads_the_wallet_and_works_out_what_is_used(customer: Customer, reader: bybit) -> None:
    answer = {"result": customer.get("/v5/account/wallet-balance", accountType="UNIFIED"), "time": T0}
    balance = reader.parse_balance(answer)
    assert balance["BTC"] == {"free": 0.999, "used": 0.0, "total": 0.999, "debt": 0.0}
    usdt = balance["USDT"]
    assert usdt["used"] == pytest.approx(10.0605 + 5.03025)  # both positions; the resting order only reduces
    assert usdt["total"] == pytest.approx(10_000 - 100 - 0.055 - 0.0275 + 0.01)
    assert usdt["free"] == pytest.approx(usdt["total"] - usdt["used"])


def test_ccxt_reads_the_log(customer: Customer, reader: bybit) -> None:
    lines = [reader.parse_ledger_entry(each) for each in customer.log(currency="USDT")]
    assert [each["type"] for each in lines] == ["trade", "trade", "trade", "trade", "transaction"]
    funding, *_, deposit = lines
    assert (funding["amount"], funding["direction"], funding["timestamp"]) == (0.01, "in", T0 + HOUR)
    assert funding["after"] - funding["before"] == pytest.approx(0.01)
    assert (deposit["amount"], deposit["before"], deposit["after"]) == (10000.0, 0.0, 10000.0)
    assert len({each["id"] for each in lines}) == len(lines)


def test_ccxt_reads_fees_and_transfers(customer: Customer, reader: bybit) -> None:
    (row,) = customer.get("/v5/account/fee-rate", category="linear", symbol="BTCUSDT")["list"]
    fee = reader.parse_trading_fee(row, market("swap"))
    assert (fee["maker"], fee["taker"]) == (0.0002, 0.00055)
    ask = {"transferId": "t", "coin": "USDT", "amount": "5", "fromAccountType": "UNIFIED", "toAccountType": "FUND"}
    customer.post("/v5/asset/transfer/inter-transfer", **ask)
    (row,) = customer.get("/v5/asset/transfer/query-inter-transfer-list")["list"]
    transfer = reader.parse_transfer(row)
    told = [transfer[each] for each in ("id", "currency", "amount", "fromAccount", "toAccount", "status")]
    assert told == ["t", "USDT", 5.0, "unified", "fund", "ok"]


ASKED: dict[str, tuple[dict[str, str], str]] = {
    "GET /v5/order/realtime": ({"category": "spot", "orderLinkId": "fa-1-s"}, "list"),
    "GET /v5/order/history": ({"category": "spot", "orderLinkId": "fa-1-s"}, "list"),
    "GET /v5/execution/list": ({"category": "spot"}, "list"),
    "GET /v5/execution/list of funding": ({"category": "linear", "execType": "Funding"}, "list"),
    "GET /v5/position/list": ({"category": "linear", "settleCoin": "USDT"}, "list"),
    "GET /v5/account/wallet-balance": ({"accountType": "UNIFIED"}, "list"),
    "GET /v5/account/transaction-log": ({"currency": "USDT", "type": "SETTLEMENT"}, "list"),
    "GET /v5/account/fee-rate": ({"category": "linear", "symbol": "BTCUSDT"}, "list"),
    "GET /v5/account/info": ({}, ""),
    "GET /v5/user/query-api": ({}, ""),
    "GET /v5/asset/coin/query-info": ({}, "rows"),
}


def captured(path: str, category: str | None) -> Iterator[dict[str, Any]]:
    """The results that were captured for a path and hold something, of the category asked for where they have one."""
    for each in json.loads(CAPTURES.read_text())[path]:
        result = (each["response"] or {}).get("result") or {}
        if result and result.get("list") != [] and result.get("category", category) == category:
            yield result


def differences(ours: Any, theirs: Any, where: str) -> list[str]:
    """Where ours lacks a key of theirs or holds another type; what a list holds is judged by its first."""
    if type(ours) is not type(theirs):
        return [f"{where}: {type(ours).__name__} for {type(theirs).__name__}"]
    if isinstance(theirs, dict) and not where.endswith("cumFeeDetail"):
        missing = [f"{where}.{key} is missing" for key in theirs if key not in ours]
        shared = (differences(ours[key], theirs[key], f"{where}.{key}") for key in theirs if key in ours)
        return missing + [problem for each in shared for problem in each]
    if isinstance(theirs, list) and theirs:
        return differences(ours[0], theirs[0], f"{where}[]")
    return []


@pytest.mark.skipif(not CAPTURES.exists(), reason="the captured answers are not beside this checkout")
@pytest.mark.parametrize("path", ASKED)
def test_every_captured_field_is_answered_in_its_type(customer: Customer, path: str) -> None:
    params, rows = ASKED[path]
    path = path.removesuffix(" of funding")
    ours = customer.get(path.partition(" ")[2], **params)
    assert not rows or ours[rows]
    found = list(captured(path, params.get("category")))
    assert found
    assert [problem for theirs in found for problem in differences(ours, theirs, "")] == []


@pytest.mark.skipif(not CAPTURES.exists(), reason="the captured answers are not beside this checkout")
def test_every_captured_body_of_create_is_taken() -> None:
    bodies = [json.loads(each["body"]) for each in json.loads(CAPTURES.read_text())["POST /v5/order/create"]]
    assert len(bodies) == 9
    for body in bodies:
        customer = Customer(balances={"USDT": D(100_000), "BTC": D(10)})
        customer.market.move("BTCUSDT", T0 - 1, "60000")
        if body.get("reduceOnly"):
            customer.sell_perp("0.01")
        if body.get("positionIdx") == 2:
            customer.post("/v5/position/switch-mode", category="linear", symbol="BTCUSDT", mode=3)
        created = customer.post("/v5/order/create", **body)
        assert created["orderLinkId"] == body.get("orderLinkId", "")
        assert customer.row(body["category"], created["orderId"])["side"] == body["side"]

"""The unmodified ccxt client trades both legs on the exchange over loopback, and finds what it did by every way to ask."""

from __future__ import annotations

import time
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from decimal import Decimal
from typing import Any

import ccxt
import pytest

from fundarb.sandbox.account import Account, AccountSettings, routes
from fundarb.sandbox.clock import SteppedClock
from fundarb.sandbox.market.source import HOUR, MarketSource
from fundarb.sandbox.signing import Key
from tests.fakes.venue_market import NOW, TinyMarket
from tests.sandbox.account.customer import Wall
from tests.sandbox.account.scripted import T0, ScriptedMarket
from tests.sandbox.clients import ccxt_client
from tests.sandbox.running import running_sandbox

SPOT, PERP = "BTC/USDT", "BTC/USDT:USDT"
D = Decimal


@asynccontextmanager
async def trading(
    market: MarketSource, start_ms: int = T0, wall_ns: Callable[[], int] = time.monotonic_ns, **settings: Any
) -> AsyncIterator[tuple[Any, Account, SteppedClock]]:
    """A signed client, the account it trades on, and the clock of both."""
    clock, key = SteppedClock(start_ms, wall_ns), Key()
    account = Account(market, clock, AccountSettings(**{"accept_ms": 0} | settings))
    serving = running_sandbox(
        market=account.desk.market, clock=clock, key=key, routes=routes(account), advance=account.advance
    )
    async with serving as sandbox, ccxt_client(sandbox.url, key, clock.now_ms) as client:
        await client.load_markets()
        await client.set_margin_mode("isolated")
        yield client, account, clock


async def test_both_legs_are_opened_found_paid_and_closed() -> None:
    market = ScriptedMarket()
    market.levels = [(0, D(1000))]
    market.settle("BTCUSDT", T0 + HOUR, "0.0002")
    async with trading(market) as (client, _, clock):
        await client.set_leverage(2, PERP)
        with pytest.raises(ccxt.BadRequest, match="110043"):
            await client.set_leverage(2, PERP)
        spot = await client.create_order(SPOT, "market", "buy", 3, None, {"clientOrderId": "fa-1-s"})
        perp = await client.create_order(PERP, "market", "sell", 3, None, {"clientOrderId": "fa-1-p"})
        assert (spot["status"], spot["clientOrderId"]) == (None, "fa-1-s")  # an acknowledgement and no more
        bought = await client.fetch_order(spot["id"], SPOT, {"acknowledged": True})
        sold = (await client.fetch_open_orders(PERP, params={"orderLinkId": "fa-1-p"}))[0]
        assert [(each["status"], each["filled"]) for each in (bought, sold)] == [("closed", 3.0), ("closed", 3.0)]
        assert sold["id"] == perp["id"]
        (position,) = await client.fetch_positions()
        assert (position["side"], position["contracts"], position["leverage"]) == ("short", 3.0, 2.0)
        assert position["liquidationPrice"] == pytest.approx(150 / 1.005)
        clock.step_to(T0 + HOUR)
        (funding,) = await client.fetch_funding_history(PERP, params={"limit": 100})
        assert (funding["amount"], funding["timestamp"]) == (pytest.approx(-0.06), T0 + HOUR)
        await client.create_order(SPOT, "market", "sell", 2.997)
        await client.create_order(PERP, "market", "buy", 3, None, {"reduceOnly": True})
        assert (await client.fetch_positions()) == []
        balance = await client.fetch_balance()
        fees = 0.2997 + 3 * 100 * 0.00055 * 2
        assert balance["USDT"]["total"] == pytest.approx(10_000 - 300 + 299.7 - fees + 0.06)
        assert balance["USDT"]["used"] == 0
        trades = await client.fetch_my_trades(SPOT)
        assert [(each["side"], each["fee"]["currency"]) for each in trades] == [("buy", "BTC"), ("sell", "USDT")]
        ledger = await client.fetch_ledger("USDT", params={"limit": 50})
        assert sum(each["info"]["type"] == "SETTLEMENT" for each in ledger) == 1
        changes = [each["amount"] if each["direction"] == "in" else -each["amount"] for each in ledger]
        assert sum(changes) == pytest.approx(balance["USDT"]["total"])


async def test_orders_are_cancelled_and_told_apart() -> None:
    async with trading(ScriptedMarket()) as (client, _, _):
        resting = await client.create_order(PERP, "limit", "sell", 1, 104, {"timeInForce": "PO"})
        (opened,) = await client.fetch_open_orders(PERP)
        assert (opened["id"], opened["status"], opened["price"]) == (resting["id"], "open", 104.0)
        await client.cancel_order(resting["id"], PERP)
        assert await client.fetch_open_orders(PERP) == []
        (closed,) = await client.fetch_canceled_orders(PERP)
        assert (closed["id"], closed["status"], closed["filled"]) == (resting["id"], "canceled", 0.0)
        with pytest.raises(ccxt.OrderNotFound):
            await client.cancel_order(resting["id"], PERP)
        with pytest.raises(ccxt.OrderNotFound):
            await client.cancel_order("1", SPOT)


async def test_refusals_arrive_as_ccxt_names_them() -> None:
    async with trading(ScriptedMarket(), balances={"USDT": D(100)}) as (client, _, _):
        asks: list[tuple[type[Exception], str, tuple[Any, ...]]] = [
            (ccxt.InsufficientFunds, "170131", (SPOT, "market", "buy", 5)),
            (ccxt.InsufficientFunds, "110007", (PERP, "market", "sell", 50)),
            (ccxt.InvalidOrder, "110017", (PERP, "market", "buy", 1, None, {"reduceOnly": True})),
            (ccxt.InvalidOrder, "110094", (PERP, "market", "sell", 0.01)),
            (ccxt.InvalidOrder, "170140", (SPOT, "market", "buy", 0.01)),
            (ccxt.InvalidOrder, "170193", (SPOT, "limit", "buy", 0.1, 120)),
        ]
        for kind, code, asked in asks:
            with pytest.raises(kind, match=code):
                await client.create_order(*asked)
        await client.create_order(PERP, "market", "sell", 1, None, {"clientOrderId": "one"})
        with pytest.raises(ccxt.InvalidOrder, match="110072"):
            await client.create_order(PERP, "market", "sell", 1, None, {"clientOrderId": "one"})
        with pytest.raises(ccxt.NoChange):
            await client.set_position_mode(False, PERP)


async def test_a_late_acceptance_is_first_not_found_and_then_there() -> None:
    wall = Wall()
    async with trading(ScriptedMarket(), wall_ns=wall, accept_ms=300) as (client, _, _):
        order = await client.create_order(SPOT, "market", "buy", 1, None, {"clientOrderId": "late"})
        ask = {"category": "spot", "orderLinkId": "late"}
        assert (await client.private_get_v5_order_realtime(ask))["result"]["list"] == []
        wall.now_ns += 300_000_000
        found = (await client.private_get_v5_order_realtime(ask))["result"]["list"]
        assert (found[0]["orderId"], found[0]["orderStatus"]) == (order["id"], "Filled")


async def test_controls_are_reached_over_the_wire() -> None:
    async with trading(ScriptedMarket()) as (client, account, _):
        await client.create_order(PERP, "market", "sell", 2)
        answer = await client.fetch(f"{client.urls['api']['public']}/sandbox/account/adl", "POST", {}, _body())
        assert answer["retCode"] == 0
        (position,) = await client.fetch_positions()
        assert position["contracts"] == 1.0
        executions = await client.private_get_v5_execution_list({"category": "linear", "execType": "AdlTrade"})
        assert len(executions["result"]["list"]) == 1
        assert account.desk.open_positions()[0].size == -1


def _body() -> str:
    return '{"symbol": "BTCUSDT", "fraction": "0.5"}'


async def test_fees_transfers_and_limits_answer_too() -> None:
    async with trading(ScriptedMarket()) as (client, _, _):
        fee = await client.fetch_trading_fee(PERP)
        assert (fee["maker"], fee["taker"]) == (0.0002, 0.00055)
        assert client.last_response_headers["X-Bapi-Limit"] == "5"
        await client.create_order(SPOT, "market", "buy", 1)
        assert client.last_response_headers["X-Bapi-Limit"] == "20"
        await client.create_order(PERP, "market", "sell", 1)
        assert client.last_response_headers["X-Bapi-Limit"] == "10"
        client.currencies = {"USDT": {"id": "USDT", "code": "USDT", "precision": 0.0001}}
        await client.transfer("USDT", 25, "unified", "funding", {"transferId": "t"})
        assert (await client.fetch_balance({"type": "funding"}))["USDT"]["total"] == 25.0


async def test_a_market_made_of_formulas_is_traded_on_just_the_same() -> None:
    async with trading(TinyMarket(), NOW) as (client, _, clock):
        await client.create_order(SPOT, "market", "buy", 1)
        await client.create_order(PERP, "market", "sell", 1)
        (position,) = await client.fetch_positions()
        assert position["contracts"] == 1.0
        clock.step_to(NOW + 24 * HOUR)
        assert len(await client.fetch_funding_history(PERP, params={"limit": 100})) == 3

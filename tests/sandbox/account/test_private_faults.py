"""Every fault at every private path, before and after processing, as the unmodified ccxt client meets it."""

from __future__ import annotations

import asyncio
import contextlib
import time
from collections.abc import Mapping
from decimal import Decimal
from typing import Any

import ccxt
import pytest

from fundarb.sandbox.account import Account, AccountSettings, routes
from fundarb.sandbox.clock import SteppedClock
from fundarb.sandbox.envelope import Route
from fundarb.sandbox.faults.rules import CONTINUING, Kind
from fundarb.sandbox.signing import Key
from tests.sandbox.account.scripted import T0, ScriptedMarket
from tests.sandbox.clients import ccxt_client
from tests.sandbox.running import running_sandbox

PERP = {"category": "linear", "symbol": "BTCUSDT"}
ASKED: Mapping[str, Mapping[str, Any]] = {
    "/v5/order/create": PERP | {"side": "Sell", "orderType": "Market", "qty": "1", "orderLinkId": "one"},
    "/v5/order/cancel": PERP | {"orderLinkId": "rests"},
    "/v5/order/cancel-all": PERP,
    "/v5/position/set-leverage": PERP | {"buyLeverage": "3", "sellLeverage": "3"},
    "/v5/position/add-margin": PERP | {"margin": "10"},
    "/v5/position/switch-mode": {"category": "linear", "symbol": "ETHUSDT", "mode": 3},
    "/v5/account/set-margin-mode": {"setMarginMode": "ISOLATED_MARGIN"},
    "/v5/account/wallet-balance": {"accountType": "UNIFIED"},
    "/v5/asset/transfer/query-account-coins-balance": {"accountType": "FUND"},
    "/v5/asset/transfer/inter-transfer": {
        "transferId": "one", "coin": "USDT", "amount": "1", "fromAccountType": "UNIFIED", "toAccountType": "FUND"
    },
}  # fmt: skip


def private(account: Account) -> list[Route]:
    return [each for each in routes(account) if each.signed]


def implicit(client: Any, route: Route) -> Any:
    """The client's own call of a path."""
    return getattr(client, f"private_{route.method}{route.path}".lower().replace("/", "_").replace("-", "_"))


def written(kind: Kind, path: str, where: str) -> dict[str, Any]:
    more = {"code": 10016} if kind is Kind.CODE else {"status": 524} if kind is Kind.HTML else {}
    return {"path": path, "fault": str(kind), "where": where, "count": 1, "name": "it", **more}


def changeable(account: Account) -> Any:
    """What a request may change of the account."""
    state = account.desk.state
    orders = {each.order_id: each.cancel_wall_ms for each in state.orders.values()}
    added = {name: each.extra for name, each in state.positions.items()}
    return orders, dict(state.leverages), dict(state.hedged), len(state.transfers), state.margin_mode, added


async def prepare(account: Account, client: Any, path: str) -> None:
    """What a request needs to take effect: an order that rests, or an isolated position."""
    if "cancel" in path:
        rests = {"side": "Sell", "orderType": "Limit", "qty": "1", "price": "101", "orderLinkId": "rests"}
        await client.private_post_v5_order_create(PERP | rests)
        await client.private_get_v5_order_realtime(PERP | {"orderLinkId": "rests"})
    if "add-margin" in path:
        account.desk.state.margin_mode = "ISOLATED_MARGIN"
        await client.private_post_v5_order_create(PERP | {"side": "Sell", "orderType": "Market", "qty": "1"})
        await client.private_get_v5_position_list(PERP)


@pytest.mark.parametrize("where", ["before", "after"])
@pytest.mark.parametrize("kind", [kind for kind in Kind if kind not in CONTINUING])
async def test_a_private_request_takes_effect_exactly_if_the_fault_strikes_after_it(kind: Kind, where: str) -> None:
    struck = set()
    for route in private(Account(ScriptedMarket(), SteppedClock(T0, time.monotonic_ns))):
        clock, key, market = SteppedClock(T0, time.monotonic_ns), Key(), ScriptedMarket()
        account = Account(market, clock, AccountSettings(accept_ms=0))
        account.desk.state.leverages["BTCUSDT"] = Decimal(2)
        serving = running_sandbox(
            market=account.desk.market, clock=clock, routes=routes(account), advance=account.advance
        )
        async with serving as sandbox, ccxt_client(sandbox.url, key, clock.now_ms) as client:
            await prepare(account, client, route.path)
            before = changeable(account)
            sandbox.set_faults(written(kind, route.path, where))
            asking = asyncio.create_task(implicit(client, route)(ASKED.get(route.path, PERP)))
            if kind is Kind.TIMEOUT:
                while sandbox.fired == {"it": 0}:  # noqa: ASYNC110 (nothing announces it)
                    await asyncio.sleep(0.001)
                asking.cancel()
            with contextlib.suppress(ccxt.BaseError, asyncio.CancelledError):
                await asking
            assert sandbox.fired == {"it": 1}, route.path
            took_effect = changeable(account) != before
            assert took_effect == (where == "after" and route.method == "POST"), route.path
        struck.add(route.path)
    assert len(struck) == 20

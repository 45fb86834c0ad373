"""The command itself: what was traded before it stopped is there when it runs again on its state."""

from __future__ import annotations

import asyncio
from pathlib import Path
from typing import Any

from fundarb.sandbox.signing import Key
from tests.sandbox.clients import ccxt_client
from tests.sandbox.running import spawned_sandbox

START = 1_752_000_300_000
PERP = "BTC/USDT:USDT"


async def test_positions_money_and_links_survive_a_restart_of_the_exchange(tmp_path: Path) -> None:
    options = ("--speed", "step", "--start", "2025-07-08T18:45Z", "--pairs", "5", "--state", tmp_path / "state.json")
    with spawned_sandbox(*options) as sandbox:
        async with ccxt_client(sandbox.url, Key(), lambda: START) as client:
            await client.set_margin_mode("isolated")
            order = await client.create_order(PERP, "market", "sell", 0.01, None, {"clientOrderId": "before"})
            await client.create_order(PERP, "limit", "buy", 0.01, 1000, {"timeInForce": "PO"})
            assert order["id"]
    with spawned_sandbox(*options) as sandbox:
        async with ccxt_client(sandbox.url, Key(), lambda: START) as client:
            await client.load_markets()
            ask = {"category": "linear", "orderLinkId": "before"}
            found: list[Any] = []
            for _ in range(200):  # its delay of 150 ms of the wall goes on where it stood
                if found := (await client.private_get_v5_order_realtime(ask))["result"]["list"]:
                    break
                await asyncio.sleep(0.1)
            assert [(each["orderId"], each["orderStatus"]) for each in found] == [(order["id"], "Filled")]
            (position,) = await client.fetch_positions()
            assert (position["side"], position["contracts"]) == ("short", 0.01)
            assert len(await client.fetch_open_orders(PERP)) == 1

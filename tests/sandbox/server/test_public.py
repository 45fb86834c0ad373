"""What ccxt gets of the public paths."""

from __future__ import annotations

from tests.fakes.venue_market import NOW
from tests.sandbox.clients import ccxt_client
from tests.sandbox.running import running_sandbox


async def test_ccxt_loads_the_markets() -> None:
    async with running_sandbox() as sandbox, ccxt_client(sandbox.url) as client:
        markets = await client.load_markets()
        assert set(markets) == {
            "BTC/USDT",
            "ETH/USDT",
            "BTC/USDT:USDT",
            "ETH/USDT:USDT",
            "MOVE/USDT:USDT",
            "SOON/USDT:USDT",
            "BTC/USDT:USDT-251226",
        }
        assert await client.fetch_time() == NOW

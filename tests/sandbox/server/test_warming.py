"""A market of many pairs is made ready in the background: only who asks for all of it waits."""

from __future__ import annotations

import asyncio

import pytest

from fundarb.sandbox.market.made import MadeMarket
from fundarb.sandbox.market.source import DAY, EPOCH_MS
from fundarb.sandbox.routing import Asked
from fundarb.sandbox.warming import is_about_all, warmed
from tests.sandbox.running import running_sandbox
from tests.sandbox.server.asking import get

NOW = EPOCH_MS + 900 * DAY


class CountingMarket(MadeMarket):
    """Notes for which contracts it was asked their interval."""

    def __init__(self) -> None:
        super().__init__(1, pairs=2)
        self.asked: list[str] = []

    def announced_interval_ms(self, symbol: str, at_ms: int) -> int:
        """The interval."""
        self.asked.append(symbol)
        return super().announced_interval_ms(symbol, at_ms)


def test_each_listed_perp_is_made_ready_and_others_have_their_turn_after_each() -> None:
    market = CountingMarket()
    for turn, _ in enumerate(warmed(market, NOW).__await__(), 1):
        assert len(market.asked) == turn
    alive = {
        each.symbol
        for each in market.instruments()
        if each.contract == "LinearPerpetual" and each.announced_ms <= NOW < (each.gone_ms or NOW + 1)
    }
    assert set(market.asked) == alive
    assert len(alive) >= 5


@pytest.mark.parametrize(
    ("path", "query", "whole"),
    [
        ("/v5/market/instruments-info", "category=linear&limit=1000", True),
        ("/v5/market/tickers", "category=linear", True),
        ("/v5/market/tickers", "category=spot", False),
        ("/v5/market/tickers", "category=linear&symbol=BTCUSDT", False),
        ("/v5/market/kline", "category=linear", False),
    ],
)
def test_only_listings_of_all_contracts_are_about_all(path: str, query: str, whole: bool) -> None:
    assert is_about_all(Asked("GET", path, query)) is whole


async def test_until_it_is_ready_listings_wait_and_everything_else_is_answered() -> None:
    ready = asyncio.Event()

    async def until_ready() -> None:
        await ready.wait()

    async with running_sandbox() as sandbox:
        sandbox.exchange.warming = asyncio.create_task(until_ready())
        listing = asyncio.create_task(get(sandbox.url, "/v5/market/tickers", category="linear"))
        for path in ("time", "tickers?category=spot", "time"):
            assert (await get(sandbox.url, f"/v5/market/{path}")).json["retCode"] == 0
        assert not listing.done()
        ready.set()
        assert len((await listing).json["result"]["list"]) > 0

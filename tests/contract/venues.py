"""Every implementation of VenueData, opened over the same small history; a new one joins by one line."""

from __future__ import annotations

from collections.abc import AsyncIterator, Callable
from contextlib import AbstractAsyncContextManager, asynccontextmanager

from fundarb.domain.instants import DAY, HOUR
from fundarb.domain.market import Span
from fundarb.ports.venue import VenueData
from tests.adapters.ccxt.asking import bybit_data
from tests.fakes.venue import MemoryVenue
from tests.fakes.venue_market import GONE, LAUNCH, NOW, SOON, TinyMarket
from tests.sandbox.running import running_sandbox

BTC, MOVE, DEAD, COMING = "BTC/USDT:USDT", "MOVE/USDT:USDT", "DEAD/USDT:USDT", "SOON/USDT:USDT"
_LATE = Span(NOW - 1200 * HOUR, NOW + HOUR)
MARKET = TinyMarket()


@asynccontextmanager
async def bybit_at_a_sandbox() -> AsyncIterator[VenueData]:
    """The adapter, asking the sandbox."""
    async with running_sandbox(market=MARKET) as sandbox, bybit_data(sandbox.url, now_ms=NOW) as data:
        yield data


@asynccontextmanager
async def in_memory() -> AsyncIterator[VenueData]:
    """The fake, told the same facts."""
    venue = MemoryVenue(NOW)
    for symbol, launched, gone in (
        (BTC, LAUNCH, None),
        (MOVE, LAUNCH, None),
        (DEAD, LAUNCH, GONE),
        (COMING, SOON, None),
    ):
        venue.list_pair(symbol, spot=None if symbol == BTC else "", first_seen_ms=launched, gone_ms=gone)
        for at, rate in MARKET.settlements(symbol.partition("/")[0] + "USDT", LAUNCH, NOW, 10_000):
            venue.settle(symbol, [at], rate.rstrip("0"))
    for market in ("spot", "perp", "mark"):
        venue.trade(BTC, market, HOUR, _LATE)
    venue.trade(DEAD, "perp", HOUR, Span(GONE - DAY, GONE))
    venue.hold(BTC, HOUR, _LATE)
    yield venue


VENUES: dict[str, Callable[[], AbstractAsyncContextManager[VenueData]]] = {
    "bybit": bybit_at_a_sandbox,
    "memory": in_memory,
}

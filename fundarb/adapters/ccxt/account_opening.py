"""Opens an account of a venue: market data and trading through one client, so that one pacer counts all requests."""

from __future__ import annotations

import random
from collections.abc import AsyncIterator, Callable
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass, field

from fundarb.adapters.ccxt import bybit
from fundarb.adapters.ccxt.bybit_trading import BybitTrading
from fundarb.adapters.ccxt.market_cache import MarketCache
from fundarb.adapters.ccxt.opening import Manner, Where, exchange_class
from fundarb.adapters.ccxt.pacing import Pacer
from fundarb.adapters.ccxt.reads import Reads
from fundarb.adapters.ccxt.strict import Wiring, open_exchange
from fundarb.errors import ConfigError

RESERVE = 0.1  # of the allowance, so that collecting data never makes an order wait


@dataclass(frozen=True, slots=True)
class KeyPair:
    """Who signs; never shown."""

    key: str = field(repr=False)
    secret: str = field(repr=False)


@dataclass(frozen=True, slots=True)
class OpenAccount:
    """Both sides of a venue."""

    data: bybit.BybitData
    trading: BybitTrading


@asynccontextmanager
async def open_account(
    where: Where, keys: KeyPair, now_ms: Callable[[], int], manner: Manner
) -> AsyncIterator[OpenAccount]:
    """The account the keys belong to. Demo trading has another address but the real market's data: two clients."""
    if where.id != "bybit":
        raise ConfigError(f"venue.id: fundarb trades on bybit only; {where.id} is good for data, signals and backtests")
    rng = random.Random()  # noqa: S311  (jitter is no secret)
    allowance, patience_s = manner.allowance or bybit.ALLOWANCE, manner.patience.throttle_s
    pacer = Pacer(allowance, rng, manner.first_pause_s, reserve=RESERVE, patience_s=patience_s)
    wiring = Wiring(pacer, now_ms, where.url, manner.heard, manner.stirred)
    reads = Reads(pacer, rng, manner.patience, manner.breaker)
    base, testnet = exchange_class(where.id), where.environment == "testnet"
    signing = {"apiKey": keys.key, "secret": keys.secret}
    async with AsyncExitStack() as stack:
        exchange = await stack.enter_async_context(
            open_exchange(base, wiring, signing, timeout_s=manner.timeout_s, testnet=testnet)
        )
        data = bybit.BybitData(exchange, wiring, reads, MarketCache(manner.cache, where.source))
        if where.environment == "demo" and where.url is None:
            exchange = await stack.enter_async_context(open_exchange(base, wiring, signing, timeout_s=manner.timeout_s))
            exchange.enable_demo_trading(True)
        yield OpenAccount(data, BybitTrading(exchange, reads, data.instruments))

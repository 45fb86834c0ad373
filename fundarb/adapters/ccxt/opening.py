"""Opens the market data of any venue ccxt knows: Bybit in its own words, the others through ccxt's unified calls."""

from __future__ import annotations

import random
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from difflib import get_close_matches
from pathlib import Path
from typing import Any, Literal

import ccxt.async_support as ccxt

from fundarb.adapters.ccxt import bybit
from fundarb.adapters.ccxt.decimals import foreign_decimals
from fundarb.adapters.ccxt.market_cache import MarketCache
from fundarb.adapters.ccxt.pacing import Allowance, Pacer
from fundarb.adapters.ccxt.quirks import quirks_of
from fundarb.adapters.ccxt.reads import Patience, Reads
from fundarb.adapters.ccxt.strict import Heard, Wiring, ignore, nothing, open_exchange
from fundarb.adapters.ccxt.unified import UnifiedData, require_calls
from fundarb.errors import ConfigError
from fundarb.ports.breaker import Breaker
from fundarb.ports.venue import VenueData

_COST_WINDOW_S = 10.0  # over which the weights ccxt gives to the calls of a venue are counted


@dataclass(frozen=True, slots=True)
class Where:
    """Which venue, which of its environments, and an address instead of its own."""

    id: str = "bybit"
    environment: Literal["mainnet", "testnet", "demo"] = "mainnet"
    url: str | None = None

    @property
    def source(self) -> str:
        """Whose listings these are, for the cache of the day."""
        return f"{self.id} {self.environment} {self.url or ''}".strip()


@dataclass(frozen=True, slots=True)
class Manner:
    """How it is asked."""

    timeout_s: float = 10.0
    patience: Patience = field(default_factory=Patience)
    first_pause_s: float = 5.0
    allowance: Allowance | None = None  # instead of the venue's own
    cache: Path | None = None
    breaker: Breaker | None = None
    heard: Heard = ignore
    stirred: Callable[[], None] = nothing


@asynccontextmanager
async def open_venue_data(where: Where, now_ms: Callable[[], int], manner: Manner) -> AsyncIterator[VenueData]:
    """A venue's market data for the block. Demo trading has no market data of its own: it trades on the real one."""
    base, rng = exchange_class(where.id), random.Random()  # noqa: S311  (jitter is no secret)
    own_words = where.id == "bybit"
    allowance = manner.allowance or (bybit.ALLOWANCE if own_words else _allowance(base))
    pacer = Pacer(allowance, rng, manner.first_pause_s, patience_s=manner.patience.throttle_s)
    wiring = Wiring(pacer, now_ms, where.url, manner.heard, manner.stirred, unified=not own_words)
    reads = Reads(pacer, rng, manner.patience, manner.breaker)
    cache = MarketCache(manner.cache, where.source)
    options = {} if own_words else quirks_of(where.id).options
    testnet = where.environment == "testnet"
    async with open_exchange(base, wiring, options, timeout_s=manner.timeout_s, testnet=testnet) as exchange:
        if own_words:
            yield bybit.BybitData(exchange, wiring, reads, cache)
        else:
            require_calls(exchange)
            yield UnifiedData(exchange, wiring, reads, quirks_of(where.id))


def exchange_class(venue_id: str) -> type[Any]:
    """ccxt's class of a venue; one it does not know is a mistake of the configuration."""
    if venue_id not in ccxt.exchanges:
        close = get_close_matches(venue_id, ccxt.exchanges, 1)
        meant = f"did you mean {close[0]}?" if close else "the ids are those of ccxt, such as bybit, binance or okx"
        raise ConfigError(f"venue.id: no exchange is called {venue_id}; {meant}")
    found: type[Any] = getattr(ccxt, venue_id)
    return found


def _allowance(base: type[Any]) -> Allowance:
    """What ccxt says a venue allows: one unit of cost every `rateLimit` milliseconds."""
    with foreign_decimals():
        cost_ms = float(base().rateLimit)
    return Allowance(_COST_WINDOW_S * 1000 / cost_ms, _COST_WINDOW_S)

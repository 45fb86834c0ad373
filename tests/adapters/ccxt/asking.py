"""A strict Bybit client for tests: the real ccxt class, patient only as far as a test is."""

from __future__ import annotations

import random
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from typing import Any

from ccxt.async_support.bybit import bybit

from fundarb.adapters.ccxt.opening import Manner, Where, open_venue_data
from fundarb.adapters.ccxt.pacing import Allowance, Pacer
from fundarb.adapters.ccxt.reads import Patience
from fundarb.adapters.ccxt.strict import Wiring, open_exchange
from fundarb.ports.venue import VenueData

ONCE = Patience(attempts=1, throttle_s=0.0)
BRISK = Patience(attempts=5, first_s=0.001, longest_s=0.002, throttle_s=5.0)
KEYS = {"apiKey": "not-a-key", "secret": "not-a-secret"}
NOW = 1_738_628_220_000


def wiring(url: str | None) -> Wiring:
    """A pacer that holds nobody up, and a clock that stands."""
    return Wiring(Pacer(Allowance(10_000, 1.0), random.Random(1), 0.01), lambda: NOW, url)


@asynccontextmanager
async def strict_bybit(
    url: str | None, options: Mapping[str, Any] | None = None, *, timeout_s: float = 20.0, testnet: bool = False
) -> AsyncIterator[Any]:
    """The exchange itself."""
    settings = KEYS if options is None else options
    async with open_exchange(bybit, wiring(url), settings, timeout_s=timeout_s, testnet=testnet) as exchange:
        yield exchange


@asynccontextmanager
async def bybit_data(
    url: str, patience: Patience = ONCE, *, timeout_s: float = 20.0, now_ms: int = NOW, **more: Any
) -> AsyncIterator[VenueData]:
    """Its market data."""
    manner = Manner(timeout_s=timeout_s, patience=patience, first_pause_s=0.01, **more)
    async with open_venue_data(Where(url=url), lambda: now_ms, manner) as data:
        yield data

"""The unmodified ccxt client, pointed at a loopback address as the facts say, with the venue's clock where it must sign."""

from __future__ import annotations

import ipaddress
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from typing import Any
from urllib.parse import urlsplit

from ccxt.async_support.bybit import bybit

from fundarb.sandbox.signing import Key


@asynccontextmanager
async def ccxt_client(
    url: str, key: Key | None = None, now_ms: Callable[[], int] | None = None, **settings: Any
) -> AsyncIterator[Any]:
    """A ccxt Bybit client for the block, closed at its end; signs with `key` at the time `now_ms` tells."""
    assert ipaddress.ip_address(urlsplit(url).hostname or "").is_loopback
    client = bybit(
        {
            "urls": {"api": {"public": url, "private": url}},
            "enableRateLimit": False,
            "timeout": 30_000,
            "timeout_on_exit": 0,  # a wait for TLS connections, of which there are none
            "ssl_context": False,  # nor need certificates be read, which takes longer than all the rest
            "has": {"fetchCurrencies": False},
            "options": {
                "fetchMarkets": {"types": ["spot", "linear"]},
                "enableUnifiedMargin": False,
                "enableUnifiedAccount": True,
                "unifiedMarginStatus": 6,
            },
            **({"apiKey": key.name, "secret": key.secret} if key else {}),
            **settings,
        }
    )
    if now_ms is not None:
        client.milliseconds = now_ms
    try:
        yield client
    finally:
        await client.close()

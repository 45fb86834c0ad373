"""Messages as JSON to a webhook, each given up after a bounded time.

The address is a secret and stands in no message, log line or error."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import aiohttp

from fundarb.adapters.notify.outbox import Carry, Message, Undelivered

SEND_S = 10.0


@asynccontextmanager
async def open_webhook(url: str, send_s: float = SEND_S) -> AsyncIterator[Carry]:
    """Carries messages to the address for the block."""
    timeout = aiohttp.ClientTimeout(total=send_s)
    async with aiohttp.ClientSession(timeout=timeout, trust_env=False) as session:

        async def carry(message: Message) -> None:
            await _post(session, url, message)

        yield carry


async def _post(session: aiohttp.ClientSession, url: str, message: Message) -> None:
    """`text` and `content` are what common chat services show."""
    body = {"event": message.event, "text": message.text, "content": message.text}
    try:
        async with session.post(url, json=body, allow_redirects=False) as response:
            if response.status >= 300:
                raise Undelivered(f"HTTP {response.status}")
    except (aiohttp.ClientError, TimeoutError, ValueError, OSError) as error:
        raise Undelivered(type(error).__name__) from None

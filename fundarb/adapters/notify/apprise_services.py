"""Messages to any service that apprise knows (extra `notify`). Its addresses are secrets: it logs them, so its log is shut.

The library works in threads; a service that hangs costs one of them until the library's own time-out."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from typing import Any

from fundarb.adapters.notify.outbox import Carry, Message, Undelivered
from fundarb.errors import ConfigError

SEND_S = 10.0
MISSING = "notify.apprise needs the library of that name, which is not installed; install fundarb[notify]"


@asynccontextmanager
async def open_apprise(addresses: Sequence[str], send_s: float = SEND_S) -> AsyncIterator[Carry]:
    """Carries messages to all the addresses for the block; ConfigError for one that apprise does not understand."""
    services = _services(addresses)

    async def carry(message: Message) -> None:
        try:
            async with asyncio.timeout(send_s):
                taken = await services.async_notify(body=message.text)
        except TimeoutError:
            raise Undelivered("no answer in time") from None
        if not taken:
            raise Undelivered("a service did not take it")

    yield carry


def _services(addresses: Sequence[str]) -> Any:
    try:
        import apprise
    except ImportError:
        raise ConfigError(MISSING) from None
    _shut_log()
    services = apprise.Apprise()
    for place, address in enumerate(addresses, 1):
        if not services.add(address):
            raise ConfigError(f"notify.apprise: item {place} is not an address that apprise understands")
    return services


def _shut_log() -> None:
    """Not a line of the library's leaves, nor of the one beneath it: addresses stand in some of them."""
    for name in ("apprise", "urllib3"):
        own = logging.getLogger(name)
        own.handlers = [logging.NullHandler()]
        own.propagate = False

"""Who is told of what happens, as configured; words leave scrubbed. Importing this imports no aiohttp."""

from __future__ import annotations

from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager

from fundarb.config.settings import Settings
from fundarb.ports.notifier import Notifier


class Nobody:
    """Fills the port `Notifier` where nobody is to be told."""

    async def tell(self, event: str, words: str) -> None:
        """Keep it."""


@asynccontextmanager
async def open_notifier(settings: Settings, scrub: Callable[[str], str]) -> AsyncIterator[Notifier]:
    """The configured notifier for the block; its messages have left, or were given up, at the end."""
    webhook = settings.notify.webhook
    if webhook is None:
        yield Nobody()
        return
    from fundarb.adapters.notify.webhook import open_webhook

    async with open_webhook(webhook.get_secret_value(), settings.notify.events, scrub) as notifier:
        yield notifier

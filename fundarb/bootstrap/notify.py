"""Who is told of what happens, as configured; words leave scrubbed. Importing this imports no aiohttp.

Each service has a queue of its own, so that one that hangs holds up no other."""

from __future__ import annotations

from collections.abc import AsyncIterator, Callable, Sequence
from contextlib import AsyncExitStack, asynccontextmanager

from fundarb.config.settings import Settings
from fundarb.ports.notifier import Notifier


class Everyone:
    """Fills the port `Notifier` for any number of services, none included."""

    def __init__(self, services: Sequence[Notifier] = ()) -> None:
        self._services = services

    def tell(self, event: str, words: str) -> None:
        """Tell each."""
        for one in self._services:
            one.tell(event, words)


@asynccontextmanager
async def open_notifier(settings: Settings, scrub: Callable[[str], str]) -> AsyncIterator[Notifier]:
    """The configured notifier for the block; its messages have left, or were given up, at the end."""
    webhook, apprise, events = settings.notify.webhook, settings.notify.apprise, settings.notify.events
    async with AsyncExitStack() as stack:
        services: list[Notifier] = []
        if webhook is not None:
            from fundarb.adapters.notify.outbox import open_outbox
            from fundarb.adapters.notify.webhook import open_webhook

            service = open_webhook(webhook.get_secret_value())
            services.append(await stack.enter_async_context(open_outbox(service, events, scrub)))
        if apprise:
            from fundarb.adapters.notify.apprise_services import open_apprise
            from fundarb.adapters.notify.outbox import open_outbox

            others = open_apprise([one.get_secret_value() for one in apprise])
            services.append(await stack.enter_async_context(open_outbox(others, events, scrub)))
        yield Everyone(services)

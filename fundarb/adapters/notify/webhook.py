"""Messages as JSON to a webhook: queued, sent in order by a task of their own, given up after a bounded time, never raising.

The address is a secret and stands in no message, log line or error; words are scrubbed before they leave."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable, Collection
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass

import aiohttp
import structlog

LONGEST = 2_000  # characters of a message
QUEUE = 100  # messages that wait; beyond them new ones are dropped
SEND_S = 10.0
DRAIN_S = 15.0  # for what still waits when the work is done
_DONE = None


@dataclass(frozen=True, slots=True)
class Message:
    """What is posted: `text` and `content` are what common chat services show."""

    event: str
    words: str

    def body(self) -> dict[str, str]:
        """The JSON object."""
        text = f"fundarb {self.event}: {self.words}"
        return {"event": self.event, "text": text, "content": text}


class WebhookNotifier:
    """Fills the port `Notifier` for the events it is to tell of."""

    def __init__(self, events: Collection[str], scrub: Callable[[str], str]) -> None:
        self._events, self._scrub = frozenset(events), scrub
        self._queue: asyncio.Queue[Message | None] = asyncio.Queue(QUEUE)

    async def tell(self, event: str, words: str) -> None:
        """Queue one message; one too many is dropped, with a line in the log."""
        if event not in self._events:
            return
        try:
            self._queue.put_nowait(Message(event, self._scrub(words)[:LONGEST]))
        except asyncio.QueueFull:
            _log("dropped", event, "too many messages wait")

    async def send_all(self, url: str) -> None:
        """Post what is queued until `finish` was called."""
        timeout = aiohttp.ClientTimeout(total=SEND_S)
        async with aiohttp.ClientSession(timeout=timeout, trust_env=False) as session:
            while (message := await self._queue.get()) is not _DONE:
                await _post(session, url, message)

    async def finish(self) -> None:
        """No message comes after this one."""
        await self._queue.put(_DONE)


@asynccontextmanager
async def open_webhook(
    url: str, events: Collection[str], scrub: Callable[[str], str], drain_s: float = DRAIN_S
) -> AsyncIterator[WebhookNotifier]:
    """A notifier for the block; what still waits at its end gets `drain_s` to leave."""
    notifier = WebhookNotifier(events, scrub)
    sender = asyncio.create_task(notifier.send_all(url))
    try:
        yield notifier
    finally:
        with suppress(Exception, asyncio.CancelledError):
            async with asyncio.timeout(drain_s):
                await notifier.finish()
                await asyncio.shield(sender)
        sender.cancel()
        with suppress(asyncio.CancelledError):
            await sender


async def _post(session: aiohttp.ClientSession, url: str, message: Message) -> None:
    try:
        async with session.post(url, json=message.body(), allow_redirects=False) as response:
            if response.status >= 300:
                _log("refused", message.event, f"HTTP {response.status}")
    except (aiohttp.ClientError, TimeoutError, ValueError, OSError) as error:
        _log("failed", message.event, type(error).__name__)


def _log(what: str, event: str, why: str) -> None:
    structlog.get_logger("fundarb.notify").warning(f"notification {what}", of=event, why=why)

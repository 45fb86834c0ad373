"""Messages on their way out: a bounded queue, and one task that sends them in order, no faster than is polite.

What comes faster than it may leave goes together in one message. Nothing here raises, and words are scrubbed on entry."""

from __future__ import annotations

import asyncio
from collections import deque
from collections.abc import AsyncIterator, Awaitable, Callable, Collection
from contextlib import AbstractAsyncContextManager, asynccontextmanager, suppress
from dataclasses import dataclass

import structlog

LONGEST = 2_000  # characters of a message: what common chat services take
QUEUE = 100  # messages that wait
BURST, WINDOW_S = 10, 60.0  # so many leave in so long
DRAIN_S = 5.0  # for what still waits when the work is done: whoever stops a trader waits no longer than that
ROOM_FOR_WORDS = 120  # of a message, for its head and a word about dropped ones
SEVERAL = "several"  # the event of a message that holds many
URGENT = frozenset({"unhedged", "halted", "fetch_failed", "trade_failed"})

Carry = Callable[["Message"], Awaitable[None]]


class Undelivered(Exception):
    """A message that a service did not take; its words carry no address."""


@dataclass(frozen=True, slots=True)
class Message:
    """What happened, under the name it is asked for by, and the words for it."""

    event: str
    words: str

    @property
    def text(self) -> str:
        """One text, as a person reads it."""
        return f"fundarb {self.event}: {self.words}"[:LONGEST]


class Outbox:
    """Fills the port `Notifier` for the events it is to tell of."""

    def __init__(self, events: Collection[str], scrub: Callable[[str], str], window_s: float = WINDOW_S) -> None:
        self._events, self._scrub, self._window_s = frozenset(events), scrub, window_s
        self._waiting: deque[Message] = deque()
        self._sent_at: deque[float] = deque(maxlen=BURST)
        self._woken = asyncio.Event()
        self._over = asyncio.Event()
        self.dropped = 0

    def tell(self, event: str, words: str) -> None:
        """Queue one message. Where too many wait the oldest that is not urgent gives way, and is counted."""
        if event not in self._events:
            return
        self._waiting.append(Message(event, self._scrub(words)))
        if len(self._waiting) > QUEUE:
            self._give_way()
        self._woken.set()

    def finish(self) -> None:
        """No message comes after this; what waits leaves without delay."""
        self._over.set()
        self._woken.set()

    async def send_all(self, carry: Carry) -> None:
        """Send what is queued, until it is empty and `finish` was called."""
        while await self._anything():
            together = await self._held_back()
            self._sent_at.append(asyncio.get_running_loop().time())
            await _tried(carry, self._bundle() if together else self._counted(self._waiting.popleft()))

    async def _anything(self) -> bool:
        while not self._waiting and not self._over.is_set():
            self._woken.clear()
            await self._woken.wait()
        return bool(self._waiting)

    async def _held_back(self) -> bool:
        """Wait until one more may leave; whether that took long. Once everything is over nothing waits."""
        if len(self._sent_at) < BURST:
            return False
        ahead_s = self._sent_at[0] + self._window_s - asyncio.get_running_loop().time()
        if ahead_s <= 0:
            return False
        with suppress(TimeoutError):
            async with asyncio.timeout(ahead_s):
                await self._over.wait()
        return True

    def _bundle(self) -> Message:
        """What waits, in one message as far as it has room; a single one as it is."""
        if len(self._waiting) == 1:
            return self._counted(self._waiting.popleft())
        lines: list[str] = []
        room = LONGEST - ROOM_FOR_WORDS
        while self._waiting and (not lines or room > len(self._waiting[0].text)):
            one = self._waiting.popleft()
            lines.append(f"- {one.event}: {one.words}")
            room -= len(lines[-1]) + 1
        return self._counted(Message(SEVERAL, "\n".join(["", *lines])))

    def _counted(self, message: Message) -> Message:
        """With a word about those that were dropped before it."""
        if not self.dropped:
            return message
        lost, self.dropped = self.dropped, 0
        return Message(
            message.event, f"{message.words[: LONGEST - ROOM_FOR_WORDS]} ({lost} more were dropped, too many waited)"
        )

    def _give_way(self) -> None:
        plain = next((place for place, one in enumerate(self._waiting) if one.event not in URGENT), 0)
        lost = self._waiting[plain]
        del self._waiting[plain]
        self.dropped += 1
        if self.dropped == 1:
            log("dropped", lost.event, "too many messages wait")


@asynccontextmanager
async def open_outbox(
    service: AbstractAsyncContextManager[Carry],
    events: Collection[str],
    scrub: Callable[[str], str],
    *,
    drain_s: float = DRAIN_S,
    window_s: float = WINDOW_S,
) -> AsyncIterator[Outbox]:
    """A notifier for the block; what still waits at its end gets `drain_s` to leave."""
    outbox = Outbox(events, scrub, window_s)
    async with service as carry:
        sender = asyncio.create_task(outbox.send_all(carry))
        try:
            yield outbox
        finally:
            outbox.finish()
            with suppress(Exception, asyncio.CancelledError):
                async with asyncio.timeout(drain_s):
                    await asyncio.shield(sender)
            sender.cancel()
            with suppress(asyncio.CancelledError):
                await sender


def log(what: str, event: str, why: str) -> None:
    """A line in the log about a message; never its words, never an address."""
    structlog.get_logger("fundarb.notify").warning(f"notification {what}", of=event, why=why)


async def _tried(carry: Carry, message: Message) -> None:
    try:
        await carry(message)
    except Undelivered as error:
        log("failed", message.event, str(error))
    except Exception as error:  # whatever a service's library raises, trading goes on
        log("failed", message.event, type(error).__name__)

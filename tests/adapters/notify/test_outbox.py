"""What is told is queued, scrubbed, paced and bounded; telling holds nothing up, and an end waits only so long."""

from __future__ import annotations

import asyncio
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import pytest

from fundarb.adapters.notify.outbox import (
    BURST,
    LONGEST,
    QUEUE,
    SEVERAL,
    Carry,
    Message,
    Outbox,
    Undelivered,
    open_outbox,
)

EVENTS = ("opened", "halted")


@asynccontextmanager
async def carrying(into: list[Message], *, gate: asyncio.Event | None = None) -> AsyncIterator[Carry]:
    """A service that takes everything, once its gate is open."""

    async def carry(message: Message) -> None:
        if gate is not None:
            await gate.wait()
        into.append(message)

    yield carry


async def test_words_are_scrubbed_before_they_wait() -> None:
    sent: list[Message] = []
    async with open_outbox(carrying(sent), EVENTS, lambda words: words.replace("canary", "***")) as outbox:
        outbox.tell("halted", "the key is canary")
    assert sent == [Message("halted", "the key is ***")]


async def test_more_than_a_burst_goes_together_when_its_time_has_come() -> None:
    sent: list[Message] = []
    async with open_outbox(carrying(sent), EVENTS, str, window_s=3600) as outbox:
        for number in range(BURST + 30):
            outbox.tell("opened", f"number {number}.")
    assert [one.event for one in sent] == ["opened"] * BURST + [SEVERAL]
    assert all(f"- opened: number {number}." in sent[-1].words for number in range(BURST, BURST + 30))


async def test_a_bundle_that_would_be_too_long_is_several() -> None:
    sent: list[Message] = []
    async with open_outbox(carrying(sent), EVENTS, str, window_s=3600) as outbox:
        for number in range(BURST + 5):
            outbox.tell("opened", f"{number} {'x' * (LONGEST // 3)}")
    assert len(sent) > BURST + 1
    assert all(len(one.text) <= LONGEST for one in sent)
    told = "".join(one.text for one in sent)
    assert all(f"opened: {number} x" in told for number in range(BURST + 5))


async def test_within_the_pace_each_message_is_one() -> None:
    sent: list[Message] = []
    async with open_outbox(carrying(sent), EVENTS, str, window_s=0.0) as outbox:
        for number in range(3 * BURST):
            outbox.tell("opened", str(number))
    assert [one.words for one in sent] == [str(number) for number in range(3 * BURST)]


async def test_where_too_many_wait_the_oldest_gives_way_but_not_what_is_urgent() -> None:
    sent, gate = list[Message](), asyncio.Event()
    async with open_outbox(carrying(sent, gate=gate), EVENTS, str) as outbox:
        outbox.tell("halted", "urgent")
        for number in range(QUEUE + 5):
            outbox.tell("opened", f"number {number}.")
        assert outbox.dropped == 6
        gate.set()
    told = "\n".join(one.text for one in sent)
    assert sent[0].words == "urgent (6 more were dropped, too many waited)"
    assert "number 5." not in told
    assert "number 6." in told
    assert f"number {QUEUE + 4}." in told


async def test_a_service_that_never_answers_holds_nothing_up() -> None:
    began = time.monotonic()
    async with open_outbox(carrying([], gate=asyncio.Event()), EVENTS, str, drain_s=0.05) as outbox:
        for _ in range(3):
            outbox.tell("halted", "words")
    assert time.monotonic() - began < 30


@pytest.mark.parametrize("error", [Undelivered("HTTP 500"), RuntimeError("the address is canary")])
async def test_what_a_service_raises_is_logged_without_its_words(
    error: Exception, capsys: pytest.CaptureFixture[str]
) -> None:
    @asynccontextmanager
    async def failing() -> AsyncIterator[Carry]:
        async def carry(_: Message) -> None:
            raise error

        yield carry

    async with open_outbox(failing(), EVENTS, str) as outbox:
        outbox.tell("halted", "words")
    said = capsys.readouterr().out
    assert "notification failed" in said
    assert "canary" not in said


async def test_an_error_in_the_block_still_tells_and_goes_on() -> None:
    sent: list[Message] = []
    with pytest.raises(RuntimeError, match="it broke"):
        async with open_outbox(carrying(sent), EVENTS, str) as outbox:
            raise_after_telling(outbox)
    assert sent == [Message("halted", "it broke")]


def raise_after_telling(outbox: Outbox) -> None:
    outbox.tell("halted", "it broke")
    raise RuntimeError("it broke")

"""Messages reach a webhook in order, carry no secret, and neither raise nor hold anything up."""

from __future__ import annotations

import asyncio
import logging
import time
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from typing import Any

import pytest
from aiohttp import web

from fundarb.adapters.notify.webhook import LONGEST, QUEUE, WebhookNotifier, open_webhook

EVENTS = ("fetch_failed", "halted")
Answer = Callable[[web.Request], Awaitable[web.StreamResponse]]


@asynccontextmanager
async def listening(answer: Answer) -> AsyncIterator[str]:
    """A server of one address, which is a secret."""
    app = web.Application()
    app.router.add_post("/hook/not-a-real-token", answer)
    runner = web.AppRunner(app, shutdown_timeout=0.1)
    await runner.setup()
    try:
        site = web.TCPSite(runner, "127.0.0.1", 0)
        await site.start()
        yield f"http://127.0.0.1:{runner.addresses[0][1]}/hook/not-a-real-token"
    finally:
        await runner.cleanup()


def plain(words: str) -> str:
    return words


async def test_messages_arrive_as_json_in_order_and_only_of_wanted_events() -> None:
    heard: list[Any] = []

    async def answer(request: web.Request) -> web.Response:
        heard.append(await request.json())
        return web.Response()

    async with listening(answer) as url, open_webhook(url, EVENTS, plain) as notifier:
        await notifier.tell("halted", "too much lost")
        await notifier.tell("opened", "nobody asked for this")
        await notifier.tell("fetch_failed", "x" * 10_000)
    assert [one["event"] for one in heard] == ["halted", "fetch_failed"]
    assert heard[0] == {
        "event": "halted",
        "text": "fundarb halted: too much lost",
        "content": "fundarb halted: too much lost",
    }
    assert heard[1]["text"].count("x") == LONGEST


async def test_words_are_scrubbed_before_they_leave() -> None:
    heard: list[str] = []

    async def answer(request: web.Request) -> web.Response:
        heard.append(await request.text())
        return web.Response()

    async with listening(answer) as url, open_webhook(url, EVENTS, lambda w: w.replace("canary", "***")) as notifier:
        await notifier.tell("halted", "the key is canary")
    assert "canary" not in heard[0]
    assert "the key is ***" in heard[0]


@pytest.mark.parametrize("url", ["http://127.0.0.1:9/not-a-real-token", "http://[not-a-real-token", "nonsense"])
async def test_what_cannot_be_delivered_raises_nothing_and_keeps_the_address_to_itself(
    url: str, caplog: pytest.LogCaptureFixture, capsys: pytest.CaptureFixture[str]
) -> None:
    with caplog.at_level(logging.DEBUG):
        async with open_webhook(url, EVENTS, plain) as notifier:
            await notifier.tell("halted", "words")
    printed = capsys.readouterr()
    assert "notification failed" in printed.out + printed.err + caplog.text
    assert "not-a-real-token" not in printed.out + printed.err + caplog.text


async def test_a_refusal_raises_nothing() -> None:
    async def answer(_: web.Request) -> web.Response:
        raise web.HTTPForbidden

    async with listening(answer) as url, open_webhook(url, EVENTS, plain) as notifier:
        await notifier.tell("halted", "words")


async def test_a_webhook_that_never_answers_holds_nothing_up() -> None:
    async def answer(_: web.Request) -> web.Response:
        await asyncio.sleep(600)
        raise AssertionError

    async with listening(answer) as url:
        began = time.monotonic()
        async with open_webhook(url, EVENTS, plain, drain_s=0.2) as notifier:
            for _ in range(3):
                await notifier.tell("halted", "words")
            told_s = time.monotonic() - began
        assert told_s < time.monotonic() - began < 60


async def test_beyond_what_may_wait_messages_are_dropped() -> None:
    notifier = WebhookNotifier(EVENTS, plain)
    for _ in range(QUEUE + 5):
        await notifier.tell("halted", "words")


async def test_an_error_in_the_block_still_tells_and_goes_on() -> None:
    heard: list[Any] = []

    async def answer(request: web.Request) -> web.Response:
        heard.append(await request.json())
        return web.Response()

    async with listening(answer) as url:
        with pytest.raises(RuntimeError, match="it broke"):
            await _break(url)
    assert len(heard) == 1


async def _break(url: str) -> None:
    async with open_webhook(url, EVENTS, plain) as notifier:
        await notifier.tell("fetch_failed", "it broke")
        raise RuntimeError("it broke")

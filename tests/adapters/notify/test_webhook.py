"""Messages reach a webhook as JSON, and what cannot be delivered keeps the address to itself."""

from __future__ import annotations

import logging
from typing import Any

import pytest

from fundarb.adapters.notify.outbox import LONGEST, open_outbox
from fundarb.adapters.notify.webhook import open_webhook
from tests.adapters.notify.services import SECRET, hanging, hearing, listening, refusing

EVENTS = ("fetch_failed", "halted")


async def test_messages_arrive_as_json_in_order_and_only_of_wanted_events() -> None:
    heard: list[Any] = []
    async with listening(hearing(heard)) as at, open_outbox(open_webhook(f"http://{at}"), EVENTS, str) as outbox:
        outbox.tell("halted", "too much lost")
        outbox.tell("opened", "nobody asked for this")
        outbox.tell("fetch_failed", "x" * 10_000)
    assert [one["event"] for one in heard] == ["halted", "fetch_failed"]
    assert heard[0] == {
        "event": "halted",
        "text": "fundarb halted: too much lost",
        "content": "fundarb halted: too much lost",
    }
    assert len(heard[1]["text"]) == LONGEST


@pytest.mark.parametrize("url", [f"http://127.0.0.1:9/{SECRET}", f"http://[{SECRET}", "nonsense"])
async def test_what_cannot_be_delivered_raises_nothing_and_keeps_the_address_to_itself(
    url: str, caplog: pytest.LogCaptureFixture, capsys: pytest.CaptureFixture[str]
) -> None:
    with caplog.at_level(logging.DEBUG):
        async with open_outbox(open_webhook(url), EVENTS, str) as outbox:
            outbox.tell("halted", "words")
    printed = capsys.readouterr()
    assert "notification failed" in printed.out + printed.err + caplog.text
    assert SECRET not in printed.out + printed.err + caplog.text


async def test_a_refusal_is_logged_with_its_code(capsys: pytest.CaptureFixture[str]) -> None:
    async with listening(refusing) as at, open_outbox(open_webhook(f"http://{at}"), EVENTS, str) as outbox:
        outbox.tell("halted", "words")
    assert "HTTP 403" in capsys.readouterr().out


async def test_one_that_never_answers_is_given_up_and_the_next_message_tried(
    capsys: pytest.CaptureFixture[str],
) -> None:
    async with listening(hanging) as at, open_outbox(open_webhook(f"http://{at}", 0.05), EVENTS, str) as outbox:
        outbox.tell("halted", "one")
        outbox.tell("halted", "two")
    assert capsys.readouterr().out.count("notification failed") == 2

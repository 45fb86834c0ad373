"""The real library against a real service: what arrives, what hangs, what is refused; no address in any log."""

from __future__ import annotations

import logging
import sys
import time
from typing import Any

import pytest

from fundarb.adapters.notify.apprise_services import open_apprise
from fundarb.adapters.notify.outbox import open_outbox
from fundarb.errors import ConfigError
from tests.adapters.notify.services import SECRET, hanging, hearing, listening, refusing

EVENTS = ("halted",)
# the library imports a module that later versions of Python lack; it knows, and we cannot change it
pytestmark = pytest.mark.filterwarnings("ignore:'imghdr' is deprecated:DeprecationWarning")


async def test_a_message_reaches_the_service() -> None:
    heard: list[Any] = []
    async with listening(hearing(heard)) as at, open_outbox(open_apprise([f"json://{at}"]), EVENTS, str) as outbox:
        outbox.tell("halted", "too much lost")
    assert [one["message"] for one in heard] == ["fundarb halted: too much lost"]


@pytest.mark.parametrize(("answer", "why"), [(hanging, "no answer in time"), (refusing, "did not take it")])
async def test_what_is_not_delivered_is_given_up_and_keeps_the_address_to_itself(
    answer: Any, why: str, caplog: pytest.LogCaptureFixture, capfd: pytest.CaptureFixture[str]
) -> None:
    began = time.monotonic()
    with caplog.at_level(logging.DEBUG):
        async with (
            listening(answer) as at,
            open_outbox(open_apprise([f"json://{at}?rto=1&cto=1"], 0.3), EVENTS, str) as outbox,
        ):
            outbox.tell("halted", "words")
    assert time.monotonic() - began < 30
    said = "".join(capfd.readouterr()) + caplog.text
    assert why in said
    assert SECRET not in said


async def test_an_address_it_does_not_understand_is_refused_without_repeating_it() -> None:
    with pytest.raises(ConfigError, match=r"item 2 is not an address") as refused:
        async with open_apprise(["json://127.0.0.1", f"nosuchservice://{SECRET}"]):
            raise AssertionError
    assert SECRET not in str(refused.value)


async def test_without_the_library_it_is_said_what_to_install(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "apprise", None)
    with pytest.raises(ConfigError, match=r"install fundarb\[notify\]"):
        async with open_apprise(["json://127.0.0.1"]):
            raise AssertionError

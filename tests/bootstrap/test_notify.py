"""Whom the configuration names is told, each by a queue of its own; nobody where it names nobody."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from fundarb.bootstrap.notify import open_notifier
from fundarb.config import resolve
from fundarb.config.settings import Settings
from tests.adapters.notify.services import hearing, listening, refusing

# the library imports a module that later versions of Python lack; it knows, and we cannot change it
pytestmark = pytest.mark.filterwarnings("ignore:'imghdr' is deprecated:DeprecationWarning")


def settings(*sets: str) -> Settings:
    return resolve([], {}, ["notify.events=[halted]", *sets], {}, Path("data/fundarb.db")).settings


async def test_webhook_and_apprise_are_told_the_same_whatever_becomes_of_one_of_them() -> None:
    heard: list[Any] = []
    async with listening(hearing(heard)) as good, listening(refusing) as bad:
        addresses = (f"notify.webhook=http://{bad}", f"notify.apprise=json://{good}")
        async with open_notifier(settings(*addresses), lambda words: words.replace("canary", "***")) as notifier:
            notifier.tell("halted", "canary")
            notifier.tell("opened", "nobody asked for this")
    assert [one["message"] for one in heard] == ["fundarb halted: ***"]


async def test_where_nobody_is_named_nobody_is_told() -> None:
    async with open_notifier(settings(), str) as notifier:
        notifier.tell("halted", "words")

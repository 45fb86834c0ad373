"""A halt made in another shell is told by the trader that sees it: once when it begins, changes or ends."""

from __future__ import annotations

import json
from collections.abc import Iterator
from functools import partial
from typing import Any, cast

from fundarb.domain.instants import LATEST
from fundarb.domain.market import Span
from fundarb.engine.trading.halts import Halts
from fundarb.engine.trading.trader import Chronicle, Trader
from fundarb.ports.journal import Event, Halt
from fundarb.reporting.news import News
from tests.engine.paper_scene import a_scene
from tests.engine.trading.test_sentry import OFF, TENTH, Watched, spread
from tests.fakes.journal import MemoryJournal

A, B = "A/USDT:USDT", "B/USDT:USDT"
BY_HAND = Halt(1, "by hand")


def told(halts: Halts, *stands: Halt | None) -> Iterator[tuple[str, str | None, list[str]]]:
    """What is told of halts that stand one after another."""
    for at_ms, halt in enumerate(stands):
        for one in halts.news(at_ms, halt):
            yield one.name, one.reason, json.loads(one.data or "")["pairs"]


def test_a_halt_is_told_when_it_begins_changes_and_ends_and_never_twice() -> None:
    one, both = Halt(1, "news", (A,)), Halt(1, "news", (A, B))
    assert list(told(Halts(), None, one, one, both, one, BY_HAND, BY_HAND, None, None)) == [
        ("halted", "news", [A]),
        ("halted", "news", [A, B]),
        ("resumed", None, [B]),
        ("halted", "by hand", []),
        ("resumed", None, []),
    ]


def test_one_that_is_found_at_the_start_is_told_and_one_of_its_own_is_not_told_again() -> None:
    assert list(told(Halts(), BY_HAND)) == [("halted", "by hand", [])]
    halts = Halts()
    halts.made(BY_HAND)
    halts.made(None)
    assert list(told(halts, BY_HAND, None)) == [("resumed", None, [])]


async def test_a_stop_hands_out_the_halt_it_made_once() -> None:
    watched = Watched(await a_scene(), TENTH)
    await watched.look(watched.scene.view(2, "100"))
    assert watched.sentry.made_halt() is None
    await watched.look(spread(watched.scene.view(3, "200"), "90"))
    assert watched.sentry.made_halt() == await watched.journal.halt()
    assert watched.sentry.made_halt() is None


def _in_place(halt: Halt | None, before: Halt | None) -> Halt | None:
    return halt


class Idle:
    """A desk at which nothing happens; its sentry watches nothing."""

    name, unresolved = "paper", None

    def __init__(self, watched: Watched) -> None:
        self.sentry = watched.sentry

    async def take(self, *looked: object, always: bool = False) -> list[Event]:
        """Nothing."""
        return []


class Still:
    """As much of a feed as a step reads."""

    class stock:  # noqa: N801  (named as in the feed)
        """Nothing leaves the venue."""

        universe, leaving = (), frozenset[str]()


async def test_a_trader_writes_down_and_tells_what_another_shell_did_in_words_for_a_person() -> None:
    watched, heard = Watched(await a_scene(), OFF), list[Event]()
    journal = MemoryJournal()
    chronicle = Chronicle(journal, heard.append)
    desks = [cast("Any", Idle(watched))]
    trader = Trader(cast("Any", Still()), desks, journal, chronicle, lambda: 7)
    view = watched.scene.view(2, "100")
    for halt in (None, Halt(5, "by hand", (A,)), Halt(5, "by hand", (A,)), None):
        await journal.change_halt(partial(_in_place, halt))
        await trader._step(view, always=False)
    assert [one.name for one in heard if one.name in ("halted", "resumed")] == ["halted", "resumed"]
    assert await journal.events(None, Span(0, LATEST)) == tuple(heard)
    news = News()
    assert [said for one in heard for said in news.of(one)] == [
        ("halted", "entries of A since 1970-01-01T00:00:00.005Z  (by hand)"),
        ("halted", "resumed entries of all pairs"),
    ]

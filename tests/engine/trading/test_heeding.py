"""What `halt --flatten` left in the journal is heeded at the next look: only the pairs meant, once, with an answer."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, cast

import pytest

from fundarb.engine.trading.breakers import Breakers
from fundarb.engine.trading.disk_room import LEAST, DiskRoom
from fundarb.engine.trading.flatten_request import FlattenRequest, keep, kept
from fundarb.engine.trading.trader import Chronicle, Trader
from fundarb.errors import RiskHalt
from fundarb.ports.journal import Event
from tests.fakes.journal import MemoryJournal

A, B, C = "A/USDT:USDT", "B/USDT:USDT", "C/USDT:USDT"


class Held:
    """A desk that holds pairs, some of which nobody buys."""

    name = "paper"

    def __init__(self, pairs: Sequence[str], stuck: Sequence[str] = ()) -> None:
        self.ledger, self.book, self.stuck = self, self, stuck
        self.positions: dict[str, object] = dict.fromkeys(pairs, None)
        self.asked: list[list[str]] = []

    async def flatten(self, pairs: list[str]) -> list[Event]:
        """Those that can be."""
        self.asked.append(pairs)
        self.positions = {pair: None for pair in self.positions if pair not in pairs or pair in self.stuck}
        return []


async def heeded(journal: MemoryJournal, desk: Held) -> list[Event]:
    """What a trader tells of one look."""
    told: list[Event] = []
    none = cast("Any", None)
    trader = Trader(none, [], journal, Chronicle(journal, told.append), lambda: 7)
    await trader._heed(cast("Any", desk))
    return told


async def test_the_pairs_meant_are_closed_and_the_answer_says_what_is_left() -> None:
    journal, desk = MemoryJournal(), Held([C, A, B], stuck=[B])
    await keep(journal, "paper", FlattenRequest(1, (A, B)))
    told = await heeded(journal, desk)
    assert desk.asked == [[A, B]]
    assert [(one.name, one.data) for one in told] == [("flattened", '{"left":["B/USDT:USDT"]}')]
    request = await kept(journal, "paper")
    assert request == FlattenRequest(1, (A, B), taken_ms=7, left=(B,))
    assert not request.open


async def test_without_names_all_is_meant_and_an_answered_request_is_done_with() -> None:
    journal, desk = MemoryJournal(), Held([C, A])
    assert await heeded(journal, desk) == []
    await keep(journal, "paper", FlattenRequest(1, ()))
    await heeded(journal, desk)
    assert await heeded(journal, desk) == []
    assert desk.asked == [[A, C]]
    await keep(journal, "paper", None)
    assert await kept(journal, "paper") is None


async def test_what_is_asked_while_a_trader_closes_is_heeded_at_the_next_look() -> None:
    journal, desk = MemoryJournal(), Held([A, B, C])
    await keep(journal, "paper", FlattenRequest(1, (A,)))
    real = desk.flatten

    async def interrupted(pairs: list[str]) -> list[Event]:
        if len(desk.asked) == 0:
            await keep(journal, "paper", FlattenRequest(2, (B,)).beside(await kept(journal, "paper")))
        return await real(pairs)

    desk.flatten = interrupted  # type: ignore[method-assign]  # the second shell of this test
    for _ in range(2):
        await heeded(journal, desk)
    assert desk.asked == [[A], [B]]
    assert await kept(journal, "paper") == FlattenRequest(2, (A, B), taken_ms=7, left=())


def test_requests_add_up_until_they_are_answered() -> None:
    one, other, all_of_them = FlattenRequest(1, (A,)), FlattenRequest(2, (B, A)), FlattenRequest(3, ())
    assert other.beside(None) == other
    assert other.beside(one) == FlattenRequest(2, (A, B))
    assert other.beside(all_of_them) == FlattenRequest(2, ())
    assert all_of_them.beside(one) == all_of_them
    assert other.beside(one.answered([A])) == other


async def test_one_cycle_under_an_open_breaker_says_that_nothing_was_entered() -> None:
    none = cast("Any", None)
    breakers = Breakers({"the disk": DiskRoom(lambda: 0)})
    trader = Trader(none, [], MemoryJournal(), none, lambda: 7, breakers)
    with pytest.raises(RiskHalt, match="of the disk: 0 MB free"):
        await trader._require_free()
    trader.breakers = Breakers({"the disk": DiskRoom(lambda: LEAST)})
    await trader._require_free()

"""Clocks that part while trading: what proves it, what it stops, and what ends it."""

from __future__ import annotations

from dataclasses import dataclass

from fundarb.engine.breaker import State
from fundarb.engine.checks.skew import Reading
from fundarb.engine.trading.breakers import Breakers
from fundarb.engine.trading.punctuality import NAME, Punctuality
from fundarb.errors import VenueUnreachable
from fundarb.risk.gate import FREE

MOST = 1000
NOW = 1_700_000_000_000


@dataclass(slots=True)
class Apart:
    """Two clocks: the venue's says so much more, and each question takes so long either way."""

    ms: int = 0
    slow_ms: int = 0
    now_ms: int = NOW
    asked: int = 0
    silent: bool = False

    async def server_ms(self) -> int:
        """The venue's time."""
        self.asked += 1
        if self.silent:
            raise VenueUnreachable("no time")
        return self.reading().theirs_ms

    def reading(self) -> Reading:
        """What an answer is stamped."""
        before_ms, self.now_ms = self.now_ms, self.now_ms + 2 * self.slow_ms
        return Reading(before_ms, before_ms + self.slow_ms + self.ms, self.now_ms)


def watched(apart: Apart) -> Punctuality:
    """Who compares them."""
    return Punctuality(lambda: apart.now_ms, apart.server_ms, MOST)


async def test_beyond_the_bound_nothing_is_entered_until_they_agree_and_that_is_told_once_each_way() -> None:
    for sign in (-1, 1):
        apart = Apart(sign * MOST)
        found = watched(apart)
        breakers = Breakers({NAME: found})
        told = []
        for ms in (MOST, MOST + 1, MOST + 200, MOST, MOST // 2 + 1, MOST // 2, MOST):
            apart.ms = sign * ms
            await found.stamped(apart.reading())
            told.append((breakers.under(FREE).all_halted, len(breakers.news(NOW))))
        assert told == [(False, 0), (True, 1), (True, 0), (True, 0), (True, 0), (False, 1), (False, 0)]


async def test_what_is_told_holds_value_bound_and_what_to_do() -> None:
    apart = Apart(-4321)
    found = watched(apart)
    await found.stamped(apart.reading())
    assert found.why is not None
    assert "4321 ms apart, at most 1000 are allowed; let the machine set its clock (NTP)" in found.why


async def test_an_old_answer_is_no_skew_and_the_venue_is_asked_only_where_a_stamp_does_not_fit() -> None:
    apart = Apart()
    found = watched(apart)
    await found.stamped(apart.reading())
    assert apart.asked == 0
    await found.stamped(Reading(NOW, NOW - MOST - 1, NOW + 5))
    assert (found.state, apart.asked) == (State.CLOSED, 1)


async def test_a_slow_answer_is_no_skew() -> None:
    apart = Apart(slow_ms=50 * MOST)
    found = watched(apart)
    await found.stamped(apart.reading())
    assert (found.state, apart.asked) == (State.CLOSED, 0)


async def test_a_question_that_fails_changes_nothing() -> None:
    apart = Apart(2 * MOST)
    found, states = watched(apart), []
    for apart.silent in (True, False, True):
        await found.stamped(apart.reading())
        states.append(found.state)
    assert states == [State.CLOSED, State.OPEN, State.OPEN]

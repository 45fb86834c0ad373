"""Cycles fall at each announced settlement, once, and every poll between."""

from __future__ import annotations

from fundarb.domain.instants import HOUR, MINUTE, SECOND
from fundarb.engine.trading.schedule import Schedule
from fundarb.ports.venue import Ticker

T0 = 480_000 * HOUR


def ticker(symbol: str, next_ms: int | None, at_ms: int = T0) -> Ticker:
    """What a perp announces."""
    return Ticker(symbol, at_ms, None, next_ms, 8 * HOUR, None, None, None)


def test_before_anything_is_announced_it_polls() -> None:
    schedule = Schedule(10 * SECOND)
    assert schedule.due(T0) is None
    assert schedule.rest_s(T0) == 10


def test_a_settlement_that_comes_before_the_next_poll_cuts_the_rest_short() -> None:
    schedule = Schedule(10 * MINUTE)
    schedule.heard([ticker("A", T0 + 3 * MINUTE), ticker("B", T0 + HOUR), ticker("C", None)])
    assert schedule.rest_s(T0) == 180
    assert schedule.rest_s(T0 + 3 * MINUTE) == 600
    assert schedule.due(T0 + 3 * MINUTE - 1) is None
    assert schedule.due(T0 + 3 * MINUTE) == T0 + 3 * MINUTE


def test_of_several_that_passed_unseen_the_latest_is_due() -> None:
    schedule = Schedule(MINUTE)
    schedule.heard([ticker("A", T0 + HOUR), ticker("B", T0 + 2 * HOUR), ticker("C", T0 + 2 * HOUR)])
    assert schedule.due(T0 + 5 * HOUR) == T0 + 2 * HOUR
    assert schedule.settling(T0 + 2 * HOUR) == ["B", "C"]


def test_what_was_handled_is_not_due_again_though_the_venue_still_announces_it() -> None:
    schedule = Schedule(MINUTE)
    schedule.heard([ticker("A", T0), ticker("B", T0 + HOUR)])
    schedule.handled(T0)
    assert schedule.due(T0) is None
    schedule.heard([ticker("A", T0), ticker("B", T0 + HOUR)])
    assert schedule.due(T0 + MINUTE) is None
    assert schedule.due(T0 + HOUR) == T0 + HOUR


def test_an_announcement_replaces_the_one_before() -> None:
    schedule = Schedule(MINUTE)
    schedule.heard([ticker("A", T0 + 8 * HOUR)])
    schedule.heard([ticker("A", T0 + HOUR)])
    assert schedule.due(T0 + HOUR) == T0 + HOUR


def test_one_that_came_before_the_next_was_announced_stays_due_until_it_is_handled() -> None:
    schedule = Schedule(10 * MINUTE)
    schedule.heard([ticker("A", T0 + HOUR), ticker("B", T0 + 8 * HOUR)])
    now_ms = T0 + HOUR - SECOND  # by a clock that is behind the venue's
    schedule.heard([ticker("A", T0 + 2 * HOUR, T0 + HOUR), ticker("B", T0 + 4 * HOUR, T0 + HOUR)])
    assert (schedule.due(now_ms), schedule.rest_s(now_ms)) == (None, 1)
    schedule.heard([ticker("A", T0 + 2 * HOUR, T0 + HOUR + 1), ticker("B", T0 + 4 * HOUR, T0 + HOUR + 1)])
    assert (schedule.due(T0 + HOUR), schedule.settling(T0 + HOUR)) == (T0 + HOUR, ["A"])
    schedule.handled(T0 + HOUR)
    assert schedule.due(T0 + 2 * HOUR - 1) is None
    assert schedule.due(T0 + 4 * HOUR) == T0 + 4 * HOUR

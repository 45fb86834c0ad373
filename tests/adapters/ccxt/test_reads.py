"""Retries: bounded, further and further apart, for what may pass; a throttle is waited out; what was refused stays so."""

from __future__ import annotations

import asyncio
import random
from collections.abc import Sequence

import pytest

from fundarb.adapters.ccxt.pacing import Allowance, Pacer
from fundarb.adapters.ccxt.reads import TRADING, Patience, Reads
from fundarb.engine.breaker import CircuitBreaker, State
from fundarb.errors import VenueError, VenueRefused, VenueThrottled, VenueUnreachable, VenueUnreadable
from tests.adapters.ccxt.virtual_time import run_virtually


class Venue:
    """Fails as it is told, one failure a call, then answers."""

    def __init__(self, pacer: Pacer, failures: Sequence[VenueError]) -> None:
        self._pacer, self._failures = pacer, list(failures)
        self.asked_s: list[float] = []

    async def ask(self) -> str:
        """One request in a turn."""
        async with self._pacer.turn("kline") as turn:
            self.asked_s.append(asyncio.get_running_loop().time())
            if not self._failures:
                return "answer"
            failure = self._failures.pop(0)
            if isinstance(failure, VenueThrottled):
                self._pacer.throttled(turn, failure.wait_s)
            raise failure


def asked(
    failures: Sequence[VenueError], breaker: CircuitBreaker | None = None, throttle_s: float = 900.0
) -> tuple[str | VenueError, list[float]]:
    """How it ended, and the waits between the attempts."""

    async def run() -> tuple[str | VenueError, list[float]]:
        rng = random.Random(5)
        pacer = Pacer(Allowance(600, 5.0), rng, 5.0)
        venue, reads = Venue(pacer, failures), Reads(pacer, rng, Patience(throttle_s=throttle_s), breaker)
        ended: str | VenueError
        try:
            ended = await reads.ask("candles", venue.ask)
        except VenueError as error:
            ended = error
        return ended, [later - at for at, later in zip(venue.asked_s, venue.asked_s[1:], strict=False)]

    return run_virtually(run())


@pytest.mark.parametrize("kind", [VenueUnreachable, VenueUnreadable])
def test_what_may_pass_is_asked_again_at_growing_distances(kind: type[VenueError]) -> None:
    ended, waits = asked([kind("a"), kind("b"), kind("c"), kind("d")])
    assert ended == "answer"
    assert len(waits) == 4
    for wait, longest in zip(waits, (0.5, 1.0, 2.0, 4.0), strict=True):
        assert longest / 2 <= wait <= longest + 0.1


def test_it_ends_after_five_attempts_with_the_last_failure() -> None:
    failures = [VenueUnreachable(name) for name in "abcdefg"]
    ended, waits = asked(failures)
    assert ended is failures[4]
    assert len(waits) == 4


def test_what_was_refused_is_not_asked_again() -> None:
    refused = VenueRefused("no such symbol", "10001")
    assert asked([VenueUnreachable("a"), refused, VenueUnreachable("b")])[0] is refused


def test_a_throttle_is_waited_out_and_uses_up_no_attempt() -> None:
    ended, waits = asked([*(VenueUnreachable(name) for name in "abcd"), *(VenueThrottled(name) for name in "xyz")])
    assert ended == "answer"
    assert [round(wait) // 5 for wait in waits[4:]] == [1, 2, 4]


def test_a_ban_that_does_not_end_is_told_in_bounded_time() -> None:
    ended, waits = asked([VenueThrottled("access too frequent") for _ in range(50)])
    assert isinstance(ended, VenueThrottled)
    assert "not let in again" in str(ended)
    assert ended.wait_s
    assert 300 <= sum(waits) <= 900


def test_a_ban_of_ten_minutes_is_outlived() -> None:
    async def run() -> tuple[str, float]:
        rng = random.Random(5)
        pacer, loop = Pacer(Allowance(600, 5.0), rng, 5.0), asyncio.get_running_loop()
        began = loop.time()

        async def ask() -> str:
            async with pacer.turn("kline") as turn:
                if loop.time() < began + 600:
                    pacer.throttled(turn, None)
                    raise VenueThrottled("access too frequent")
                return "answer"

        return await Reads(pacer, rng).ask("candles", ask), loop.time() - began

    ended, passed_s = run_virtually(run())
    assert ended == "answer"
    assert 600 <= passed_s <= 900


def test_a_trader_that_is_banned_hears_within_its_patience_for_how_long_and_asks_rarely() -> None:
    async def run() -> tuple[list[float], list[float | None], int]:
        rng, loop = random.Random(5), asyncio.get_running_loop()
        pacer = Pacer(Allowance(600, 5.0), rng, 5.0, patience_s=TRADING.throttle_s)
        reads, began, sent = Reads(pacer, rng, TRADING), loop.time(), 0
        lasted, waits = list[float](), list[float | None]()

        async def ask() -> str:
            nonlocal sent
            async with pacer.turn("tickers") as turn:
                sent += 1
                if loop.time() < began + 600:
                    pacer.throttled(turn, None)
                    raise VenueThrottled("access too frequent")
                pacer.let_in(turn)
                return "answer"

        while True:  # as a feed polls
            polled = loop.time()
            try:
                await reads.ask("tickers", ask)
            except VenueThrottled as error:
                waits.append(error.wait_s)
            else:
                return lasted, waits, sent
            lasted.append(loop.time() - polled)
            await asyncio.sleep(10)

    lasted, waits, sent = run_virtually(run())
    assert max(lasted) <= TRADING.throttle_s
    assert all(wait_s is not None and wait_s > 0 for wait_s in waits)
    assert sent <= 9


def test_the_breaker_hears_how_calls_end_and_a_refusal_is_an_answer() -> None:
    breaker = CircuitBreaker(lambda: 0, failures=2)
    asked([VenueUnreachable(name) for name in "abcde"], breaker)
    asked([VenueRefused("no")], breaker)
    asked([VenueUnreachable(name) for name in "abcde"], breaker)
    states = [breaker.state]
    asked([VenueThrottled("x")], breaker, throttle_s=0)
    assert [*states, breaker.state] == [State.CLOSED, State.OPEN]
    assert str(breaker.why).startswith("x")


def test_being_cancelled_ends_it_at_once() -> None:
    async def run() -> float:
        rng = random.Random(5)
        pacer, loop = Pacer(Allowance(600, 5.0), rng), asyncio.get_running_loop()
        began = loop.time()
        task = asyncio.create_task(Reads(pacer, rng).ask("candles", Venue(pacer, [VenueUnreachable("a")] * 4).ask))
        await asyncio.sleep(0.01)
        task.cancel()
        with pytest.raises(asyncio.CancelledError):
            await task
        return loop.time() - began

    assert run_virtually(run()) < 0.02

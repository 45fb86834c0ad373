"""The limit holds in every window as the venue sees it, and nearly all of it is used; throttles are waited out together."""

from __future__ import annotations

import asyncio
import random
from bisect import bisect_right
from collections.abc import Callable

import pytest
from hypothesis import Phase, given, settings
from hypothesis import strategies as st

from fundarb.adapters.ccxt.pacing import Allowance, Pacer, Turn, Withheld
from tests.adapters.ccxt.virtual_time import run_virtually

BYBIT = Allowance(600, 5.0)


def fullest(arrivals: list[float], window_s: float) -> int:
    """The most arrivals in any window."""
    arrivals = sorted(arrivals)
    return max(bisect_right(arrivals, at + window_s - 1e-9) - index for index, at in enumerate(arrivals))


async def drive(
    pacer: Pacer, workers: int, seconds: float, travel: Callable[[], tuple[float, float]], idle: Callable[[], float]
) -> list[float]:
    """Workers asking without end; `travel` is the way there and back. When each request arrived at the venue."""
    loop = asyncio.get_running_loop()
    arrivals, end = list[float](), loop.time() + seconds

    async def work() -> None:
        while loop.time() < end:
            async with pacer.turn("kline"):
                there, back = travel()
                await asyncio.sleep(there)
                arrivals.append(loop.time())
                await asyncio.sleep(back)
            await asyncio.sleep(idle())

    await asyncio.gather(*(work() for _ in range(workers)))
    return arrivals


@settings(max_examples=25, phases=(Phase.explicit, Phase.reuse, Phase.generate))
@given(
    seed=st.integers(0, 10_000),
    workers=st.integers(1, 64),
    slowest_s=st.sampled_from([0.001, 0.05, 0.3, 2.0, 6.0]),
    lull_s=st.sampled_from([0.0, 0.0, 0.5, 7.0]),
)
def test_no_window_of_the_venue_ever_holds_more_than_the_limit(
    seed: int, workers: int, slowest_s: float, lull_s: float
) -> None:
    rng = random.Random(seed)

    async def run() -> list[float]:
        return await drive(
            Pacer(BYBIT, rng),
            workers,
            20,
            lambda: (rng.uniform(0, slowest_s), rng.uniform(0, slowest_s)),
            lambda: lull_s if rng.random() < 0.01 else 0.0,
        )

    assert fullest(run_virtually(run()), 5.0) <= 570


@pytest.mark.parametrize(("latency_s", "workers"), [(0.002, 8), (0.05, 16), (0.2, 40)])
def test_at_least_nine_tenths_of_the_limit_are_used(latency_s: float, workers: int) -> None:
    rng = random.Random(3)
    arrivals = run_virtually(drive(Pacer(BYBIT, rng), workers, 60, lambda: (latency_s / 2, latency_s / 2), lambda: 0.0))
    assert len(arrivals) / 60 >= 0.9 * 600 / 5
    assert fullest(arrivals, 5.0) <= 570


def test_requests_are_spread_out_from_the_first_second_on() -> None:
    arrivals = run_virtually(drive(Pacer(BYBIT, random.Random(1)), 64, 12, lambda: (0.001, 0.001), lambda: 0.0))
    assert fullest(arrivals, 1.0) <= 117.5 + 0.25 * 117.5 + 1


def test_a_request_that_failed_or_was_cancelled_still_counts_and_holds_up_nobody() -> None:
    async def run() -> float:
        pacer, began = Pacer(Allowance(10, 1.0), random.Random(1)), asyncio.get_running_loop().time()

        async def fail() -> None:
            async with pacer.turn("kline"):
                raise ConnectionError

        waiting = asyncio.create_task(drive(pacer, 1, 1, lambda: (3600, 0), lambda: 0))
        await asyncio.sleep(0.001)
        waiting.cancel()
        results = await asyncio.gather(waiting, *(fail() for _ in range(28)), return_exceptions=True)
        assert isinstance(results[0], asyncio.CancelledError)
        assert all(isinstance(result, ConnectionError) for result in results[1:])
        return asyncio.get_running_loop().time() - began

    assert 2.0 <= run_virtually(run()) <= 4.0


def test_after_a_throttle_everyone_waits_and_one_episode_counts_once() -> None:
    async def run() -> tuple[list[float], float]:
        pacer, loop = Pacer(BYBIT, random.Random(1), first_pause_s=5), asyncio.get_running_loop()
        arrivals, began = list[float](), loop.time()

        async def struck() -> None:
            async with pacer.turn("kline") as turn:
                await asyncio.sleep(0.5)
                pacer.throttled(turn, None)
            async with pacer.turn("tickers"):
                arrivals.append(loop.time() - began)

        await asyncio.gather(*(struck() for _ in range(8)))
        return arrivals, pacer.pause_s

    arrivals, pause_s = run_virtually(run())
    assert len(arrivals) == 8
    assert all(5.5 <= at <= 6.5 for at in arrivals)
    assert pause_s == 0


def test_pauses_double_while_throttles_follow_each_other_and_begin_anew_after_quiet() -> None:
    async def run() -> list[float]:
        pacer, pauses = Pacer(BYBIT, random.Random(1), first_pause_s=5), list[float]()
        for quiet_s in (0.0, 0.0, 0.0, 60.0):
            async with pacer.turn("kline") as turn:
                if quiet_s:
                    pacer.let_in(turn)
                    await asyncio.sleep(quiet_s)
            async with pacer.turn("kline") as turn:
                pacer.throttled(turn, None)
            pauses.append(pacer.pause_s)
        return pauses

    pauses = run_virtually(run())
    assert [5 <= pauses[0] <= 5.5, 10 <= pauses[1] <= 11, 20 <= pauses[2] <= 22, 5 <= pauses[3] <= 5.5] == [True] * 4


def test_pauses_double_up_to_a_bound_though_it_is_asked_rarely_while_nobody_is_let_in() -> None:
    async def run() -> list[float]:
        pacer, pauses = Pacer(BYBIT, random.Random(1), first_pause_s=100), list[float]()
        for _ in range(5):
            await asyncio.sleep(pacer.pause_s + 60)
            async with pacer.turn("kline") as turn:
                pacer.throttled(turn, None)
            pauses.append(pacer.pause_s)
        return pauses

    pauses = run_virtually(run())
    assert [round(pause / 110, 0) for pause in pauses[:2]] == [1, 2]
    assert all(600 <= pause <= 660 for pause in pauses[3:])


def test_nobody_queues_behind_a_pause_that_outlasts_patience_and_nothing_is_sent() -> None:
    async def run() -> tuple[float, list[float]]:
        pacer, loop = Pacer(BYBIT, random.Random(1), first_pause_s=40, patience_s=45), asyncio.get_running_loop()
        began, withheld = loop.time(), list[float]()
        for _ in range(2):
            async with pacer.turn("kline") as turn:  # the first pause is sat out
                pacer.throttled(turn, None)
        for urgent in (False, True):
            with pytest.raises(Withheld) as error:
                async with pacer.turn("order", urgent=urgent):
                    raise AssertionError("sent")
            assert error.value.wait_s is not None
            withheld.append(error.value.wait_s)
        return loop.time() - began, withheld

    passed_s, withheld = run_virtually(run())
    assert 40 <= passed_s <= 45
    assert all(80 <= wait_s <= 88 for wait_s in withheld)


def test_the_wait_a_venue_names_is_kept_to() -> None:
    async def run() -> float:
        pacer = Pacer(BYBIT, random.Random(1), first_pause_s=1)
        async with pacer.turn("kline") as turn:
            pacer.throttled(turn, 42.0)
        return pacer.pause_s

    assert 42 <= run_virtually(run()) <= 46.2


def test_a_path_with_nothing_left_is_closed_until_its_reset_and_others_are_not() -> None:
    async def run() -> tuple[float, float]:
        pacer, loop = Pacer(BYBIT, random.Random(1)), asyncio.get_running_loop()
        began = loop.time()
        headers = {"X-Bapi-Limit": "10", "X-Bapi-Limit-Status": "0", "X-Bapi-Limit-Reset-Timestamp": "1700000000700"}
        pacer.learn(Turn("order/create", 1.0, began, headers), 1_700_000_000_000)
        async with pacer.turn("tickers"):
            other = loop.time() - began
        async with pacer.turn("order/create"):
            return loop.time() - began, other

    own, other = run_virtually(run())
    assert (round(own, 3), round(other, 3)) == (0.7, 0.0)


@pytest.mark.parametrize("headers", [{}, {"X-Bapi-Limit-Status": "3"}, {"X-Bapi-Limit-Status": "-"}, {"Date": "0"}])
def test_headers_that_say_nothing_of_a_limit_close_nothing(headers: dict[str, str]) -> None:
    async def run() -> float:
        pacer, began = Pacer(BYBIT, random.Random(1)), asyncio.get_running_loop().time()
        pacer.learn(Turn("kline", 1.0, began, headers), 0)
        async with pacer.turn("kline"):
            return asyncio.get_running_loop().time() - began

    assert run_virtually(run()) == pytest.approx(0, abs=1e-3)


def test_what_costs_more_waits_longer_and_what_costs_more_than_everything_still_goes() -> None:
    async def run() -> float:
        pacer, began = Pacer(Allowance(100, 10.0), random.Random(1)), asyncio.get_running_loop().time()
        for cost in (40.0, 40.0, 1000.0, 40.0):
            async with pacer.turn("exchangeInfo", cost):
                pass
        return asyncio.get_running_loop().time() - began

    assert 20.0 <= run_virtually(run()) <= 24.0


def test_what_is_urgent_waits_behind_nothing_that_is_not() -> None:
    async def run() -> tuple[float, list[float]]:
        loop = asyncio.get_running_loop()
        pacer = Pacer(BYBIT, random.Random(1), reserve=0.1)
        flood = asyncio.create_task(drive(pacer, 64, 12.0, lambda: (0.05, 0.05), lambda: 0.0))
        longest, orders = 0.0, list[float]()
        for _ in range(20):
            await asyncio.sleep(0.5)
            asked_s = loop.time()
            async with pacer.turn("order/create", urgent=True):
                longest = max(longest, loop.time() - asked_s)
                orders.append(loop.time())
        return longest, [*await flood, *orders]

    longest, arrivals = run_virtually(run())
    assert longest < 0.05
    assert fullest(arrivals, BYBIT.window_s) <= BYBIT.units
    assert len(arrivals) > 12.0 * BYBIT.units / BYBIT.window_s * 0.8

"""A trader at work is alive however long its look lasts; one that hears nothing and ends nothing is not."""

from __future__ import annotations

import asyncio
from itertools import pairwise

from fundarb.engine.trading.pulse import EVERY_S, Pulse
from fundarb.errors import DatabaseBusy
from tests.adapters.ccxt.virtual_time import run_virtually


def beats(requests_s: list[float], ends_s: float, *, busy: int = 0, looked_s: float | None = None) -> list[float]:
    """When a beat was written, if requests ended then; the first so many writes fail."""

    async def run() -> list[float]:
        pulse, found, loop, failing = Pulse(), list[float](), asyncio.get_running_loop(), busy
        began = loop.time()

        async def write() -> None:
            nonlocal failing
            if failing:
                failing -= 1
                raise DatabaseBusy("somebody writes")
            found.append(round(loop.time() - began))

        async with pulse.beating(write):
            if looked_s is not None:
                loop.call_at(began + looked_s, pulse.beaten)
            for at_s in requests_s:
                loop.call_at(began + at_s, pulse.stirred)
            await asyncio.sleep(ends_s)
        return found

    return run_virtually(run())


def test_a_look_that_lasts_beats_for_as_long_as_requests_end() -> None:
    found = beats([float(second) for second in range(120)], 120)
    assert found[0] == 0
    assert all(EVERY_S <= later - earlier <= EVERY_S + 1 for earlier, later in pairwise(found))
    assert found[-1] > 100


def test_one_in_which_nothing_ends_any_more_does_not() -> None:
    assert beats([0.0, 20.0, 21.0], 600) == [0, 20]


def test_between_polls_as_they_are_usual_it_adds_nothing() -> None:
    assert beats([2.0, 10.0, EVERY_S], 20, looked_s=1.0) == []


def test_a_database_that_somebody_writes_to_ends_no_beating() -> None:
    assert beats([0.0, 16.0, 32.0], 60, busy=2) == [32]

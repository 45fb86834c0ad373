"""The search for reference cycles: off while any run goes on, and as it was after the last, however each of them ends."""

from __future__ import annotations

import asyncio
import gc
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from threading import Barrier

import pytest

from fundarb.domain.uncollected import uncollected

PATIENCE_S = 60


@pytest.fixture(autouse=True)
def searching() -> Iterator[None]:
    gc.enable()
    yield
    gc.enable()


def test_it_is_off_inside_and_on_again_afterwards() -> None:
    with uncollected():
        assert not gc.isenabled()
    assert gc.isenabled()


def test_it_is_on_again_after_a_failure() -> None:
    with pytest.raises(ZeroDivisionError), uncollected():
        1 / 0  # noqa: B018  (the failure itself)
    assert gc.isenabled()


async def test_it_is_on_again_after_a_stop() -> None:
    begun = asyncio.Event()

    async def run() -> None:
        with uncollected():
            begun.set()
            await asyncio.Event().wait()

    task = asyncio.create_task(run())
    await begun.wait()
    assert not gc.isenabled()
    task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await task
    assert gc.isenabled()


def test_who_had_it_off_before_has_it_off_afterwards() -> None:
    gc.disable()
    with uncollected():
        pass
    assert not gc.isenabled()


def test_the_last_of_several_turns_it_on_in_whatever_order_they_end() -> None:
    first, second = uncollected(), uncollected()
    first.__enter__()
    second.__enter__()
    first.__exit__(None, None, None)
    assert not gc.isenabled()
    second.__exit__(None, None, None)
    assert gc.isenabled()


def test_runs_in_threads_leave_it_on() -> None:
    together = Barrier(4)

    def run() -> bool:
        together.wait(PATIENCE_S)
        off = []
        for _ in range(500):
            with uncollected():
                off.append(not gc.isenabled())
        return all(off)

    with ThreadPoolExecutor(4) as pool:
        assert all(one.result(PATIENCE_S) for one in [pool.submit(run) for _ in range(4)])
    assert gc.isenabled()

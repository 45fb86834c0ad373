"""The decimal context holds wherever money is computed: new threads, new processes, tasks and fresh contexts."""

from __future__ import annotations

import asyncio
import contextvars
import decimal
import subprocess
import sys
import threading
from collections.abc import Callable
from concurrent.futures import ProcessPoolExecutor
from decimal import Decimal
from multiprocessing import get_context

from fundarb.domain.money import PRECISION

WIDE = Decimal("123456789012345678901234567890.123456789")


def observed() -> tuple[int, bool, bool, str]:
    """Precision, whether a third raises, whether floats raise, and a product of 78 digits."""
    tenth = 0.1
    return decimal.getcontext().prec, raises(lambda: Decimal(1) / 3), raises(lambda: Decimal(tenth)), str(WIDE * WIDE)


def raises(operation: Callable[[], Decimal]) -> bool:
    try:
        operation()
    except (decimal.Inexact, decimal.FloatOperation):
        return True
    return False


def expected() -> tuple[int, bool, bool, str]:
    square = 123456789012345678901234567890123456789**2
    return PRECISION, True, True, f"{str(square)[:-18]}.{str(square)[-18:]}"


def test_here() -> None:
    assert observed() == expected()


def test_in_a_new_thread() -> None:
    seen: list[tuple[int, bool, bool, str]] = []
    thread = threading.Thread(target=lambda: seen.append(observed()))
    thread.start()
    thread.join()
    assert seen == [expected()]


def test_in_a_spawned_process() -> None:
    with ProcessPoolExecutor(max_workers=1, mp_context=get_context("spawn")) as pool:
        assert pool.submit(observed).result(timeout=60) == expected()


def test_in_a_fresh_interpreter_after_importing_any_floor_above() -> None:
    code = "import decimal, fundarb.accounting.fees; print(decimal.getcontext().prec, decimal.DefaultContext.prec)"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, timeout=60, check=True)
    assert done.stdout.split() == [str(PRECISION)] * 2


def test_imported_late_and_in_a_thread_it_holds_there_and_in_every_thread_that_computes_later() -> None:
    """A thread that computed before keeps its own context: nothing can reach that from outside."""
    code = """
import decimal, threading
before = decimal.Decimal(1) / 3
def show(): print(decimal.getcontext().prec)
def first():
    import fundarb.domain
    show()
for step in (first, show):
    thread = threading.Thread(target=step)
    thread.start()
    thread.join()
show()
"""
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, timeout=60, check=True)
    assert done.stdout.split() == [str(PRECISION), str(PRECISION), "28"]


async def test_in_tasks_and_in_threads_of_the_loop() -> None:
    async def task() -> tuple[int, bool, bool, str]:
        await asyncio.sleep(0)
        return observed()

    seen = await asyncio.gather(task(), task(), asyncio.to_thread(observed))
    assert list(seen) == [expected()] * 3


def test_in_an_empty_context() -> None:
    assert contextvars.Context().run(observed) == expected()

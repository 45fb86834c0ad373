"""Runs one command's coroutine to its end; SIGINT and SIGTERM cancel it, and what it opened closes on the way out.

A second signal ends the process at once, as SIGHUP and SIGQUIT do: whoever drew on the terminal gives it back before."""

from __future__ import annotations

import asyncio
import os
import signal
import time
from collections.abc import Callable, Coroutine, Iterable, Iterator
from contextlib import contextmanager
from typing import Any

import structlog

from fundarb import __version__
from fundarb.cli import logs
from fundarb.cli.options import Globals
from fundarb.errors import FundarbError

STOPPING = (signal.SIGINT, signal.SIGTERM)
_AT_ONCE = (signal.SIGHUP, signal.SIGQUIT)
_FAREWELLS: list[Callable[[], None]] = []
_SOON_S = 0.05


class Stopped(Exception):
    """The command was told to stop, and did; `failed` says what it could not bring to its end."""

    def __init__(self, number: int, failed: str = "") -> None:
        super().__init__(f"stopped by {signal.Signals(number).name}" + (f"; error: {failed}" if failed else ""))
        self.exit_code = 128 + number


def run_command(start: Callable[[], Coroutine[Any, Any, int | None]], given: Globals, name: str) -> int:
    """The exit code of the coroutine that `start` makes, once it has really run."""
    logs.configure(given)
    log = structlog.get_logger("fundarb.cli")
    log.info("started", command=name, db=str(given.database), version=__version__)
    began = time.monotonic()
    code = asyncio.run(_run_stoppable(start()))
    log.info("finished", command=name, exit_code=code, seconds=round(time.monotonic() - began, 3))
    return code


@contextmanager
def giving_back(farewell: Callable[[], None]) -> Iterator[None]:
    """Within the block `farewell` is called as soon as any signal wants an end; it must come back soon."""
    loop = asyncio.get_running_loop()
    ours = [number for number in _AT_ONCE if signal.getsignal(number) is signal.SIG_DFL]  # nohup ignores one of them
    for number in ours:
        loop.add_signal_handler(number, _end_at_once, number)
    _FAREWELLS.append(farewell)
    try:
        yield
    finally:
        _FAREWELLS.remove(farewell)
        for number in ours:
            loop.remove_signal_handler(number)


def _end_at_once(number: int) -> None:
    """By the signal itself, once the terminal is given back."""
    _say_farewell()
    _leave_to_the_kernel([number])
    os.kill(os.getpid(), number)


def _leave_to_the_kernel(numbers: Iterable[int]) -> None:
    """From now on these end the process, whatever it is at."""
    for number in numbers:
        asyncio.get_running_loop().remove_signal_handler(number)
        signal.signal(number, signal.SIG_DFL)


def _say_farewell() -> None:
    for farewell in _FAREWELLS:
        farewell()


async def _run_stoppable(work: Coroutine[Any, Any, int | None]) -> int:
    """The first signal cancels the work; a second one ends the process at once, were it while the first is dealt with."""
    received: list[int] = []
    loop = asyncio.get_running_loop()
    task = loop.create_task(work)

    def stop(number: int) -> None:
        if received:
            _end_at_once(number)
            return
        received.append(number)
        _say_farewell()
        loop.call_later(_SOON_S, _leave_to_the_kernel, STOPPING)
        task.cancel()

    for number in STOPPING:
        loop.add_signal_handler(number, stop, number)
    try:
        return await task or 0
    except (asyncio.CancelledError, Exception) as error:
        if received:
            raise Stopped(received[0], str(error) if isinstance(error, FundarbError) else "") from None
        raise

"""Runs one command's coroutine to its end; SIGINT and SIGTERM cancel it, and what it opened closes on the way out."""

from __future__ import annotations

import asyncio
import signal
import time
from collections.abc import Callable, Coroutine
from typing import Any

import structlog

from fundarb import __version__
from fundarb.cli import logs
from fundarb.cli.options import Globals

STOPPING = (signal.SIGINT, signal.SIGTERM)


class Stopped(Exception):
    """The command was told to stop, and did."""

    def __init__(self, number: int) -> None:
        super().__init__(f"stopped by {signal.Signals(number).name}")
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


async def _run_stoppable(work: Coroutine[Any, Any, int | None]) -> int:
    """The first signal cancels the work; a second one finds the usual handlers and ends the process at once."""
    received: list[int] = []
    loop = asyncio.get_running_loop()
    task = loop.create_task(work)

    def stop(number: int) -> None:
        received.append(number)
        for each in STOPPING:
            loop.remove_signal_handler(each)
        task.cancel()

    for number in STOPPING:
        loop.add_signal_handler(number, stop, number)
    try:
        return await task or 0
    except (asyncio.CancelledError, Exception):
        if received:
            raise Stopped(received[0]) from None
        raise

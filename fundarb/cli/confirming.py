"""A person confirms with typed words what moves money; off a terminal only an option does."""

from __future__ import annotations

import asyncio
import os
import sys

from fundarb.errors import UsageError

_MOST_BYTES = 4096


def on_terminal() -> bool:
    """Whether somebody is there to read and to type."""
    return all(stream is not None and stream.isatty() for stream in (sys.stdin, sys.stderr))


async def confirm(about: str, words: str) -> None:
    """Say what it is about and wait for the words; anything else is no. Ctrl-C is heeded while it waits."""
    sys.stderr.write(f"{about}\nType `{words}` to go on: ")
    sys.stderr.flush()
    if (await _line()).strip() != words:
        raise UsageError(f"not confirmed: `{words}` was not typed; nothing was done")


async def _line() -> str:
    """A line of standard input, without holding up the loop that hears signals."""
    loop, descriptor = asyncio.get_running_loop(), sys.stdin.fileno()
    ready: asyncio.Future[None] = loop.create_future()
    loop.add_reader(descriptor, lambda: None if ready.done() else ready.set_result(None))
    try:
        await ready
    finally:
        loop.remove_reader(descriptor)
    return os.read(descriptor, _MOST_BYTES).decode("utf-8", "replace")

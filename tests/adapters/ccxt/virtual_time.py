"""An event loop whose time passes only when nobody has anything to do: minutes of waiting in milliseconds, exactly."""

from __future__ import annotations

import asyncio
import selectors
from collections.abc import Coroutine
from typing import Any, TypeVar

T = TypeVar("T")
_TURN_S = 1e-7  # even doing nothing takes time: who waits for the next instant must get there


class _Skipping(selectors.DefaultSelector):
    """A selector that moves the time instead of waiting."""

    passed_s = 0.0

    def select(self, timeout: float | None = None) -> list[Any]:
        """What is ready now; where nothing is, the wait is over at once."""
        if timeout is None:
            raise AssertionError("everyone waits for something that is not a matter of time")
        self.passed_s += max(timeout, _TURN_S)
        return super().select(0)


class VirtualLoop(asyncio.SelectorEventLoop):
    """Starts at 1000 s."""

    def __init__(self) -> None:
        self._skipping = _Skipping()
        super().__init__(self._skipping)

    def time(self) -> float:
        """Virtual seconds."""
        return 1000.0 + self._skipping.passed_s


def run_virtually(coroutine: Coroutine[Any, Any, T]) -> T:
    """Run to the end in virtual time."""
    with asyncio.Runner(loop_factory=VirtualLoop) as runner:
        return runner.run(coroutine)

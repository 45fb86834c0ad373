"""Which clock a command goes by."""

from __future__ import annotations

from fundarb.adapters.clocks import Stopwatch, WallClock
from fundarb.ports.clock import Clock


def clock() -> Clock:
    """The time."""
    return WallClock()


def stopwatch() -> Clock:
    """What patience is counted by: it goes on evenly, however the clock of the machine is set meanwhile."""
    return Stopwatch()

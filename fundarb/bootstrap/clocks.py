"""Which clock a command goes by."""

from __future__ import annotations

from fundarb.adapters.clocks import WallClock
from fundarb.ports.clock import Clock


def clock() -> Clock:
    """The time."""
    return WallClock()

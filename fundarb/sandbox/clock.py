"""The exchange's time: N times as fast as the wall, or stepped, moving only when a client says so."""

from __future__ import annotations

from collections.abc import Callable
from decimal import Decimal
from typing import Protocol

WallNs = Callable[[], int]


class VenueClock(Protocol):
    """Venue time, and the wall time that windows, limits and latencies count."""

    def now_ms(self) -> int:
        """Venue time."""
        ...

    def wall_ms(self) -> int:
        """Wall time, monotonic."""
        ...

    def announced(self) -> str:
        """What `X-Sandbox-Clock` says: the speed, or `step`."""
        ...

    def wall_speed(self) -> Decimal:
        """Venue milliseconds in one of the wall; 1 when stepped."""
        ...


class RunningClock:
    """Venue time that started at `start_ms` and runs `speed` times as fast as the wall."""

    def __init__(self, start_ms: int, speed: Decimal, wall_ns: WallNs) -> None:
        self._start_ms, self._speed, self._wall_ns = start_ms, speed, wall_ns
        self._began_ns = wall_ns()

    def now_ms(self) -> int:
        """Start plus what passed of the wall, times the speed."""
        passed_ns = self._wall_ns() - self._began_ns
        numerator, denominator = self._speed.as_integer_ratio()
        return self._start_ms + passed_ns * numerator // (denominator * 1_000_000)

    def wall_ms(self) -> int:
        """The wall."""
        return self._wall_ns() // 1_000_000

    def announced(self) -> str:
        """The speed."""
        return format(self._speed, "f")

    def wall_speed(self) -> Decimal:
        """The speed."""
        return self._speed


class SteppedClock:
    """Venue time that stands still until it is moved, and never goes back."""

    def __init__(self, start_ms: int, wall_ns: WallNs) -> None:
        self._now_ms, self._wall_ns = start_ms, wall_ns

    def now_ms(self) -> int:
        """Where the last step left it."""
        return self._now_ms

    def wall_ms(self) -> int:
        """The wall."""
        return self._wall_ns() // 1_000_000

    def announced(self) -> str:
        """`step`."""
        return "step"

    def wall_speed(self) -> Decimal:
        """As the wall."""
        return Decimal(1)

    def step_to(self, to_ms: int) -> int:
        """Move forward to `to_ms` (never back); the time that is now."""
        self._now_ms = max(self._now_ms, to_ms)
        return self._now_ms

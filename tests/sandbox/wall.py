"""A wall clock that a test moves."""

from __future__ import annotations


class Wall:
    """Called, it tells nanoseconds, as `time.monotonic_ns` does."""

    def __init__(self, now_ms: int = 5_000_000) -> None:
        self.now_ms = now_ms

    def __call__(self) -> int:
        """The time."""
        return self.now_ms * 1_000_000

    def wait(self, ms: int) -> None:
        """Let so much pass."""
        self.now_ms += ms

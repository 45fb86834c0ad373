"""Room on the disk as a breaker: entries stop while there is still room to write down what closes positions."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from fundarb.engine.breaker import State

LEAST = 64 * 2**20  # bytes; a day of trading writes less than a hundredth of it
_MB = 2**20


@dataclass(frozen=True, slots=True)
class DiskRoom:
    """Closed for as long as there is room; `free` tells the bytes that are left."""

    free: Callable[[], int]

    @property
    def state(self) -> State:
        """Open where entries have to wait."""
        return State.OPEN if self.free() < LEAST else State.CLOSED

    @property
    def why(self) -> str | None:
        """How much there is, and how much is wanted."""
        free = self.free()
        return f"{free // _MB} MB free, at least {LEAST // _MB} are wanted" if free < LEAST else None

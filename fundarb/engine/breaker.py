"""A circuit breaker: repeated failures stop new risk, a trial call after a while lets it through again.

Reads and whatever reduces risk pass always. Time is injected, in milliseconds that never go back."""

from __future__ import annotations

from collections.abc import Callable
from enum import StrEnum


class State(StrEnum):
    """closed → open → half-open → closed, or open again."""

    CLOSED = "closed"
    OPEN = "open"
    HALF_OPEN = "half-open"


class CircuitBreaker:
    """Fills the port `Breaker`: `failures` in a row open it, for `cooldown_ms`, doubled each time a trial fails."""

    def __init__(
        self,
        now_ms: Callable[[], int],
        *,
        failures: int = 5,
        cooldown_ms: int = 30_000,
        longest_ms: int = 600_000,
    ) -> None:
        self._now_ms, self._most, self._first_ms, self._longest_ms = now_ms, failures, cooldown_ms, longest_ms
        self._failed_in_a_row = 0
        self._cooldown_ms = cooldown_ms
        self._until_ms: int | None = None
        self._trial_until_ms: int | None = None
        self.why: str | None = None

    @property
    def state(self) -> State:
        """Where it stands now; `why` says what opened it."""
        if self._until_ms is None:
            return State.CLOSED
        return State.OPEN if self._now_ms() < self._until_ms else State.HALF_OPEN

    def allows(self, *, reduces_risk: bool) -> bool:
        """Whether a call may go out; half-open, one trial at a time, given up on after another cooldown."""
        if reduces_risk or self.state is State.CLOSED:
            return True
        if self.state is State.OPEN or self._now_ms() < (self._trial_until_ms or 0):
            return False
        self._trial_until_ms = self._now_ms() + self._cooldown_ms
        return True

    def succeeded(self) -> None:
        """Failures in a row end; after the cooldown a call that came back well closes it."""
        self._failed_in_a_row = 0
        if self.state is State.HALF_OPEN:
            self._until_ms = self._trial_until_ms = self.why = None
            self._cooldown_ms = self._first_ms

    def failed(self, why: str) -> None:
        """One more; half-open, one is enough to open it again for twice as long."""
        self._failed_in_a_row += 1
        if self.state is State.HALF_OPEN:
            self._cooldown_ms = min(2 * self._cooldown_ms, self._longest_ms)
            self._open(why)
        elif self.state is State.CLOSED and self._failed_in_a_row >= self._most:
            self._open(why)

    def _open(self, why: str) -> None:
        self.why, self._trial_until_ms = why, None
        self._until_ms = self._now_ms() + self._cooldown_ms

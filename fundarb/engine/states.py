"""What a trader is doing, as data: each change is an event, and a change the table does not know cannot be made.

INITIALIZING → SCANNING → OPENING → MONITORING → CLOSING → IDLE, and from anywhere but the end ERROR → RECOVERING."""

from __future__ import annotations

from collections.abc import Callable
from enum import StrEnum

from fundarb.errors import FundarbError


class State(StrEnum):
    """What goes on."""

    INITIALIZING = "initializing"
    SCANNING = "scanning"
    OPENING = "opening"
    MONITORING = "monitoring"
    CLOSING = "closing"
    IDLE = "idle"
    ERROR = "error"
    RECOVERING = "recovering"

    __hash__ = str.__hash__  # as it is equal to its text; and a cycle asks thrice an event


FOLLOWING: dict[State, frozenset[State]] = {
    State.INITIALIZING: frozenset({State.SCANNING, State.RECOVERING, State.ERROR}),
    State.SCANNING: frozenset({State.OPENING, State.CLOSING, State.MONITORING, State.IDLE, State.ERROR}),
    State.OPENING: frozenset({State.MONITORING, State.IDLE, State.ERROR}),
    State.MONITORING: frozenset({State.SCANNING, State.CLOSING, State.ERROR}),
    State.CLOSING: frozenset({State.OPENING, State.MONITORING, State.IDLE, State.ERROR}),
    State.IDLE: frozenset({State.SCANNING, State.ERROR}),
    State.ERROR: frozenset({State.RECOVERING}),
    State.RECOVERING: frozenset({State.SCANNING, State.ERROR}),
}


class InvalidTransition(FundarbError):
    """A change of state the table does not know: a mistake in the program, never in the market."""


class StateMachine:
    """Holds the state; tells `record` of every change, before it counts."""

    def __init__(self, record: Callable[[State, State, int], None] | None = None) -> None:
        self.state = State.INITIALIZING
        self._record = record

    def move(self, to: State, at_ms: int) -> None:
        """Change the state; staying is no change."""
        if to is self.state:
            return
        if to not in FOLLOWING[self.state]:
            raise InvalidTransition(
                f"{self.state} cannot become {to}; it can become {', '.join(sorted(FOLLOWING[self.state]))}"
            )
        if self._record is not None:
            self._record(self.state, to, at_ms)
        self.state = to

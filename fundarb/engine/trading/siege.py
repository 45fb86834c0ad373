"""A database that another program keeps writing to: a shell, a VACUUM, a backup. It is ridden out look by look.

What must be written before it is sent is not sent meanwhile, and what was sent is booked by the next look that can write, as
after a restart. Whoever writes for longer than patience lasts ends the trader: it looks after nothing any more."""

from __future__ import annotations

from collections.abc import Callable

from fundarb.domain.instants import MINUTE
from fundarb.engine.breaker import State
from fundarb.errors import DatabaseBusy

NAME = "the database"
PATIENCE_MS = 10 * MINUTE  # of the wall


class Siege:
    """Fills `Tripping`: open while nothing can be written, half-open once a beat was, closed after a whole step."""

    def __init__(self, wall_ms: Callable[[], int], patience_ms: int = PATIENCE_MS) -> None:
        self._wall_ms, self._patience_ms = wall_ms, patience_ms
        self._since_ms: int | None = None
        self.state = State.CLOSED
        self.why: str | None = None

    def met(self, error: DatabaseBusy) -> None:
        """Nothing could be written: raised again once that has lasted for too long."""
        now_ms = self._wall_ms()
        self._since_ms = now_ms if self._since_ms is None else self._since_ms
        if now_ms - self._since_ms >= self._patience_ms:
            minutes = self._patience_ms / MINUTE
            raise DatabaseBusy(f"{error}; for {minutes:g} minutes nothing could be written: positions are as they were")
        self.state, self.why = State.OPEN, str(error)

    def eased(self) -> None:
        """Something was written."""
        self._since_ms = None
        if self.state is State.OPEN:
            self.state = State.HALF_OPEN

    def lifted(self) -> None:
        """A whole step was."""
        self._since_ms, self.state, self.why = None, State.CLOSED, None

"""The halt that stands, as a running trader sees it: told once when it begins, changes or ends, whoever did that in another
shell, and when it is found at the start. A stop of one's own was told by the stop itself."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from fundarb.domain.instants import iso
from fundarb.engine.trading.telling import event
from fundarb.ports.journal import Event, Halt


@dataclass(slots=True)
class Halts:
    """Remembers the halt that was told last."""

    _told: Halt | None = None

    def made(self, halt: Halt | None) -> None:
        """One that was told by whoever made it here; None where nobody did."""
        if halt is not None:
            self._told = halt

    def news(self, at_ms: int, stands: Halt | None) -> list[Event]:
        """What is to be told of the halt that stands now."""
        before, self._told = self._told, stands
        if stands == before:
            return []
        if stands is None:
            return [event(at_ms, None, "resumed", {"pairs": []})]
        let_through = [pair for pair in before.pairs if pair not in stands.pairs] if before and stands.pairs else []
        if before is not None and let_through and set(stands.pairs) < set(before.pairs):
            return [_of(at_ms, "resumed", let_through)]
        return [_of(at_ms, "halted", stands.pairs, stands)]


def _of(at_ms: int, name: str, pairs: Sequence[str], halt: Halt | None = None) -> Event:
    """No pairs: of all."""
    since = {} if halt is None else {"since": iso(halt.since_ms)}
    told = event(at_ms, None, name, {"pairs": list(pairs), **since})
    return Event(at_ms, None, name, None, None if halt is None else halt.reason, told.data)

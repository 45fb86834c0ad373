"""Breakers, by what they guard: while any is open nothing is entered, and a person is told once each way."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from typing import Protocol

from fundarb.engine.breaker import State
from fundarb.engine.trading.telling import event
from fundarb.ports.journal import Event
from fundarb.risk.gate import Standing


class Tripping(Protocol):
    """What can stop entries by itself."""

    @property
    def state(self) -> State:
        """Where it stands now."""
        ...

    @property
    def why(self) -> str | None:
        """What opened it."""
        ...


@dataclass(slots=True)
class Breakers:
    """Half-open, a breaker lets one trial through by itself; here only an open one stops entries."""

    each: Mapping[str, Tripping]
    _told: set[str] = field(default_factory=set)

    def under(self, standing: Standing) -> Standing:
        """What stops entries with the breakers as they are."""
        return replace(standing, all_halted=True) if self.tripped else standing

    @property
    def tripped(self) -> tuple[str, ...]:
        """Those that stop entries now, each with what opened it."""
        return tuple(f"{name}: {one.why}" for name, one in self.each.items() if one.state is State.OPEN)

    def news(self, at_ms: int) -> list[Event]:
        """Those that opened or closed since they were last asked about."""
        found = []
        for name, breaker in self.each.items():
            shut = breaker.state is State.CLOSED
            if shut == (name in self._told):
                data = {"guards": name, "state": "closed" if shut else "open", "why": breaker.why}
                found.append(event(at_ms, None, "breaker", data))
                self._told.symmetric_difference_update({name})
        return found

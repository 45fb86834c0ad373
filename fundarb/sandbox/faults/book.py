"""Draws the faults of each request and counts them. A draw depends on the seed, the rule and how many requests matched
before, on nothing else, so the same requests in the same order meet the same faults."""

from __future__ import annotations

import random
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any

from fundarb.sandbox.faults.rules import CONTINUING, Kind, Rule, Where


@dataclass(slots=True)
class Tally:
    """A rule and what became of it."""

    rule: Rule
    matched: int = 0
    fired: int = 0

    def told(self) -> dict[str, Any]:
        """As `GET /sandbox/faults` tells it, and as a state file keeps it."""
        return {**self.rule.written(), "matched": self.matched, "fired": self.fired}


@dataclass(frozen=True, slots=True)
class Drawn:
    """What strikes one request: waits, a wrong clock, and at most one fault that makes an end of it."""

    continuing: tuple[Rule, ...] = ()
    ending: Rule | None = None

    @property
    def skew_ms(self) -> int:
        """How wrong the server's clock is."""
        return sum(rule.ms for rule in self.continuing if rule.fault is Kind.SKEW)

    def latency_ms(self, where: Where) -> int:
        """How long to wait before or after processing."""
        return sum(rule.ms for rule in self.continuing if rule.fault is Kind.LATENCY and rule.where is where)


class FaultBook:
    """The faults in force."""

    def __init__(self, rules: Iterable[Rule] = (), seed: int = 0) -> None:
        self._seed = seed
        self.tallies: Sequence[Tally] = ()
        self.replace(rules)

    def replace(self, rules: Iterable[Rule]) -> None:
        """Other faults, counted from nought."""
        self.tallies = tuple(Tally(rule) for rule in rules)

    def restore(self, tallies: Iterable[Tally]) -> None:
        """Go on counting where another run left off."""
        self.tallies = tuple(tallies)

    def draw(self, method: str, path: str) -> Drawn:
        """What strikes this request: rules in their order, down to the first that ends it."""
        continuing: list[Rule] = []
        for number, tally in enumerate(self.tallies):
            if tally.rule.matches(method, path) and self._fires(number, tally):
                if tally.rule.fault not in CONTINUING:
                    return Drawn(tuple(continuing), tally.rule)
                continuing.append(tally.rule)
        return Drawn(tuple(continuing))

    def fired(self) -> dict[str, int]:
        """How often each fired, by its name."""
        counts: dict[str, int] = {}
        for tally in self.tallies:
            counts[tally.rule.name] = counts.get(tally.rule.name, 0) + tally.fired
        return counts

    def _fires(self, number: int, tally: Tally) -> bool:
        rule = tally.rule
        tally.matched += 1
        if tally.matched <= rule.after or (rule.count is not None and tally.fired >= rule.count):
            return False
        if rule.probability < 1 and not self._chance(number, tally.matched) < rule.probability:
            return False
        tally.fired += 1
        return True

    def _chance(self, number: int, matched: int) -> float:
        return random.Random(f"{self._seed}/{number}/{matched}").random()  # noqa: S311 (dice of a rehearsal)

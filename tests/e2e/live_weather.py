"""The faults of one stretch of live trading: what strikes, and at which step of the trader it begins to.

Counted are steps, never requests: how often an order is asked about is up to the wall. What begins at a step strikes the
next request of its path, and as many after it as it has left."""

from __future__ import annotations

import random
from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from tests.e2e.account_view import fired
from tests.e2e.live_gate import Step
from tests.e2e.live_points import CREATE, EXECUTIONS, LOG, REALTIME
from tests.e2e.trading import faulty

GARBAGE = ("html", "null-body", "broken-json", "truncate", "reset", "empty-body")
READS = ("/v5/account/wallet-balance", "/v5/position/list", EXECUTIONS, LOG)
REFUSALS = (110007, 10016, 170131, 110072)
ORDERS, LOOKS = (("before", "submit"),), (("before", "start"), ("before", "sleep"))  # what is counted up to a fault
LATEST = 8

Rule = Mapping[str, Any]
Steps = tuple[tuple[str, str], ...]


@dataclass(frozen=True, slots=True)
class Coming:
    """A fault that begins once so many of these steps have been come to."""

    rule: Rule
    steps: Steps
    after: int


@dataclass
class Weather:
    """What is still to come, what is in force, and how often each has struck."""

    url: str
    coming: list[Coming]
    seen: Counter[tuple[str, str]] = field(default_factory=Counter)
    in_force: list[Rule] = field(default_factory=list)
    struck: Counter[str] = field(default_factory=Counter)

    def come_to(self, step: Step) -> None:
        """A step was reached: what begins there is laid beside what has strikes left."""
        self.seen[step.when, step.step] += 1
        due = [one for one in self.coming if sum(self.seen[each] for each in one.steps) > one.after]
        if due:
            self.coming = [one for one in self.coming if one not in due]
            self._lay([one.rule for one in due])

    def clear(self) -> None:
        """Nothing is in force any more."""
        self._counted()
        self.coming, self.in_force = [], []
        faulty(self.url)

    def _lay(self, more: list[Rule]) -> None:
        self.in_force = [*self._counted(), *more]
        faulty(self.url, *self.in_force)

    def _counted(self) -> list[Rule]:
        """Add what has struck; what has strikes left. The sandbox counts anew whenever its faults are replaced."""
        counts = fired(self.url)
        self.struck.update(counts)
        left = [{**one, "count": one["count"] - counts[one["name"]]} for one in self.in_force]
        return [one for one in left if one["count"]]


def drawn_weather(url: str, rng: random.Random) -> Weather:
    """Some faults for orders, some for what is only read. Each is bounded: after five orders that fail in a row entries
    would stop for a while of the wall."""
    taken = {"path": CREATE, "fault": rng.choice(GARBAGE), "where": rng.choice(("before", "after", "after"))}
    refused = {"path": CREATE, "fault": "code", "code": rng.choice(REFUSALS)}
    asked = {"path": REALTIME, "fault": rng.choice(GARBAGE), "method": "GET"}
    read = {"path": rng.choice(READS), "fault": rng.choice(GARBAGE)}
    market = {"path": "/v5/market/tickers", "fault": "code", "code": 10016}
    kinds: list[tuple[Rule, Steps]] = [
        *((rule, ORDERS) for rule in (taken, refused, asked)),
        *((rule, LOOKS) for rule in (read, market)),
    ]
    wanted = [one for one in kinds if rng.random() < 0.6]
    return Weather(url, [Coming(_bounded(rule, rng), steps, rng.randint(0, LATEST)) for rule, steps in wanted])


def _bounded(rule: Rule, rng: random.Random) -> Rule:
    return {**rule, "count": rng.choice((1, 1, 2)), "name": f"{rule['fault']} {rule['path']}"}

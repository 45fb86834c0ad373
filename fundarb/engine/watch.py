"""Watches margined shorts: for each the next moment its liquidation level or its guard is reached, found once a change."""

from __future__ import annotations

from decimal import Decimal
from typing import NamedTuple

from fundarb.accounting.holding import Holding
from fundarb.engine.market import PairMarket
from fundarb.engine.touches import NEVER


class Alarm(NamedTuple):
    """A moment to look at: a touch is known at its candle's close, before the guard at the open of the same instant."""

    at_ms: int
    pair: str
    guard: bool


class Watch:
    """Alarms of open positions; looked ahead to the end of the range, asked for only when their time has come."""

    def __init__(self, until_ms: int) -> None:
        self._until_ms = until_ms
        self._touch: dict[str, int] = {}
        self._guard: dict[str, int] = {}
        self.next_ms = NEVER

    def follow(self, market: PairMarket, held: Holding, level: Decimal | None, guard: Decimal, after_ms: int) -> None:
        """Find both alarms anew: after an entry, or after a guard moved the reference. No level: nothing liquidates."""
        touch = None
        if level is not None:
            touch = market.touches.next_liquidation(level, held.opened_ms, after_ms, self._until_ms)
        self._touch[held.pair] = NEVER if touch is None else touch
        self.look_on(market, held, guard, after_ms)

    def look_on(self, market: PairMarket, held: Holding, guard: Decimal, after_ms: int) -> None:
        """Find the guard's next alarm after a moment; a guard of 0 is off."""
        found = None
        if guard:
            found = market.touches.next_guard(held.reference, guard, after_ms, self._until_ms)
        self._guard[held.pair] = NEVER if found is None else found
        self._set_next()

    def forget(self, pair: str) -> None:
        """The short is gone."""
        self._touch.pop(pair, None)
        self._guard.pop(pair, None)
        self._set_next()

    def due(self, at_ms: int) -> Alarm | None:
        """The first alarm of the span that ends at `at_ms`: touches up to it, guards before it."""
        alarms = [Alarm(when, pair, guard=False) for pair, when in self._touch.items() if when <= at_ms]
        alarms += [Alarm(when, pair, guard=True) for pair, when in self._guard.items() if when < at_ms]
        return min(alarms, key=lambda alarm: (alarm.at_ms, alarm.pair, alarm.guard), default=None)

    def guards_at(self, at_ms: int) -> list[str]:
        """Pairs whose guard is due at this very time, in symbol order."""
        return sorted(pair for pair, when in self._guard.items() if when == at_ms)

    def _set_next(self) -> None:
        self.next_ms = min((*self._touch.values(), *self._guard.values()), default=NEVER)

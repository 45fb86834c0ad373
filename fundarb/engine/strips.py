"""A market along a timeline: for each pair what its legs open at and what it pays, event by event, exact."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

import numpy as np
from numpy.typing import NDArray

from fundarb.engine.event_times import EventTimes
from fundarb.engine.market import Market, PairMarket
from fundarb.engine.quotes import NOTHING, Quotes, quotes_of
from fundarb.engine.timeline import Timeline


class Strip:
    """One pair along a timeline."""

    __slots__ = ("_perp", "_perp_marks", "_perp_step", "_rate", "_rate_step", "_spot", "_spot_step", "market")

    def __init__(self, market: PairMarket, timeline: Timeline, events: EventTimes) -> None:
        self.market, self._perp_marks = market, market.perp_marks
        self._perp, self._perp_step = market.perp.opens_at(events)
        self._spot, self._spot_step = market.spot.opens_at(events)
        self._rate, self._rate_step = _settling(market, timeline)

    def opens(self, event: int) -> tuple[Decimal | None, Decimal | None]:
        """What perp and spot open at."""
        perp, spot = self._perp[event], self._spot[event]
        return (
            None if perp == NOTHING else perp * self._perp_step,
            None if spot == NOTHING else spot * self._spot_step,
        )

    def settling(self, event: int, at_ms: int) -> tuple[Decimal, Decimal | None] | None:
        """The rate that settles and the mark it falls on; None where nothing settles."""
        rate = self._rate[event]
        if rate == NOTHING:
            return None
        perp = self._perp[event] if self._perp_marks else NOTHING
        mark = self.market.payment_mark(at_ms) if perp == NOTHING else perp * self._perp_step
        return rate * self._rate_step, mark


class Strips(dict[str, Strip]):
    """Every pair's strip by its symbol, made when it is first looked at; nothing in it depends on a portfolio."""

    def __init__(self, market: Market, timeline: Timeline) -> None:
        super().__init__()
        self._market, self._timeline = market, timeline
        self.events = EventTimes(timeline.times)
        self._closes: dict[str, tuple[NDArray[Any], int, int]] = {}

    def __missing__(self, symbol: str) -> Strip:
        found = self[symbol] = Strip(self._market.of(symbol), self._timeline, self.events)
        return found

    def closes(self, symbol: str) -> tuple[NDArray[Any], int, int]:
        """The spot's last close at every event as whole numbers, their decimals, and the highest (at least 1)."""
        found = self._closes.get(symbol)
        if found is None:
            whole, places = self._market.of(symbol).spot.closes_known(self.events)
            found = self._closes[symbol] = (whole, places, max(abs(int(whole.max(initial=0))), 1))
        return found


def _settling(market: PairMarket, timeline: Timeline) -> Quotes:
    """The rate that settles at each event; none where the last settlement is an earlier one."""
    settled, last = market.settlements, timeline.row_at[:, market.index]
    if not len(settled.settled_at):
        return Quotes([NOTHING] * len(last))
    rows = np.where((last >= 0) & (settled.settled_at[last] == timeline.times), last, -1)
    return quotes_of(settled.rate, rows, settled.rate_exact, short=not settled.wide)

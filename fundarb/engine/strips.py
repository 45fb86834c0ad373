"""A market along a timeline: for each pair what its legs open at and what it pays, event by event, exact."""

from __future__ import annotations

from decimal import Decimal

import numpy as np

from fundarb.engine.event_times import EventTimes
from fundarb.engine.market import Market, PairMarket
from fundarb.engine.quotes import NOTHING, Priced, Quotes, quotes_of
from fundarb.engine.timeline import Timeline


class Strip:
    """One pair along a timeline."""

    __slots__ = ("market", "perp", "rate", "spot")

    def __init__(self, market: PairMarket, timeline: Timeline, events: EventTimes) -> None:
        self.market = market
        self.perp: Priced = market.perp.opens_at(events)
        self.spot: Priced = market.spot.opens_at(events)
        self.rate: Priced = _settling(market, timeline)

    def mark(self, event: int, at_ms: int) -> Decimal | None:
        """What a payment is reckoned at."""
        price = self.perp.at(event) if self.market.perp_marks else None
        return self.market.payment_mark(at_ms) if price is None else price


class Strips:
    """Every pair's strip, made when it is first looked at."""

    def __init__(self, market: Market, timeline: Timeline) -> None:
        self._market, self._timeline = market, timeline
        self.events = EventTimes(timeline.times)
        self._made: dict[str, Strip] = {}

    def of(self, symbol: str) -> Strip:
        """One pair's strip."""
        found = self._made.get(symbol)
        if found is None:
            found = self._made[symbol] = Strip(self._market.of(symbol), self._timeline, self.events)
        return found


def _settling(market: PairMarket, timeline: Timeline) -> Quotes:
    """The rate that settles at each event; none where the last settlement is an earlier one."""
    settled, last = market.settlements, timeline.row_at[:, market.index]
    if not len(settled.settled_at):
        return Quotes([NOTHING] * len(last))
    rows = np.where((last >= 0) & (settled.settled_at[last] == timeline.times), last, -1)
    return quotes_of(settled.rate, rows, settled.rate_exact, short=not settled.wide)

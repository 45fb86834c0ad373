"""A market along a timeline: for each pair what its legs open at, fill at and pay, event by event, exact."""

from __future__ import annotations

from decimal import Decimal
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from fundarb.engine.event_times import EventTimes
from fundarb.engine.market import Market, PairMarket
from fundarb.engine.quotes import NOTHING, Quotes, quotes_of
from fundarb.engine.timeline import Timeline


class Legs(NamedTuple):
    """Prices of both legs by event."""

    perp: Quotes
    spot: Quotes

    def at(self, event: int) -> tuple[Decimal | None, Decimal | None]:
        """Of perp and spot; None where there is none."""
        (perps, perp_step), (spots, spot_step) = self
        perp, spot = perps[event], spots[event]
        return (None if perp == NOTHING else perp * perp_step, None if spot == NOTHING else spot * spot_step)


class Strip:
    """One pair along a timeline."""

    __slots__ = ("_filled", "_perp_marks", "_rate", "_rate_step", "_shown", "market")

    def __init__(self, market: PairMarket, timeline: Timeline, events: EventTimes, fills: EventTimes) -> None:
        self.market, self._perp_marks = market, market.perp_marks
        self._shown = Legs(market.perp.opens_at(events), market.spot.opens_at(events))
        same = fills is events
        self._filled = self._shown if same else Legs(market.perp.opens_at(fills), market.spot.opens_at(fills))
        self._rate, self._rate_step = _settling(market, timeline)

    def opens(self, event: int) -> tuple[Decimal | None, Decimal | None]:
        """What perp and spot open at."""
        return self._shown.at(event)

    def fills(self, event: int) -> tuple[Decimal | None, Decimal | None]:
        """What perp and spot open at when what is decided fills."""
        return self._filled.at(event)

    def settling(self, event: int, at_ms: int) -> tuple[Decimal, Decimal | None] | None:
        """The rate that settles and the mark it falls on; None where nothing settles."""
        rate = self._rate[event]
        if rate == NOTHING:
            return None
        perp = self._shown.perp.at(event) if self._perp_marks else None
        mark = self.market.payment_mark(at_ms) if perp is None else perp
        return rate * self._rate_step, mark


class Strips(dict[str, Strip]):
    """Every pair's strip by its symbol, made when it is first looked at; nothing in it depends on a portfolio."""

    def __init__(self, market: Market, timeline: Timeline) -> None:
        super().__init__()
        self._market, self._timeline = market, timeline
        self.events = EventTimes(timeline.times)
        self._fills = EventTimes(timeline.fill_times) if timeline.delay_ms else self.events
        self._closes: dict[str, tuple[NDArray[Any], int, int]] = {}

    def __missing__(self, symbol: str) -> Strip:
        found = self[symbol] = Strip(self._market.of(symbol), self._timeline, self.events, self._fills)
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

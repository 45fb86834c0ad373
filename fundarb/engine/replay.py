"""The replay feed: views of a panel at the events of a timeline; what is later than a view cannot be asked of it."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from decimal import Decimal
from typing import TYPE_CHECKING

from fundarb.accounting.book import Book
from fundarb.domain.instants import DAY
from fundarb.domain.money import ZERO
from fundarb.engine.dust import DustLine
from fundarb.engine.market import Market
from fundarb.engine.strips import Strips
from fundarb.engine.timeline import Timeline
from fundarb.ports.feed import Known, Marked

if TYPE_CHECKING:
    from fundarb.ports.feed import View

_marked = tuple.__new__  # one a position and event; the named way costs three times as much
YIELD_EVERY = 64  # events between two chances for a signal to get through


class ReplayView:
    """The world at one event."""

    __slots__ = ("_dust", "_market", "at_ms", "event", "last", "rows", "strips")

    def __init__(self, market: Market, timeline: Timeline, strips: Strips, dust: DustLine, event: int) -> None:
        self._market, self._dust, self.strips = market, dust, strips
        self.event = event
        self.at_ms = timeline.times.item(event)
        self.last = event == len(timeline.times) - 1
        self.rows = timeline.row_at[event]

    def known(self, pair: str) -> Known:
        """Last closes and last settlement of a pair."""
        found = self._market.of(pair)
        perp, spot = found.perp.last_close(self.at_ms), found.spot.last_close(self.at_ms)
        row = int(self.rows[found.index])
        settled = self._market.panel.settlements
        return Known(
            perp=perp,
            spot=spot,
            settled_at_ms=int(settled.settled_at[row]) if row >= 0 else None,
            rate=settled.rate_exact(row) if row >= 0 else None,
            interval_ms=int(settled.interval_ms[row]) if row >= 0 else 0,
        )

    def closes(self, pair: str) -> tuple[Decimal | None, Decimal | None]:
        """The last closes known of perp and spot."""
        market = self._market.of(pair)
        return market.perp.last_price(self.at_ms), market.spot.last_price(self.at_ms)

    def fills(self, pair: str) -> tuple[Decimal | None, Decimal | None]:
        """What perp and spot open at when what is decided now fills."""
        return self.strips[pair].fills(self.event)

    def quote_volume(self, pair: str) -> Decimal:
        """The perp's quote volume of the last 24 h."""
        return self._market.of(pair).perp_quote_volume(self.at_ms)

    def tradable(self, pair: str) -> bool:
        """Whether candles of both legs open when what is decided now fills."""
        perp, spot = self.fills(pair)
        return perp is not None and spot is not None

    def marked(self, pair: str) -> Marked | None:
        """The opens of now if both legs have one, else the closes of the last time both had one."""
        perp, spot = self.strips[pair].opens(self.event)
        if perp is not None and spot is not None:
            return _marked(Marked, (spot, perp, False))
        common = self._market.of(pair).common_close(self.at_ms)
        return None if common is None else Marked(common[0], common[1], self.at_ms - common[2] > DAY)

    def spot_marked(self, pair: str) -> Marked | None:
        """The spot's open of now, else its last close."""
        _, opening = self.strips[pair].opens(self.event)
        if opening is not None:
            return Marked(opening, ZERO, False)
        last = self._market.of(pair).spot.last_close(self.at_ms)
        return None if last is None else Marked(last.price, ZERO, self.at_ms - last.at_ms > DAY)

    def dust_worth(self, book: Book) -> Decimal:
        """All dust, each pair's at its spot's last close known."""
        return self._dust.worth(book.dust_left, self.event)


class ReplayFeed:
    """One view an event, the last one at the end of the range."""

    def __init__(self, market: Market, timeline: Timeline, strips: Strips | None = None) -> None:
        self._market, self._timeline, self._strips = (
            market,
            timeline,
            Strips(market, timeline) if strips is None else strips,
        )

    async def views(self) -> AsyncIterator[View]:
        """In time order; lets other tasks run often enough that Ctrl-C works."""
        strips, dust = self._strips, DustLine(self._market, self._timeline, self._strips)
        for event in range(len(self._timeline.times)):
            if event % YIELD_EVERY == 0:
                await asyncio.sleep(0)
            yield ReplayView(self._market, self._timeline, strips, dust, event)

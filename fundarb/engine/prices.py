"""Exact prices on demand: the open of a candle that opens now, the last close known, the touches between two events.

A series finds rows by arithmetic where its candles are evenly spaced, by bisection where they are not."""

from __future__ import annotations

from collections.abc import Sequence
from decimal import Decimal
from typing import Any, Protocol

import numpy as np
from numpy.typing import NDArray

from fundarb.accounting.pricing import stand_in_spot
from fundarb.domain.money import ONE, ZERO, canonical
from fundarb.engine.event_times import EventTimes, Grid
from fundarb.engine.quotes import NOTHING, Quotes, quotes_of
from fundarb.ports.feed import Quote
from fundarb.signals.digits import whole_numbers
from fundarb.signals.known import by_close, opening_rows
from fundarb.signals.panel import CandleRows, Floats, Stamps

STAND_IN_PLACES = 12  # a stand-in is rounded there, whatever the multiplier


class Series(Protocol):
    """The candles of one leg."""

    def opening(self, at_ms: int) -> Decimal | None:
        """The open of the candle opening at this very time, the shortest of several."""
        ...

    def opens_at(self, events: EventTimes) -> Quotes:
        """`opening` at each of these moments."""
        ...

    def next_opening(self, from_ms: int, until_ms: int) -> tuple[int, Decimal] | None:
        """The first open in [from, until]."""
        ...

    def last_close(self, at_ms: int) -> Quote | None:
        """The last close known: the latest, of several closing together the shortest candle's."""
        ...

    def last_price(self, at_ms: int) -> Decimal | None:
        """The price of the last close known."""
        ...

    def closes_between(self, after_ms: int, until_ms: int) -> list[Quote]:
        """Every close in (after, until], oldest first, one a time, of the shortest candle."""
        ...

    def closes_known(self, events: EventTimes) -> tuple[NDArray[Any], int]:
        """The last close known at each time as a whole number, 0 where there is none; and their decimals."""
        ...


class CandleSeries:
    """One pair's candles of one market. Where they are even (one span, no hole) rows follow by arithmetic."""

    def __init__(self, rows: CandleRows, pair: int) -> None:
        self._rows = rows
        self.start, self.end = int(rows.offsets[pair]), int(rows.offsets[pair + 1])
        here = slice(self.start, self.end)
        self.open_at: Stamps = rows.open_at[here]
        self.span_ms: Stamps = rows.span_ms[here]
        self.opens: Floats = rows.open[here]
        self.high: Floats = rows.high[here]
        self._close: Floats = rows.close[here]
        self.volumes: Floats = rows.volume[here]
        self._count = self.end - self.start
        self._plain = not rows.wide
        self._first = int(self.open_at[0]) if self._count else 0
        self._span = int(self.span_ms[0]) if self._count else 1
        self.single = self._count > 0 and bool((self.span_ms == self._span).all())
        self.even = self.single and bool((np.diff(self.open_at) == self._span).all())
        self._grid = Grid(self._first, self._span, self._count)
        self._closed_at: Stamps | None = None
        self._by_close: Stamps | None = None

    def __len__(self) -> int:
        return self._count

    def opening_row(self, at_ms: int) -> int:
        """The row (within the pair) of the candle opening then, the shortest of several; -1 if there is none."""
        if self.even:
            row, rest = divmod(at_ms - self._first, self._span)
            return row if not rest and 0 <= row < self._count else -1
        row = int(self.open_at.searchsorted(at_ms))
        return row if row < self._count and self.open_at[row] == at_ms else -1

    def first_after(self, at_ms: int) -> int:
        """The first row that opens after a time."""
        if self.even:
            return min(max((at_ms - self._first) // self._span + 1, 0), self._count)
        return int(self.open_at.searchsorted(at_ms, side="right"))

    def opening(self, at_ms: int) -> Decimal | None:
        """The open of the candle opening at this very time, the shortest of several."""
        if self.even and self._plain:
            row, rest = divmod(at_ms - self._first, self._span)
            return Decimal(repr(self.opens.item(row))) if not rest and 0 <= row < self._count else None
        row = self.opening_row(at_ms)
        return self.price("open", row) if row >= 0 else None

    def opens_at(self, events: EventTimes) -> Quotes:
        """`opening` at each of these moments."""
        rows = self._opening_rows(events)
        return quotes_of(self.opens, rows, lambda row: self.price("open", row), short=self._plain)

    def next_opening(self, from_ms: int, until_ms: int) -> tuple[int, Decimal] | None:
        """The first open in [from, until]."""
        row = int(self.open_at.searchsorted(from_ms))
        if row >= self._count or self.open_at[row] > until_ms:
            return None
        return int(self.open_at[row]), self.price("open", row)

    def last_close(self, at_ms: int) -> Quote | None:
        """The last close known: the latest, of several closing together the shortest candle's."""
        if self.even:
            row = min((at_ms - self._first) // self._span, self._count) - 1
            return Quote(self.price("close", row), self._first + (row + 1) * self._span) if row >= 0 else None
        closed_at, order = self._closings()
        found = int(closed_at.searchsorted(at_ms, side="right")) - 1
        return Quote(self.price("close", int(order[found])), int(closed_at[found])) if found >= 0 else None

    def last_price(self, at_ms: int) -> Decimal | None:
        """The price of the last close known."""
        if self.even and self._plain:
            row = min((at_ms - self._first) // self._span, self._count) - 1
            return Decimal(repr(self._close.item(row))) if row >= 0 else None
        found = self.last_close(at_ms)
        return None if found is None else found.price

    def closes_between(self, after_ms: int, until_ms: int) -> list[Quote]:
        """Every close in (after, until], oldest first, one a time, of the shortest candle."""
        closed_at, order = self._closings()
        first, last = closed_at.searchsorted((after_ms, until_ms), side="right").tolist()
        found = {int(closed_at[k]): int(order[k]) for k in range(first, last)}
        return [Quote(self.price("close", row), at) for at, row in found.items()]

    def closes_known(self, events: EventTimes) -> tuple[NDArray[Any], int]:
        """The last close known at each time as a whole number, 0 where there is none; and their decimals."""
        rows = self._last_rows(events)
        close = np.where(rows >= 0, self._close[rows], 0.0) if self._count else np.zeros(len(rows))
        whole = whole_numbers(close) if self._plain else None
        return whole or scaled([self.price("close", row) if row >= 0 else ZERO for row in rows.tolist()])

    def price(self, column: str, row: int) -> Decimal:
        """The stored digits of a row within the pair."""
        if self._plain and column == "close":
            return Decimal(repr(self._close.item(row)))
        return self._rows.price_exact(column, self.start + row)

    def volume(self, row: int) -> Decimal:
        """The stored volume of a row within the pair; 0 where there is none."""
        there = not np.isnan(self._rows.volume[self.start + row])
        return self._rows.price_exact("volume", self.start + row) if there else ZERO

    def _opening_rows(self, events: EventTimes) -> Stamps:
        """`opening_row` of each time."""
        if self.even:
            return events.opening(self._grid)
        return opening_rows(self.open_at, events.times)

    def _last_rows(self, events: EventTimes) -> Stamps:
        """The row of the last close known at each time, -1 before the first."""
        if self.even:
            return events.closed(self._grid)
        closed_at, order = self._closings()
        found = closed_at.searchsorted(events.times, side="right") - 1
        return np.where(found >= 0, order[found], -1) if self._count else found

    def _closings(self) -> tuple[Stamps, Stamps]:
        """Close times in order with their rows; among equal times the shortest span last."""
        if self._closed_at is None or self._by_close is None:
            self._closed_at, self._by_close = by_close(self.open_at, self.span_ms)
        return self._closed_at, self._by_close


class StandInSeries:
    """The perp's candles divided by the multiplier, for a spot market of which no candle is stored."""

    def __init__(self, perp: CandleSeries, multiplier: Decimal) -> None:
        self._perp, self._multiplier = perp, multiplier

    def opening(self, at_ms: int) -> Decimal | None:
        """The perp's open per base unit."""
        price = self._perp.opening(at_ms)
        return None if price is None else stand_in_spot(price, self._multiplier)

    def opens_at(self, events: EventTimes) -> Quotes:
        """The perp's opens per base unit."""
        found, one = self._perp.opens_at(events), self._multiplier
        if one == ONE and -STAND_IN_PLACES <= int(found.step.as_tuple().exponent) < 0:
            return found
        return Quotes(
            [NOTHING if whole == NOTHING else stand_in_spot(whole * found.step, one) for whole in found.whole]
        )

    def next_opening(self, from_ms: int, until_ms: int) -> tuple[int, Decimal] | None:
        """The perp's next open per base unit."""
        found = self._perp.next_opening(from_ms, until_ms)
        return None if found is None else (found[0], stand_in_spot(found[1], self._multiplier))

    def last_close(self, at_ms: int) -> Quote | None:
        """The perp's last close per base unit."""
        found = self._perp.last_close(at_ms)
        return None if found is None else Quote(stand_in_spot(found.price, self._multiplier), found.at_ms)

    def last_price(self, at_ms: int) -> Decimal | None:
        """The perp's last close per base unit."""
        price = self._perp.last_price(at_ms)
        return None if price is None else stand_in_spot(price, self._multiplier)

    def closes_between(self, after_ms: int, until_ms: int) -> list[Quote]:
        """The perp's closes per base unit."""
        found = self._perp.closes_between(after_ms, until_ms)
        return [Quote(stand_in_spot(price, self._multiplier), at) for price, at in found]

    def closes_known(self, events: EventTimes) -> tuple[NDArray[Any], int]:
        """The perp's last closes per base unit."""
        whole, places = self._perp.closes_known(events)
        if self._multiplier == ONE and places <= STAND_IN_PLACES:
            return whole, places
        return scaled([stand_in_spot(Decimal(value).scaleb(-places), self._multiplier) for value in whole.tolist()])


def scaled(values: Sequence[Decimal]) -> tuple[NDArray[Any], int]:
    """Decimals as whole numbers of their finest decimal."""
    places = max((len(canonical(value).partition(".")[2]) for value in values), default=0)
    return np.array([int(value.scaleb(places)) for value in values], dtype=object), places

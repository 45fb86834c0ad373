"""Exact prices on demand: the open of a candle that opens now, the last close known, the touches between two events.

A series finds rows by arithmetic where its candles are evenly spaced, by bisection where they are not."""

from __future__ import annotations

from collections.abc import Sequence
from decimal import Decimal
from typing import Any, NamedTuple, Protocol

import numpy as np
from numpy.typing import NDArray

from fundarb.accounting.pricing import stand_in_spot
from fundarb.domain.money import ONE, ZERO, canonical
from fundarb.signals.digits import whole_numbers
from fundarb.signals.panel import CandleRows, Floats, Stamps


class Close(NamedTuple):
    """A close and when it became known."""

    price: Decimal
    at_ms: int


class Series(Protocol):
    """The candles of one leg."""

    def opening(self, at_ms: int) -> Decimal | None:
        """The open of the candle opening at this very time, the shortest of several."""
        ...

    def opens_at(self, at_ms: int) -> bool:
        """Whether a candle opens at this very time."""
        ...

    def next_opening(self, from_ms: int, until_ms: int) -> tuple[int, Decimal] | None:
        """The first open in [from, until]."""
        ...

    def last_close(self, at_ms: int) -> Close | None:
        """The last close known: the latest, of several closing together the shortest candle's."""
        ...

    def closes_between(self, after_ms: int, until_ms: int) -> list[Close]:
        """Every close in (after, until], oldest first, one a time, of the shortest candle."""
        ...

    def closes_known(self, times: Stamps) -> tuple[NDArray[Any], int]:
        """The last close known at each time as a whole number, 0 where there is none; and their decimals."""
        ...


class CandleSeries:
    """One pair's candles of one market."""

    def __init__(self, rows: CandleRows, pair: int) -> None:
        self._rows = rows
        self.start, self.end = int(rows.offsets[pair]), int(rows.offsets[pair + 1])
        self.open_at: Stamps = rows.open_at[self.start : self.end]
        self.span_ms: Stamps = rows.span_ms[self.start : self.end]
        self.opens: Floats = rows.open[self.start : self.end]
        self.high: Floats = rows.high[self.start : self.end]
        self._close = rows.close[self.start : self.end]
        self._plain = not rows.wide
        self._first = int(self.open_at[0]) if len(self.open_at) else 0
        self._span = int(self.span_ms[0]) if len(self.open_at) else 1
        self.single = bool(len(self.open_at)) and bool((self.span_ms == self._span).all())
        self._closed_at: Stamps | None = None
        self._by_close: Stamps | None = None

    def __len__(self) -> int:
        return self.end - self.start

    def opening_row(self, at_ms: int) -> int:
        """The row (within the pair) of the candle opening then, -1 if there is none."""
        guess = (at_ms - self._first) // self._span if self.single else -1
        if 0 <= guess < len(self.open_at) and self.open_at[guess] == at_ms:
            return guess
        row = int(np.searchsorted(self.open_at, at_ms))
        return row if row < len(self.open_at) and self.open_at[row] == at_ms else -1

    def opens_at(self, at_ms: int) -> bool:
        """Whether a candle opens at this very time."""
        return self.opening_row(at_ms) >= 0

    def opening(self, at_ms: int) -> Decimal | None:
        """The open of the candle opening at this very time, the shortest of several."""
        row = self.opening_row(at_ms)
        return self.price("open", row) if row >= 0 else None

    def next_opening(self, from_ms: int, until_ms: int) -> tuple[int, Decimal] | None:
        """The first open in [from, until]."""
        row = int(np.searchsorted(self.open_at, from_ms))
        if row >= len(self.open_at) or self.open_at[row] > until_ms:
            return None
        return int(self.open_at[row]), self.price("open", row)

    def last_close(self, at_ms: int) -> Close | None:
        """The last close known: the latest, of several closing together the shortest candle's."""
        if self.single:
            guess = (at_ms - self._span - self._first) // self._span
            if 0 <= guess < len(self.open_at) and self.open_at[guess] == self._first + guess * self._span:
                return Close(self.price("close", guess), int(self.open_at[guess]) + self._span)
        closed_at, order = self._closings()
        found = int(np.searchsorted(closed_at, at_ms, side="right")) - 1
        return Close(self.price("close", int(order[found])), int(closed_at[found])) if found >= 0 else None

    def closes_between(self, after_ms: int, until_ms: int) -> list[Close]:
        """Every close in (after, until], oldest first, one a time, of the shortest candle."""
        closed_at, order = self._closings()
        first, last = np.searchsorted(closed_at, (after_ms, until_ms), side="right").tolist()
        found = {int(closed_at[k]): int(order[k]) for k in range(first, last)}
        return [Close(self.price("close", row), at) for at, row in found.items()]

    def closes_known(self, times: Stamps) -> tuple[NDArray[Any], int]:
        """The last close known at each time as a whole number, 0 where there is none; and their decimals."""
        closed_at, order = self._closings()
        found = np.searchsorted(closed_at, times, side="right") - 1
        if not len(order):
            return np.zeros(len(times), dtype=np.int64), 0
        rows = order[np.maximum(found, 0)]
        close = np.where(found >= 0, self._close[rows], 0.0)
        if self._plain:
            whole = whole_numbers(close)
            if whole is not None:
                return whole
        exact = [self.price("close", int(row)) if k >= 0 else ZERO for row, k in zip(rows, found, strict=True)]
        return scaled(exact)

    def price(self, column: str, row: int) -> Decimal:
        """The stored digits of a row within the pair."""
        if self._plain and column == "open":
            return Decimal(repr(float(self.opens[row])))
        if self._plain and column == "close":
            return Decimal(repr(float(self._close[row])))
        return self._rows.price_exact(column, self.start + row)

    def volume(self, row: int) -> Decimal:
        """The stored volume of a row within the pair; 0 where there is none."""
        there = not np.isnan(self._rows.volume[self.start + row])
        return self._rows.price_exact("volume", self.start + row) if there else ZERO

    def _closings(self) -> tuple[Stamps, Stamps]:
        """Close times in order with their rows; among equal times the shortest span last."""
        if self._closed_at is None or self._by_close is None:
            closed_at = self.open_at + self.span_ms
            self._by_close = np.lexsort((-self.span_ms, closed_at))
            self._closed_at = closed_at[self._by_close]
        return self._closed_at, self._by_close


class StandInSeries:
    """The perp's candles divided by the multiplier, for a spot market of which no candle is stored."""

    def __init__(self, perp: CandleSeries, multiplier: Decimal) -> None:
        self._perp, self._multiplier = perp, multiplier

    def opens_at(self, at_ms: int) -> bool:
        """As of the perp."""
        return self._perp.opens_at(at_ms)

    def opening(self, at_ms: int) -> Decimal | None:
        """The perp's open per base unit."""
        price = self._perp.opening(at_ms)
        return None if price is None else stand_in_spot(price, self._multiplier)

    def next_opening(self, from_ms: int, until_ms: int) -> tuple[int, Decimal] | None:
        """The perp's next open per base unit."""
        found = self._perp.next_opening(from_ms, until_ms)
        return None if found is None else (found[0], stand_in_spot(found[1], self._multiplier))

    def last_close(self, at_ms: int) -> Close | None:
        """The perp's last close per base unit."""
        found = self._perp.last_close(at_ms)
        return None if found is None else Close(stand_in_spot(found.price, self._multiplier), found.at_ms)

    def closes_between(self, after_ms: int, until_ms: int) -> list[Close]:
        """The perp's closes per base unit."""
        found = self._perp.closes_between(after_ms, until_ms)
        return [Close(stand_in_spot(price, self._multiplier), at) for price, at in found]

    def closes_known(self, times: Stamps) -> tuple[NDArray[Any], int]:
        """The perp's last closes per base unit."""
        whole, places = self._perp.closes_known(times)
        if self._multiplier == ONE:
            return whole, places
        return scaled([stand_in_spot(Decimal(value).scaleb(-places), self._multiplier) for value in whole.tolist()])


def scaled(values: Sequence[Decimal]) -> tuple[NDArray[Any], int]:
    """Decimals as whole numbers of their finest decimal."""
    places = max((len(canonical(value).partition(".")[2]) for value in values), default=0)
    return np.array([int(value.scaleb(places)) for value in values], dtype=object), places

"""The panel: what the store knows, as aligned arrays. Floats here are the nearest to the stored digits, so `exact` can
give every Decimal back: from the float where at most 15 digits were stored, from `wide` where there were more."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from decimal import Decimal

import numpy as np
from numpy.typing import NDArray

from fundarb.domain.instrument import Pair
from fundarb.domain.money import of_float

Floats = NDArray[np.float64]
Stamps = NDArray[np.int64]
Flags = NDArray[np.bool_]
Wide = Mapping[str, Mapping[int, Decimal]]
NO_TIME = np.iinfo(np.int64).min


@dataclass(frozen=True, slots=True, eq=False)
class SettlementColumns:
    """One pair's settlements as arrays, oldest first; `wide` holds rates of more than 15 digits by row."""

    settled_at: Stamps
    rate: Floats
    wide: Wide = field(default_factory=dict)


@dataclass(frozen=True, slots=True, eq=False)
class CandleColumns:
    """One pair's candles of one market as arrays, by open time, the shorter span first; NaN volume where there is none."""

    open_at: Stamps
    span_ms: Stamps
    open: Floats
    high: Floats
    low: Floats
    close: Floats
    volume: Floats
    wide: Wide = field(default_factory=dict)


@dataclass(frozen=True, slots=True, eq=False)
class SettlementRows:
    """Every pair's settlements one after another; rows of pair i are offsets[i]:offsets[i + 1], oldest first.

    `interval_ms` is 0 where a settlement has no interval (the first of its perp)."""

    offsets: Stamps
    settled_at: Stamps
    rate: Floats
    interval_ms: Stamps
    wide: Wide = field(default_factory=dict)

    def rows(self, pair: int) -> slice:
        """Where the rows of pair number `pair` stand."""
        return slice(int(self.offsets[pair]), int(self.offsets[pair + 1]))

    def rate_exact(self, row: int) -> Decimal:
        """The rate as it was stored, digit for digit."""
        return exact(self.wide, "rate", self.rate, row)


@dataclass(frozen=True, slots=True, eq=False)
class CandleRows:
    """Every pair's candles of one market, ordered by open time, the shorter span first; NaN volume where there is none.

    A candle that closes after the panel's end has only its open: the rest was not known then and is NaN."""

    offsets: Stamps
    open_at: Stamps
    span_ms: Stamps
    open: Floats
    high: Floats
    low: Floats
    close: Floats
    volume: Floats
    wide: Wide = field(default_factory=dict)

    def rows(self, pair: int) -> slice:
        """Where the rows of pair number `pair` stand."""
        return slice(int(self.offsets[pair]), int(self.offsets[pair + 1]))

    def price_exact(self, column: str, row: int) -> Decimal:
        """The price as it was stored, digit for digit; `column` is open, high, low, close or volume."""
        return exact(self.wide, column, getattr(self, column), row)


@dataclass(frozen=True, slots=True, eq=False)
class Matrices:
    """Aligned views: rows are the distinct settlement times of all pairs, columns the pairs. NaN (or NO_TIME) is absent.

    `rate`, `interval_ms` (0 = none) hold what settles at that very time; `*_open` the open of the candle opening then;
    `*_close` the last close known then and `*_closed_at` when it closed; `mark` the open of the mark candle opening then,
    else of the perp candle; `quote_volume_24h` the perp's over the last 24 h; `listed` whether first_seen <= t < gone."""

    times: Stamps
    rate: Floats
    interval_ms: Stamps
    mark: Floats
    perp_open: Floats
    spot_open: Floats
    perp_close: Floats
    perp_closed_at: Stamps
    spot_close: Floats
    spot_closed_at: Stamps
    quote_volume_24h: Floats
    listed: Flags


@dataclass(frozen=True, slots=True, eq=False)
class Panel:
    """Pairs in symbol order with their settlements and candles up to `until_ms`; `data_hash` names exactly this content.

    `times` are the distinct settlement times of all pairs; the matrices on them are made for whoever looks at them."""

    pairs: tuple[Pair, ...]
    settlements: SettlementRows
    perp: CandleRows
    spot: CandleRows
    mark: CandleRows
    times: Stamps
    until_ms: int
    data_hash: str

    @property
    def matrices(self) -> Matrices:
        """Aligned views, made anew at each look."""
        from fundarb.signals.alignment import align  # a floor-mate that builds on this file

        return align(self)

    def index(self, symbol: str) -> int:
        """The column of a pair."""
        return next(i for i, pair in enumerate(self.pairs) if pair.symbol == symbol)


def exact(wide: Wide, column: str, values: Floats, row: int) -> Decimal:
    """The Decimal that was stored at `row` of a float column."""
    kept = wide.get(column)
    if kept is not None and row in kept:
        return kept[row]
    return of_float(float(values[row]))

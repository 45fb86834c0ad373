"""Candles of a store as a tape's base: the digits that were stored, as whole counts of the finest decimal among them."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field

import numpy as np

from fundarb.domain.money import canonical
from fundarb.ports.market import CandleColumns
from fundarb.sandbox.market.bars import TURNOVER, Bars, empty
from fundarb.sandbox.market.decay import Floats
from fundarb.sandbox.market.grid import Counts, Grid, floats_written
from fundarb.sandbox.market.hours import Line
from fundarb.sandbox.market.source import Row, Series

_PRICES = ("open", "high", "low", "close")
_MOST_DECIMALS = 12  # beyond, the counts are those of the twelfth; the digits of whole candles are kept apart


@dataclass(frozen=True, slots=True, eq=False)
class StoredSeries:
    """Candles of one market and span. `unlike` has the digits that the counts cannot give, by start and field."""

    bars: Bars
    unlike: Mapping[int, dict[str, str]] = field(default_factory=dict)


def grids_of(columns: Sequence[CandleColumns]) -> tuple[Grid, Grid]:
    """The grids that prices and volumes of these candles lie on."""
    prices = [getattr(one, name) for one in columns for name in _PRICES]
    volumes = [one.volume[~np.isnan(one.volume)] for one in columns]
    return Grid(_decimals(np.concatenate(prices))), Grid(_decimals(np.concatenate(volumes)))


def stored_series(columns: CandleColumns, price: Grid, volume: Grid) -> Iterator[tuple[int, StoredSeries]]:
    """The candles of each span among the columns, the shortest first."""
    for span_ms in np.unique(columns.span_ms).tolist():
        yield span_ms, _of_span(columns, np.flatnonzero(columns.span_ms == span_ms), price, volume)


def as_stored(found: list[Row], stored: StoredSeries, last_ms: int) -> list[Row]:
    """The rows with the digits that were stored, where counts could not give them; those after `last_ms` are not whole."""
    if not stored.unlike:
        return found
    return [
        Row._make((row._asdict() | stored.unlike[row.start_ms]).values())
        if row.start_ms in stored.unlike and row.start_ms <= last_ms
        else row
        for row in found
    ]


class StoredBars:
    """The candles of one span, of every market that has them; the mark is the perp where no mark was stored, and the index
    is the mark."""

    def __init__(self, span_ms: int) -> None:
        self._span_ms = span_ms
        self._series: dict[tuple[str, Series], StoredSeries] = {}

    def put(self, symbol: str, series: Series, stored: StoredSeries) -> None:
        """Take the candles of a market."""
        self._series[symbol, series] = stored

    def of(self, line: Line) -> StoredSeries | None:
        """The candles that serve a line."""
        symbol, series = line.tradable.instrument.symbol, line.series
        fallbacks: tuple[Series, ...] = ("mark", "linear") if series in ("mark", "index") else (series,)
        return next((self._series[symbol, one] for one in fallbacks if (symbol, one) in self._series), None)

    def span_ms(self, line: Line) -> int:
        """The span."""
        return self._span_ms

    def bars(self, line: Line, first_ms: int, last_ms: int) -> Bars:
        """The stored candles that start in [first, last]."""
        stored = self.of(line)
        return stored.bars.within(first_ms, last_ms) if stored else empty()

    def standing(self, line: Line, at_ms: int) -> int:
        """Within a candle: the last moment of the one before where there is a hole, the first moment before them all."""
        stored = self.of(line)
        if stored is None:
            raise LookupError(f"no {line.series} candles of {line.tradable.instrument.symbol}")
        starts = stored.bars.start_ms
        at = max(int(np.searchsorted(starts, at_ms, side="right")) - 1, 0)
        return min(max(at_ms, int(starts[at])), int(starts[at]) + self._span_ms - 1)


def _of_span(columns: CandleColumns, rows: Counts, price: Grid, volume: Grid) -> StoredSeries:
    prices: list[Floats] = [getattr(columns, name)[rows] for name in _PRICES]
    missing = np.isnan(columns.volume[rows])
    traded = np.where(missing, 0.0, columns.volume[rows])
    starts = columns.open_at[rows].astype(np.int64)
    turnover = TURNOVER.counts(traded * np.stack(prices).mean(axis=0))
    opens, high, low, close = (price.counts(column) for column in prices)
    bars = Bars(starts, opens, high, low, close, volume.counts(traded), turnover)
    unlike = _wide(columns, rows, starts)
    for start in starts[missing].tolist():
        unlike.setdefault(start, {}).update(volume="", turnover="")
    return StoredSeries(bars, unlike)


def _wide(columns: CandleColumns, rows: Counts, starts: Counts) -> dict[int, dict[str, str]]:
    """Digits beyond what a float holds."""
    place = dict(zip(rows.tolist(), starts.tolist(), strict=True))
    found: dict[int, dict[str, str]] = {}
    for name, values in columns.wide.items():
        for row, value in values.items():
            if row in place:
                found.setdefault(place[row], {})[name] = canonical(value)
    return found


def _decimals(values: Floats) -> int:
    """The most decimals among them."""
    most = max((len(text) - text.find(".") - 1 for text in floats_written(values) if "." in text), default=0)
    return min(most, _MOST_DECIMALS)

"""Where a short could be hurt: the candle highs that liquidate and the perp opens at which the guard looks.

In one market a longer candle gives way to shorter ones inside its span; a perp candle gives way to mark candles of its
span or inside it; a mark candle without a perp candle counts. A candle is known at its close."""

from __future__ import annotations

from dataclasses import dataclass
from decimal import Decimal

import numpy as np
from numpy.typing import NDArray

from fundarb.accounting.margin import guard_due, liquidation_due
from fundarb.domain.money import ZERO
from fundarb.engine.prices import CandleSeries
from fundarb.signals.panel import Flags, Floats, Stamps

NEVER = np.iinfo(np.int64).max
_BLOCK = 512
_NEAR = 1.0 - 1e-12
_NO_ROWS, _NO_FLAGS = np.empty(0, dtype=np.int64), np.empty(0, dtype=np.bool_)


@dataclass(slots=True, eq=False)
class Touches:
    """The candles that count for liquidation, by close time, beside the perp's opens; `alone`: they are the perp's own."""

    perp: CandleSeries
    mark: CandleSeries
    open_at: Stamps
    closed_at: Stamps
    high: Floats
    row: Stamps
    from_mark: Flags
    alone: bool

    def next_liquidation(self, level: Decimal, opened_ms: int, after_ms: int, until_ms: int) -> int | None:
        """The close of the first candle that opened at or after the entry, closes in (after, until] and touches."""
        first, last, bound = self._first_closing(after_ms), self._first_closing(until_ms), float(level) * _NEAR
        while (at := _first_at_least(self.high, bound, first, last)) >= 0:
            if self.open_at[at] >= opened_ms and liquidation_due(self._exact_high(at), level, ZERO):
                return int(self.closed_at[at])
            first = at + 1
        return None

    def next_guard(self, reference: Decimal, guard: Decimal, after_ms: int, until_ms: int) -> int | None:
        """The first perp open in (after, until] that has risen by `guard` above the reference."""
        perp, bound = self.perp, float(reference * (1 + guard)) * _NEAR
        first, last = perp.first_after(after_ms), perp.first_after(until_ms)
        while (row := _first_at_least(perp.opens, bound, first, last)) >= 0:
            at_ms = int(perp.open_at[row])
            if perp.opening_row(at_ms) == row and guard_due(perp.price("open", row), reference, guard, ZERO):
                return at_ms
            first = row + 1
        return None

    def _first_closing(self, after_ms: int) -> int:
        """The first candle that closes after a time."""
        if self.alone and self.perp.even:
            return self.perp.first_after(after_ms - int(self.perp.span_ms[0]))
        return int(self.closed_at.searchsorted(after_ms, side="right"))

    def _exact_high(self, at: int) -> Decimal:
        if self.alone:
            return self.perp.price("high", at)
        series = self.mark if self.from_mark[at] else self.perp
        return series.price("high", int(self.row[at]))


def _first_at_least(values: Floats, bound: float, first: int, last: int) -> int:
    """The first index in [first, last) whose value reaches the bound, -1 if none; in blocks, so that a near one is cheap."""
    size = _BLOCK
    while first < last:
        flags = values[first : min(first + size, last)] >= bound
        offset = int(flags.argmax())
        if flags[offset]:
            return first + offset
        first, size = first + size, size * 4
    return -1


def build_touches(perp: CandleSeries, mark: CandleSeries) -> Touches:
    """The candles of a pair that can liquidate, in order of close."""
    if perp.single and not len(mark):
        closed_at = perp.open_at + perp.span_ms
        return Touches(perp, mark, perp.open_at, closed_at, perp.high, _NO_ROWS, _NO_FLAGS, alone=True)
    keep_perp, keep_mark = _shortest_only(perp), _shortest_only(mark)
    if len(mark):
        keep_perp &= ~_holds_any(perp, mark.open_at, mark.open_at + mark.span_ms)
    perp_rows, mark_rows = np.flatnonzero(keep_perp), np.flatnonzero(keep_mark)
    row = np.concatenate((perp_rows, mark_rows))
    from_mark = np.concatenate((np.zeros(len(perp_rows), np.bool_), np.ones(len(mark_rows), np.bool_)))
    open_at = np.concatenate((perp.open_at[perp_rows], mark.open_at[mark_rows]))
    closed_at = np.concatenate(
        (perp.open_at[perp_rows] + perp.span_ms[perp_rows], mark.open_at[mark_rows] + mark.span_ms[mark_rows])
    )
    high = np.concatenate((perp.high[perp_rows], mark.high[mark_rows]))
    order: NDArray[np.int64] = np.lexsort((open_at, closed_at))
    return Touches(perp, mark, open_at[order], closed_at[order], high[order], row[order], from_mark[order], alone=False)


def _shortest_only(series: CandleSeries) -> Flags:
    """True for candles without a shorter one inside their span."""
    keep = np.ones(len(series), dtype=np.bool_)
    if series.single:
        return keep
    spans = np.unique(series.span_ms)
    for span in spans[1:].tolist():
        longer = np.flatnonzero(series.span_ms == span)
        shorter = series.span_ms < span
        starts = series.open_at[shorter]
        ends = starts + series.span_ms[shorter]
        keep[longer] = ~_inside(series.open_at[longer], series.open_at[longer] + span, starts, ends)
    return keep


def _holds_any(series: CandleSeries, starts: Stamps, ends: Stamps) -> Flags:
    """True for candles of the series that hold one of these spans."""
    return _inside(series.open_at, series.open_at + series.span_ms, starts, ends)


def _inside(opens: Stamps, closes: Stamps, starts: Stamps, ends: Stamps) -> Flags:
    """Whether some [start, end] lies inside each [open, close]; for spans of several lengths, each length by itself."""
    out = np.zeros(len(opens), dtype=np.bool_)
    for length in np.unique(ends - starts).tolist():
        of_length = np.sort(starts[(ends - starts) == length])
        first = np.searchsorted(of_length, opens)
        found = first < len(of_length)
        found[found] = of_length[first[found]] + length <= closes[found]
        out |= found
    return out

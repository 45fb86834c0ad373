"""Volume: the perp's quote volume of the last day over its daily mean of the thirty days before, as v²/(1+v²).

A candle without a volume says nothing, so here it is none: not one of the shortest interval, not the first of 31 days."""

from __future__ import annotations

from typing import TypeVar

import numpy as np

from fundarb.domain.instants import DAY
from fundarb.signals.panel import CandleRows, Floats, Stamps

BASE_DAYS = 30
LOOKBACK = (BASE_DAYS + 1) * DAY
Ratio = TypeVar("Ratio", float, Floats)


def quote_volume(rows: CandleRows, pair: int, after: Stamps, until: Stamps) -> Floats:
    """Σ volume·(open+close)/2 of the candles closing in (after, until], of the shortest interval among them; NaN where
    none does. Each sum sees its own candles only, so no digit depends on what lies before."""
    own = rows.rows(pair)
    quote = rows.volume[own] * (rows.open[own] + rows.close[own]) / 2.0
    counts = ~np.isnan(quote)
    spans = np.where(counts, rows.span_ms[own], 0)
    out = np.full(len(until), np.nan)
    for span in np.unique(spans[counts])[::-1]:  # shorter spans last: they overwrite
        of_span = spans == span
        closed_at = rows.open_at[own][of_span] + span
        first = np.searchsorted(closed_at, after, side="right")
        last = np.searchsorted(closed_at, until, side="right")
        edges = np.column_stack((first, last)).ravel()
        some = last > first
        out[some] = np.add.reduceat(np.append(quote[of_span], 0.0), edges)[::2][some]
    return out


def volume(rows: CandleRows, pair: int, at: Stamps) -> Floats:
    """Rises with the day's volume; absent without 31 days of candles, or where the mean is 0."""
    day = np.nan_to_num(quote_volume(rows, pair, at - DAY, at))
    mean = quote_volume(rows, pair, at - LOOKBACK, at - DAY) / BASE_DAYS
    there = (at - LOOKBACK >= _first_open(rows, pair)) & (mean > 0)
    return np.where(there, saturated(day / np.where(there, mean, 1.0)), np.nan)


def saturated(ratio: Ratio) -> Ratio:
    """x²/(1+x²): ½ where the ratio is 1, in [0, 1), rising with it."""
    return ratio * ratio / (1.0 + ratio * ratio)


def _first_open(rows: CandleRows, pair: int) -> int:
    """When the first candle with a volume opened; the end of time where there is none."""
    own = rows.rows(pair)
    found = rows.open_at[own][~np.isnan(rows.volume[own])]
    return int(found[0]) if len(found) else int(np.iinfo(np.int64).max)

"""Aligns a pair's own rows on common times: what opened, what was last known, what was traded. No step a row in Python.

A value at t uses nothing that was not known at t, and depends on nothing before the stretch it names, so cutting the
history at either end changes no digit."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from fundarb.domain.instants import DAY
from fundarb.domain.instrument import Pair
from fundarb.signals.known import last_closes, opening_rows
from fundarb.signals.panel import (
    NO_TIME,
    CandleRows,
    Flags,
    Floats,
    Matrices,
    Panel,
    SettlementRows,
    Stamps,
)
from fundarb.signals.volume import quote_volume


def align(panel: Panel) -> Matrices:
    """The matrices of a panel, on the distinct settlement times of all pairs."""
    times, perp, spot = panel.times, panel.perp, panel.spot
    rate, interval_ms = settling_at(times, panel.settlements)
    perp_open, mark_open = opening_at(times, perp), opening_at(times, panel.mark)
    perp_close, perp_closed_at = closed_by(times, perp)
    spot_close, spot_closed_at = closed_by(times, spot)
    return Matrices(
        times=times,
        rate=rate,
        interval_ms=interval_ms,
        mark=np.where(np.isnan(mark_open), perp_open, mark_open),
        perp_open=perp_open,
        spot_open=opening_at(times, spot),
        perp_close=perp_close,
        perp_closed_at=perp_closed_at,
        spot_close=spot_close,
        spot_closed_at=spot_closed_at,
        quote_volume_24h=day_volume(times, perp),
        listed=listed_at(times, panel.pairs),
    )


def settling_at(times: Stamps, settlements: SettlementRows) -> tuple[Floats, Stamps]:
    """Rate and interval of what settles at each time, per pair; NaN and 0 where nothing does."""
    counts = np.diff(settlements.offsets)
    row = np.searchsorted(times, settlements.settled_at)
    pair = np.repeat(np.arange(len(counts)), counts)
    rate = np.full((len(times), len(counts)), np.nan)
    interval_ms = np.zeros((len(times), len(counts)), dtype=np.int64)
    rate[row, pair] = settlements.rate
    interval_ms[row, pair] = settlements.interval_ms
    return rate, interval_ms


def opening_at(times: Stamps, candles: CandleRows) -> Floats:
    """The open of the candle opening at each time, per pair; of several spans the shortest."""
    opens = np.full((len(times), len(candles.offsets) - 1), np.nan)
    for pair in range(opens.shape[1]):
        rows = candles.rows(pair)
        row = opening_rows(candles.open_at[rows], times)
        opens[row >= 0, pair] = candles.open[rows][row[row >= 0]]
    return opens


def closed_by(times: Stamps, candles: CandleRows) -> tuple[Floats, Stamps]:
    """The last close known at each time and when it closed, per pair; of several closing together the shortest span."""
    shape = (len(times), len(candles.offsets) - 1)
    closes, closed_at = np.full(shape, np.nan), np.full(shape, NO_TIME)
    for pair in range(shape[1]):
        closes[:, pair], closed_at[:, pair] = last_closes(candles, pair, times)
    return closes, closed_at


def day_volume(times: Stamps, candles: CandleRows) -> Floats:
    """Quote volume of the candles that close in (t - 24 h, t], per pair; NaN where none with a volume does."""
    volumes = np.empty((len(times), len(candles.offsets) - 1))
    for pair in range(volumes.shape[1]):
        volumes[:, pair] = quote_volume(candles, pair, times - DAY, times)
    return volumes


def listed_at(times: Stamps, pairs: Sequence[Pair]) -> Flags:
    """Whether first_seen <= t < gone, per pair."""
    seen = np.array([NO_TIME if pair.first_seen_ms is None else pair.first_seen_ms for pair in pairs], dtype=np.int64)
    forever = np.iinfo(np.int64).max
    gone = np.array([forever if pair.gone_ms is None else pair.gone_ms for pair in pairs], dtype=np.int64)
    flags: Flags = (times[:, None] >= seen) & (times[:, None] < gone)
    return flags

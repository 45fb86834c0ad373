"""The tape: one stage as float arrays by event and pair, made once for all parameter sets that share it.

Settlements stand in the order in which they become known, so that an event finds its pairs' last ones side by side."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from fundarb.accounting.lots import lot_step
from fundarb.domain.instants import DAY, HOUR
from fundarb.domain.instrument import Pair
from fundarb.research.stage import Stage
from fundarb.signals.known import last_close_rows
from fundarb.signals.panel import CandleRows, Flags, Floats, Stamps
from fundarb.signals.volume import quote_volume

Rows = NDArray[np.int32]
# By pair and event, so that a held position reads on where it stopped: what it is settled, marked and watched with …
P_FILL, S_FILL, P_MARK, S_MARK, RATE, PAY, HIGH, TOP = range(8)
# … and what the gate and a leg left alone are priced with; FRESH (not stale to the gate) is 0 or 1, EARNS what a unit of
# notional earns in a millisecond at the last rate. A spot mark (S_MARK, LONE) of more than 24 h is stale and stands
# below 0, since no price does.
P_CLOSE, S_CLOSE, LONE, VOLUME, FRESH, EARNS = range(6)
# By pair; the firsts and lasts cut the candle table.
MULTIPLIER, STEP, SPOT_STEP, PERP_MIN, PERP_NOTIONAL, SPOT_MIN, SPOT_NOTIONAL, MMR, AVAILABLE, GONE = range(10)
TOUCH_FIRST, TOUCH_LAST, GUARD_FIRST, GUARD_LAST, SALE_FIRST, SALE_LAST = range(10, 16)
STALE_ROW = -2
# Columns of the candle table: the moment, then for touches when the candle opened and its high, for the guard both opens,
# for sales the spot's open.
MOMENT = 0
OPENED_AT, HIGHEST_PRICE = 1, 2
GUARD_PERP, GUARD_SPOT = 1, 2
SALE_PRICE = 1
EIGHT_HOURS = 8 * HOUR
LONG_AGO = -(2**52)
FOREVER = float(2**53)  # times are whole milliseconds, exact in a float


class Tape(NamedTuple):
    """Events end with `to`; NaN is absent. Few wide tables: every one costs at each call of a compiled step."""

    times: Stamps
    asking: Rows  # (events, pairs): the last settlement of a pair that is listed, else -1
    held_row: Rows  # (pairs, events): as `RowsInPlay.held`
    cells: Floats  # (pairs, events, 8)
    known: Floats  # (pairs, events, 6)
    dust_close: Floats  # (pairs, events): the spot's last close known, 0 where there is none
    pairs: Floats  # (pairs, 16)
    candles: Floats  # (candles, 3): touches, perp opens and spot opens of each pair


@dataclass(frozen=True, slots=True, eq=False)
class RowsInPlay:
    """The settlements that are some pair's last at some event, as they become known; the others never matter.

    `source` is the panel's row of each; `asking` (events, pairs) each listed pair's last one, -1 before its first; `held`
    (pairs, events) a held pair's, STALE_ROW where it is older than 24 h."""

    source: Stamps
    asking: Rows
    held: Rows


def rows_in_play(stage: Stage) -> RowsInPlay:
    """The settlements that a timeline can see."""
    timeline, settled_at = stage.timeline, stage.panel.settlements.settled_at
    known = timeline.row_at
    new = known >= 0
    new[1:] &= known[1:] != known[:-1]
    event, pair = np.nonzero(new)
    row_at = np.full(known.shape, -1, dtype=np.int32)
    row_at[event, pair] = np.arange(len(event))
    row_at = np.maximum.accumulate(row_at, axis=0)
    asking = np.where(timeline.listed, row_at, np.int32(-1))
    if len(event):
        old = (row_at >= 0) & (timeline.times[:, None] - settled_at[known] > DAY)
        row_at = np.where(old, np.int32(STALE_ROW), row_at)
    return RowsInPlay(known[event, pair], asking, np.ascontiguousarray(row_at.T))


def make_tape(stage: Stage, rows: RowsInPlay) -> Tape:
    """Lay a stage out; nothing here depends on a parameter but `backtest.{spot_source,delay}`."""
    timeline, panel, market = stage.timeline, stage.panel, stage.market
    times, count = timeline.times, len(panel.pairs)
    cells, known = np.full((count, len(times), 8), np.nan), np.full((count, len(times), 6), np.nan)
    tables: list[Floats] = []
    for i, pair in enumerate(panel.pairs):
        legs = _Legs(stage, i, pair)
        legs.price(times, cells[i], known[i], timeline.row_at[:, i])
        legs.fill(timeline.fill_times, cells[i])
        found = market.of(pair.symbol).touches
        tables += [
            _columns(found.closed_at, found.open_at, found.high),
            _columns(legs.perp_at, legs.perp_open, _at(legs.perp_at, legs.spot_at, legs.spot_open)),
            _columns(legs.spot_at, legs.spot_open, np.zeros(len(legs.spot_at))),
        ]
        cells[i, :, HIGH] = _highest(times, found.closed_at, found.high)
        cells[i, :, TOP] = _highest(times, legs.perp_at, legs.perp_open)
    return Tape(
        times=times,
        asking=rows.asking,
        held_row=rows.held,
        cells=cells,
        known=known,
        dust_close=np.nan_to_num(known[:, :, S_CLOSE]),
        pairs=np.column_stack((_pair_table(stage), _bounds(tables, count))),
        candles=np.concatenate(tables) if tables else np.empty((0, 3)),
    )


def day_rows(from_ms: int, to_ms: int, times: Stamps) -> Stamps:
    """For each 00:00 UTC in (from, to] the last sample at or before it; samples are counted with the one at `from`."""
    midnights = np.arange((from_ms // DAY + 1) * DAY, to_ms + 1, DAY, dtype=np.int64)
    return np.searchsorted(np.concatenate(([from_ms], times)), midnights, side="right") - 1


class _Legs:
    """One pair's candles as columns; a stand-in's spot is its perp per base unit."""

    def __init__(self, stage: Stage, index: int, pair: Pair) -> None:
        panel = stage.panel
        self.index, self.panel = index, panel
        self.alone = pair.symbol in stage.market.stand_ins
        self.multiplier = float(pair.multiplier)
        self.spot_rows: CandleRows = panel.perp if self.alone else panel.spot
        self.perp_at, self.perp_open = _opens(panel.perp, index)
        self.spot_at, self.spot_open = _opens(self.spot_rows, index)
        self.spot_open = self._spot(self.spot_open)

    def fill(self, fill_times: Stamps, cells: Floats) -> None:
        """What orders decided at the events fill at."""
        cells[:, P_FILL], cells[:, S_FILL] = self._open(fill_times)

    def price(self, times: Stamps, cells: Floats, known: Floats, row_at: Stamps) -> None:
        """Fill in everything else a price is asked for at the events."""
        panel, i = self.panel, self.index
        perp_open, spot_open = self._open(times)
        perp, perp_closed = _closes(panel.perp, i, times)
        spot, spot_closed = _closes(self.spot_rows, i, times)
        known[:, P_CLOSE], known[:, S_CLOSE] = perp, self._spot(spot)
        last = np.where(times - spot_closed > DAY, -known[:, S_CLOSE], known[:, S_CLOSE])
        known[:, LONE] = np.where(np.isnan(spot_open), last, spot_open)
        known[:, VOLUME] = np.nan_to_num(quote_volume(panel.perp, i, times - DAY, times))
        both = ~np.isnan(perp_open) & ~np.isnan(spot_open)
        common_perp, common_spot, closed_at = self._common(times)
        cells[:, P_MARK] = np.where(both, perp_open, common_perp)
        common_spot = self._spot(common_spot)
        fallback = np.where(times - closed_at > DAY, -common_spot, common_spot)
        cells[:, S_MARK] = np.where(both, spot_open, fallback)
        self._pay(times, cells, perp_open, np.where(times - perp_closed <= DAY, perp, np.nan))
        known[:, FRESH] = self._fresh(times, row_at) & (times - perp_closed <= DAY) & (times - spot_closed <= DAY)
        known[:, EARNS] = self._earns(row_at)

    def _open(self, times: Stamps) -> tuple[Floats, Floats]:
        """What perp and spot open at."""
        return _at(times, self.perp_at, self.perp_open), _at(times, self.spot_at, self.spot_open)

    def _spot(self, price: Floats) -> Floats:
        """Spot prices from those of `spot_rows`: a stand-in's are per base unit, rounded once at 12 decimals."""
        return np.round(price / self.multiplier, 12) if self.alone else price

    def _pay(self, times: Stamps, cells: Floats, perp_open: Floats, recent_close: Floats) -> None:
        """The rate that settles at each event and the mark it is paid on."""
        settled, rows = self.panel.settlements, self.panel.settlements.rows(self.index)
        cells[:, RATE] = _at(times, settled.settled_at[rows], settled.rate[rows])
        mark_at, mark_open = _opens(self.panel.mark, self.index)
        mark = _at(times, mark_at, mark_open)
        mark = np.where(np.isnan(mark), perp_open, mark)
        cells[:, PAY] = np.where(np.isnan(mark), recent_close, mark)

    def _fresh(self, times: Stamps, row_at: Stamps) -> Flags:
        """Whether the last settlement is no older than its interval (8 h if it has none)."""
        settled = self.panel.settlements
        if not len(settled.settled_at):
            return np.zeros(len(times), dtype=np.bool_)
        row = np.maximum(row_at, 0)
        interval = np.where(settled.interval_ms[row] > 0, settled.interval_ms[row], EIGHT_HOURS)
        return (row_at >= 0) & (times - settled.settled_at[row] <= interval)

    def _earns(self, row_at: Stamps) -> Floats:
        """What a unit of notional earns in a millisecond at the last rate; NaN without one that has an interval."""
        settled, out = self.panel.settlements, np.full(len(row_at), np.nan)
        there = np.flatnonzero(row_at >= 0)
        row = row_at[there]
        with np.errstate(divide="ignore", invalid="ignore"):
            earns = settled.rate[row] / settled.interval_ms[row]
        out[there] = np.where(settled.interval_ms[row] > 0, earns, np.nan)
        return out

    def _common(self, times: Stamps) -> tuple[Floats, Floats, Stamps]:
        """Both closes of the last time known at which both legs closed, and that time."""
        perp, spot = _closings(self.panel.perp, self.index), _closings(self.spot_rows, self.index)
        shared, in_perp, in_spot = np.intersect1d(perp[0], spot[0], assume_unique=True, return_indices=True)
        if not len(shared):
            return np.full(len(times), np.nan), np.full(len(times), np.nan), np.full(len(times), LONG_AGO)
        found = np.searchsorted(shared, times, side="right") - 1
        there, row = found >= 0, np.maximum(found, 0)
        closes = np.where(there, perp[1][in_perp][row], np.nan), np.where(there, spot[1][in_spot][row], np.nan)
        return closes[0], closes[1], np.where(there, shared[row], LONG_AGO)


def _opens(rows: CandleRows, pair: int) -> tuple[Stamps, Floats]:
    """Distinct open times and the open of the shortest candle at each."""
    own = rows.rows(pair)
    at, first = np.unique(rows.open_at[own], return_index=True)
    return at, rows.open[own][first]


def _closings(rows: CandleRows, pair: int) -> tuple[Stamps, Floats]:
    """Distinct close times and the close of the shortest candle at each."""
    own = rows.rows(pair)
    closed_at, span, close = rows.open_at[own] + rows.span_ms[own], rows.span_ms[own], rows.close[own]
    order = np.lexsort((span, closed_at))
    at, first = np.unique(closed_at[order], return_index=True)
    return at, close[order][first]


def _closes(rows: CandleRows, pair: int, times: Stamps) -> tuple[Floats, Stamps]:
    """The last close known at each time and when it closed; NaN and a time long gone where there is none."""
    row = last_close_rows(rows, pair, times)
    if not len(rows.close):
        return np.full(len(times), np.nan), np.full(len(times), LONG_AGO)
    there, at = row >= 0, np.maximum(row, 0)
    closed_at = np.where(there, rows.open_at[at] + rows.span_ms[at], LONG_AGO)
    return np.where(there, rows.close[at], np.nan), closed_at


def _at(times: Stamps, stamps: Stamps, values: Floats) -> Floats:
    """The value stamped with each time itself, NaN where there is none."""
    out = np.full(len(times), np.nan)
    row = np.searchsorted(stamps, times)
    hit = row < len(stamps)
    hit[hit] = stamps[row[hit]] == times[hit]
    out[hit] = values[row[hit]]
    return out


def _highest(times: Stamps, stamps: Stamps, values: Floats) -> Floats:
    """The highest value stamped after the event before and not after each event, -inf where there is none."""
    out = np.full(len(times), -np.inf)
    event = np.searchsorted(times, stamps)
    inside = (event < len(times)) & ~np.isnan(values)
    event, values = event[inside], values[inside]
    if len(event):
        order = np.argsort(event, kind="stable")
        first = np.flatnonzero(np.diff(event[order], prepend=-1))
        out[event[order][first]] = np.maximum.reduceat(values[order], first)
    return out


def _pair_table(stage: Stage) -> Floats:
    """Lot rules and what there was to earn, by pair; NaN maintenance means the general one."""
    settled, timeline = stage.panel.settlements, stage.timeline
    inside = (settled.settled_at >= timeline.from_ms) & (settled.settled_at <= timeline.to_ms) & (settled.rate > 0)
    earned = np.concatenate(([0.0], np.cumsum(np.where(inside, settled.rate, 0.0))))
    available = earned[settled.offsets[1:]] - earned[settled.offsets[:-1]]
    columns: list[Callable[[Pair], float]] = [
        lambda pair: float(pair.multiplier),
        lambda pair: float(lot_step(pair)),
        lambda pair: float(pair.spot_lots.step),
        lambda pair: float(pair.perp_lots.min_qty),
        lambda pair: float(pair.perp_lots.min_notional),
        lambda pair: float(pair.spot_lots.min_qty),
        lambda pair: float(pair.spot_lots.min_notional),
        lambda pair: np.nan if pair.mmr is None else float(pair.mmr),
    ]
    gone = [FOREVER if pair.gone_ms is None else float(pair.gone_ms) for pair in stage.panel.pairs]
    table = [[column(pair) for column in columns] for pair in stage.panel.pairs]
    return np.column_stack((np.array(table).reshape(len(available), len(columns)), available, gone))


def _bounds(tables: list[Floats], pairs: int) -> Floats:
    """(first, last) row of each pair's three tables once all are stacked."""
    ends = np.cumsum([len(table) for table in tables], dtype=np.float64)
    firsts = ends - [len(table) for table in tables]
    return np.column_stack((firsts, ends)).reshape(pairs, 6)


def _columns(*columns: Stamps | Floats) -> Floats:
    return np.column_stack([column.astype(np.float64) for column in columns])

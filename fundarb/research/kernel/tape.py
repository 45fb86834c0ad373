"""The tape: one stage as float arrays by event and pair, made once for all parameter sets that share it."""

from __future__ import annotations

from collections.abc import Callable
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

# By pair and event, so that a held position reads on where it stopped: what it is settled, marked and watched with …
P_OPEN, S_OPEN, P_MARK, S_MARK, RATE, PAY, HIGH, TOP = range(8)
# … and what the gate and a leg left alone are priced with; FRESH (not stale to the gate) is 0 or 1.
# A spot mark (S_MARK, LONE) of more than 24 h is stale and stands below 0, since no price does.
P_CLOSE, S_CLOSE, LONE, VOLUME, FRESH = range(5)
# By pair; the firsts and lasts cut the candle tables.
MULTIPLIER, STEP, SPOT_STEP, PERP_MIN, PERP_NOTIONAL, SPOT_MIN, SPOT_NOTIONAL, MMR, AVAILABLE, GONE = range(10)
TOUCH_FIRST, TOUCH_LAST, GUARD_FIRST, GUARD_LAST, SALE_FIRST, SALE_LAST = range(10, 16)
# By settlement; what a unit of notional earns in a millisecond at its rate.
EARNS = 0
STALE_ROW = -2
# Columns of the candle tables.
OPENED_AT, CLOSED_AT, HIGHEST_PRICE = range(3)
GUARD_AT, GUARD_PERP, GUARD_SPOT = range(3)
SALE_AT, SALE_PRICE = range(2)
EIGHT_HOURS = 8 * HOUR
LONG_AGO = -(2**52)
FOREVER = float(2**53)  # times are whole milliseconds, exact in a float


class Tape(NamedTuple):
    """Events end with `to`; NaN is absent. Few wide tables: every one costs at each call of a compiled step."""

    times: Stamps
    row_at: NDArray[np.int32]  # (events, pairs): the pair's last settlement, -1 before its first
    asking: NDArray[np.int32]  # the same where the pair is listed, else -1
    held_row: NDArray[np.int32]  # (pairs, events): the same, STALE_ROW where it is older than 24 h
    cells: Floats  # (pairs, events, 8)
    known: Floats  # (pairs, events, 5)
    dust_close: Floats  # (events, pairs): the spot's last close known, 0 where there is none
    pairs: Floats  # (pairs, 16)
    rows: Floats  # (settlements, 1)
    touches: Floats  # (candles, 3)
    guards: Floats  # (perp opens, 3)
    sales: Floats  # (spot opens, 2)


def make_tape(stage: Stage) -> Tape:
    """Lay a stage out; nothing here depends on a parameter but `backtest.spot_source`."""
    timeline, panel, market = stage.timeline, stage.panel, stage.market
    times, count = timeline.times, len(panel.pairs)
    cells, known = np.full((count, len(times), 8), np.nan), np.full((count, len(times), 5), np.nan)
    touches: list[Floats] = []
    guards: list[Floats] = []
    sales: list[Floats] = []
    for i, pair in enumerate(panel.pairs):
        legs = _Legs(stage, i, pair)
        legs.price(times, cells[i], known[i], timeline.row_at[:, i])
        found = market.of(pair.symbol).touches
        touches.append(_columns(found.open_at, found.closed_at, found.high))
        guards.append(legs.guards())
        sales.append(_columns(legs.spot_at, legs.spot_open))
        cells[i, :, HIGH] = _highest(times, found.closed_at, found.high)
        cells[i, :, TOP] = _highest(times, legs.perp_at, legs.perp_open)
    settled = panel.settlements
    with np.errstate(divide="ignore", invalid="ignore"):
        earns = np.where(settled.interval_ms > 0, settled.rate / settled.interval_ms, np.nan)
    return Tape(
        times=times,
        row_at=timeline.row_at.astype(np.int32),
        asking=np.where(timeline.listed, timeline.row_at, -1).astype(np.int32),
        held_row=_held_rows(stage),
        cells=cells,
        known=known,
        dust_close=np.ascontiguousarray(np.nan_to_num(known[:, :, S_CLOSE]).T),
        pairs=np.column_stack((_pair_table(stage), _bounds(touches), _bounds(guards), _bounds(sales))),
        rows=earns.reshape(-1, 1),
        touches=_stacked(touches, 3),
        guards=_stacked(guards, 3),
        sales=_stacked(sales, 2),
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
        self.scale = 1.0 / float(pair.multiplier) if self.alone else 1.0
        self.spot_rows: CandleRows = panel.perp if self.alone else panel.spot
        self.perp_at, self.perp_open = _opens(panel.perp, index)
        self.spot_at, self.spot_open = _opens(self.spot_rows, index)
        self.spot_open = self.spot_open * self.scale

    def price(self, times: Stamps, cells: Floats, known: Floats, row_at: Stamps) -> None:
        """Fill in everything a price is asked for at the events."""
        panel, i = self.panel, self.index
        cells[:, P_OPEN] = _at(times, self.perp_at, self.perp_open)
        cells[:, S_OPEN] = _at(times, self.spot_at, self.spot_open)
        perp, perp_closed = _closes(panel.perp, i, times)
        spot, spot_closed = _closes(self.spot_rows, i, times)
        known[:, P_CLOSE], known[:, S_CLOSE] = perp, spot * self.scale
        last = np.where(times - spot_closed > DAY, -known[:, S_CLOSE], known[:, S_CLOSE])
        known[:, LONE] = np.where(np.isnan(cells[:, S_OPEN]), last, cells[:, S_OPEN])
        known[:, VOLUME] = np.nan_to_num(quote_volume(panel.perp, i, times - DAY, times))
        both = ~np.isnan(cells[:, P_OPEN]) & ~np.isnan(cells[:, S_OPEN])
        common_perp, common_spot, closed_at = self._common(times)
        cells[:, P_MARK] = np.where(both, cells[:, P_OPEN], common_perp)
        fallback = np.where(times - closed_at > DAY, -common_spot, common_spot) * self.scale
        cells[:, S_MARK] = np.where(both, cells[:, S_OPEN], fallback)
        self._pay(times, cells, np.where(times - perp_closed <= DAY, perp, np.nan))
        known[:, FRESH] = self._fresh(times, row_at) & (times - perp_closed <= DAY) & (times - spot_closed <= DAY)

    def _pay(self, times: Stamps, cells: Floats, recent_close: Floats) -> None:
        """The rate that settles at each event and the mark it is paid on."""
        settled, rows = self.panel.settlements, self.panel.settlements.rows(self.index)
        cells[:, RATE] = _at(times, settled.settled_at[rows], settled.rate[rows])
        mark_at, mark_open = _opens(self.panel.mark, self.index)
        mark = _at(times, mark_at, mark_open)
        mark = np.where(np.isnan(mark), cells[:, P_OPEN], mark)
        cells[:, PAY] = np.where(np.isnan(mark), recent_close, mark)

    def _fresh(self, times: Stamps, row_at: Stamps) -> Flags:
        """Whether the last settlement is no older than its interval (8 h if it has none)."""
        settled = self.panel.settlements
        if not len(settled.settled_at):
            return np.zeros(len(times), dtype=np.bool_)
        row = np.maximum(row_at, 0)
        interval = np.where(settled.interval_ms[row] > 0, settled.interval_ms[row], EIGHT_HOURS)
        return (row_at >= 0) & (times - settled.settled_at[row] <= interval)

    def guards(self) -> Floats:
        """Every perp open with the spot's open of the same time, NaN where it has none."""
        return _columns(self.perp_at, self.perp_open, _at(self.perp_at, self.spot_at, self.spot_open))

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


def _held_rows(stage: Stage) -> NDArray[np.int32]:
    row_at, settled_at = stage.timeline.row_at, stage.panel.settlements.settled_at
    if not len(settled_at):
        return np.ascontiguousarray(row_at.T, dtype=np.int32)
    old = (row_at >= 0) & (stage.timeline.times[:, None] - settled_at[np.maximum(row_at, 0)] > DAY)
    return np.ascontiguousarray(np.where(old, STALE_ROW, row_at).T, dtype=np.int32)


def _bounds(tables: list[Floats]) -> Floats:
    """(first, last) row of each pair once the tables are stacked."""
    ends = np.cumsum([len(table) for table in tables], dtype=np.float64)
    return np.column_stack((ends - [len(table) for table in tables], ends)) if tables else np.empty((0, 2))


def _columns(*columns: Stamps | Floats) -> Floats:
    return np.column_stack([column.astype(np.float64) for column in columns])


def _stacked(tables: list[Floats], columns: int) -> Floats:
    return np.concatenate(tables) if tables else np.empty((0, columns))

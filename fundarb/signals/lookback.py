"""Which settlements a signal may look at: the last 120 days, after the last gap of more than 24 h, with an interval."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from fundarb.domain.instants import DAY, HOUR, LONGEST_INTERVAL
from fundarb.signals.basis import WINDOW as BASIS_ROWS
from fundarb.signals.panel import Flags, Floats, SettlementRows, Stamps
from fundarb.signals.rates import rate_8h_bp

HORIZON = 120 * DAY
BREAK = 24 * HOUR
PERIOD = 8 * HOUR


@dataclass(frozen=True, slots=True, eq=False)
class Lookback:
    """Every pair's settlements one after another; row s may look at rows oldest[s]..s (none where oldest[s] > s).

    `wall` is the row no look goes behind, however long: the first after a gap of more than 24 h, or with an interval."""

    offsets: Stamps
    settled_at: Stamps
    rate_bp: Floats
    interval_ms: Stamps
    wall: Stamps
    oldest: Stamps

    @property
    def any(self) -> Flags:
        """Rows that have something to look at."""
        return self.oldest <= np.arange(len(self.oldest))

    def window(self, row: int, span_ms: int) -> slice:
        """The rows of the last `span_ms` before and at a row, not behind its wall."""
        wall = int(self.wall[row])
        first = np.searchsorted(self.settled_at[wall : row + 1], self.settled_at[row] - span_ms, side="right")
        return slice(wall + int(first), row + 1)


def lookback(rows: SettlementRows) -> Lookback:
    """What each settlement of each pair may look at."""
    wall = _wall(rows)
    oldest = np.maximum(wall, _first_within(rows.offsets, rows.settled_at, HORIZON))
    return Lookback(rows.offsets, rows.settled_at, rate_8h_bp(rows), rows.interval_ms, wall, oldest)


def recent(look: Lookback, span_ms: int) -> Stamps:
    """The first row within `span_ms` before each row, not behind its wall."""
    return np.maximum(look.wall, _first_within(look.offsets, look.settled_at, span_ms))


def eight_hourly(look: Lookback, row: int, periods: int) -> Floats:
    """Mean level of each of the last `periods` stretches of 8 h up to a row, oldest first; NaN where nothing settled.

    What settles every hour and what settles every eight hours stand on one clock then."""
    here = look.window(row, periods * PERIOD)
    covered = look.interval_ms[here].astype(np.float64)
    stretch = periods - 1 - (look.settled_at[row] - look.settled_at[here]) // PERIOD
    paid = np.bincount(stretch, look.rate_bp[here] * covered, periods)
    hours = np.bincount(stretch, covered, periods)
    return np.where(hours > 0, paid / np.where(hours > 0, hours, 1.0), np.nan)


def apart(at: Stamps, step_ms: int) -> tuple[Stamps, Stamps]:
    """(rows, rows exactly `step_ms` after them), of one pair."""
    found = np.searchsorted(at, at - step_ms)
    after = np.flatnonzero(at[np.minimum(found, len(at) - 1)] == at - step_ms) if len(at) else found
    return found[after], after


@dataclass(frozen=True, slots=True)
class Reach:
    """How far back the last settlement of a pair is looked at: over a span or so many rows, whichever reach further."""

    span_ms: int = HORIZON
    rows: int = BASIS_ROWS


def first_needed(at: Stamps, reach: Reach) -> int | None:
    """Of one pair's settlements the first that its last one hangs on: those within reach, and before them the rows that
    their intervals come from. None: these rows do not reach that far."""
    if not len(at):
        return None
    last = len(at) - 1
    first = min(int(at.searchsorted(at[last] - reach.span_ms, side="right")), last - reach.rows)
    while first > 0 and at[first] - at[first - 1] > LONGEST_INTERVAL:
        first -= 1  # after a hole the row before says how long an interval is
    return first - 1 if first > 0 else None


def _wall(rows: SettlementRows) -> Stamps:
    index = np.arange(len(rows.settled_at))
    after_gap = np.where(np.diff(rows.settled_at, prepend=0) > BREAK, index, 0)
    return np.maximum.accumulate(np.where(rows.interval_ms > 0, after_gap, index + 1))  # a pair's first has no interval


def _first_within(offsets: Stamps, at: Stamps, span_ms: int) -> Stamps:
    """The first row of the same pair after `span_ms` before each row."""
    out = np.empty(len(at), dtype=np.int64)
    for start, end in zip(offsets[:-1].tolist(), offsets[1:].tolist(), strict=True):
        own = at[start:end]
        out[start:end] = np.searchsorted(own, own - span_ms, side="right") + start
    return out

"""Which settlements a signal may look at: the last 120 days, after the last gap of more than 24 h, with an interval."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np

from fundarb.domain.instants import DAY, HOUR
from fundarb.signals.panel import Flags, Floats, SettlementRows, Stamps
from fundarb.signals.rates import rate_8h_bp

HORIZON = 120 * DAY
BREAK = 24 * HOUR


@dataclass(frozen=True, slots=True, eq=False)
class Lookback:
    """One pair's settlements; row s may look at rows oldest[s]..s (empty where oldest[s] > s)."""

    start: int
    settled_at: Stamps
    rate_bp: Floats
    interval_ms: Stamps
    oldest: Stamps

    @property
    def any(self) -> Flags:
        """Rows that have something to look at."""
        return self.oldest <= np.arange(len(self.oldest))


def lookbacks(rows: SettlementRows) -> Iterator[Lookback]:
    """One lookback a pair, in panel order; pairs without settlements give an empty one."""
    level = rate_8h_bp(rows)
    for start, end in zip(rows.offsets[:-1].tolist(), rows.offsets[1:].tolist(), strict=True):
        at, spans = rows.settled_at[start:end], rows.interval_ms[start:end]
        yield Lookback(start, at, level[start:end], spans, _oldest(at, spans))


def _oldest(at: Stamps, spans: Stamps) -> Stamps:
    """The first row each row may look at."""
    index = np.arange(len(at))
    after_gap = np.zeros(len(at), dtype=np.int64)
    if len(at):
        after_gap[1:] = np.where(np.diff(at) > BREAK, index[1:], 0)
    unpriced = np.where(spans == 0, index + 1, 0)
    barrier = np.maximum.accumulate(np.maximum(after_gap, unpriced)) if len(at) else after_gap
    return np.maximum(barrier, np.searchsorted(at, at - HORIZON, side="right"))


def recent(look: Lookback, span_ms: int) -> Stamps:
    """The first row within `span_ms` before each row, inside the lookback."""
    return np.maximum(look.oldest, np.searchsorted(look.settled_at, look.settled_at - span_ms, side="right"))

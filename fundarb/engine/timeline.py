"""The event clock of a backtest: which settlement each pair last had at each event, and who asks to enter then."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from fundarb.signals.alignment import listed_at
from fundarb.signals.panel import Flags, Panel, Stamps
from fundarb.strategy.plan import Plan


@dataclass(frozen=True, slots=True, eq=False)
class Timeline:
    """Events are the distinct settlement times in [from, to), then `to`. `row_at[k, i]` is pair i's last settlement
    (a row of the panel) known at event k, -1 before its first. What is decided at an event fills `delay_ms` later."""

    from_ms: int
    to_ms: int
    times: Stamps
    row_at: Stamps
    listed: Flags
    delay_ms: int = 0

    @property
    def fill_times(self) -> Stamps:
        """When what is decided at each event fills; nothing waits beyond `to`."""
        return np.minimum(self.times + self.delay_ms, self.to_ms) if self.delay_ms else self.times


def build_timeline(panel: Panel, from_ms: int, to_ms: int, delay_ms: int = 0) -> Timeline:
    """The events of a range with what each pair had settled by then."""
    settled, offsets = panel.settlements.settled_at, panel.settlements.offsets
    inside = panel.times
    times = np.append(inside[(inside >= from_ms) & (inside < to_ms)], to_ms).astype(np.int64)
    known = np.full((len(times), len(panel.pairs)), -1, dtype=np.int64)
    first = times.searchsorted(settled)
    counted = first < len(times)
    column = np.repeat(np.arange(len(panel.pairs)), np.diff(offsets))
    known[first[counted], column[counted]] = np.flatnonzero(counted)  # of several before one event the last row stays
    row_at = np.maximum.accumulate(known, axis=0)
    return Timeline(from_ms, to_ms, times, row_at, listed_at(times, panel.pairs), delay_ms)


@dataclass(frozen=True, slots=True, eq=False)
class Agenda:
    """A plan laid on a timeline: for each event the pairs that ask to enter, best first, and where exits are due."""

    offsets: NDArray[np.int64]
    entering: NDArray[np.int64]
    exit_due: Flags

    def candidates(self, event: int) -> list[int]:
        """Listed pairs asking to enter at this event, best rank first, ties in symbol order."""
        found: list[int] = self.entering[self.offsets[event] : self.offsets[event + 1]].tolist()
        return found


def lay(plan: Plan, timeline: Timeline) -> Agenda:
    """Vectorise the plan's flags over all events at once."""
    enter = np.zeros(timeline.row_at.shape, dtype=np.bool_)
    exit_due = np.zeros(timeline.row_at.shape, dtype=np.bool_)
    starts = [int(np.searchsorted(timeline.times, regime.since_ms)) for regime in plan.regimes]
    for regime, first, last in zip(plan.regimes, starts, [*starts[1:], len(timeline.times)], strict=True):
        rows = timeline.row_at[first:last]
        known = rows >= 0
        if len(regime.enter):
            enter[first:last] = known & regime.enter[rows]
            exit_due[first:last] = known & regime.exit[rows]
    if plan.always is not None:
        enter |= plan.always
    event, pair = np.nonzero(enter & timeline.listed)
    row = timeline.row_at[event, pair]
    rank = np.where(row >= 0, plan.rank[row], 0) if len(plan.rank) else row
    order = np.lexsort((pair, -rank, event))
    offsets = np.searchsorted(event, np.arange(len(timeline.times) + 1))
    return Agenda(offsets.astype(np.int64), pair[order].astype(np.int64), exit_due)

"""Settlements and open interest of a store, asked as the venue is asked."""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Sequence
from decimal import Decimal

import numpy as np

from fundarb.domain.market import Snapshot
from fundarb.domain.money import canonical, floor_to
from fundarb.ports.market import SettlementColumns
from fundarb.sandbox.market.funding import RATE
from fundarb.sandbox.market.grid import Counts, floats_written
from fundarb.sandbox.market.quotes import STALE_MS, FundingNow
from fundarb.sandbox.market.source import HOUR

_USUAL_MS = 8 * HOUR  # where no gap tells the interval, and the longest there is


class StoredFunding:
    """The settlements of one perp."""

    def __init__(self, columns: SettlementColumns) -> None:
        self._stamps = columns.settled_at.astype(np.int64)
        self._rates = floats_written(columns.rate) if columns.rate.size else []
        for row, value in columns.wide.get("rate", {}).items():
            self._rates[row] = canonical(value)
        gaps = np.diff(self._stamps, prepend=self._stamps[:1] - _USUAL_MS)
        self._gaps: Counts = np.where(gaps > _USUAL_MS, np.roll(gaps, 1), gaps).clip(max=_USUAL_MS)

    def settled(self, first_ms: int, last_ms: int, newest: int) -> list[tuple[int, str]]:
        """(stamp, rate) in [first, last], newest first, at most `newest`."""
        lower, upper = np.searchsorted(self._stamps, (first_ms, last_ms + 1)).tolist()
        lower = max(lower, upper - newest)
        return list(zip(self._stamps[lower:upper].tolist(), self._rates[lower:upper], strict=True))[::-1]

    def announced_ms(self, at_ms: int) -> int:
        """The interval that was in force some hours ago."""
        return self._next(at_ms - STALE_MS)[2]

    def now(self, at_ms: int) -> FundingNow:
        """An estimate that begins at the last rate and ends at the next; after the end of the store, the last for good."""
        at, next_ms, interval_ms = self._next(at_ms)
        if not self._rates:
            return FundingNow(Decimal(0), next_ms, interval_ms)
        before, after = (Decimal(self._rates[max(0, min(place, len(self._rates) - 1))]) for place in (at - 1, at))
        passed_ms = max(at_ms - next_ms + interval_ms, 0)
        share = RATE.decimal(passed_ms**2 * 10**RATE.decimals // interval_ms**2)
        rate = floor_to(before + (after - before) * share, RATE.step)
        return FundingNow(Decimal(canonical(rate)), next_ms, interval_ms)

    def _next(self, at_ms: int) -> tuple[int, int, int]:
        """The row of the settlement after `at_ms`, its stamp (made up after the last one) and its interval."""
        at = int(np.searchsorted(self._stamps, at_ms, side="right"))
        if at < len(self._stamps):
            return at, int(self._stamps[at]), int(self._gaps[at])
        interval_ms = int(self._gaps[-1]) if len(self._gaps) else _USUAL_MS
        return at, at_ms - at_ms % interval_ms + interval_ms, interval_ms


class StoredInterest:
    """What was seen of one perp's open interest."""

    def __init__(self, snapshots: Sequence[Snapshot]) -> None:
        seen = [(one.observed_at_ms, one.open_interest) for one in snapshots if one.open_interest is not None]
        self._stamps = [stamp for stamp, _ in seen]
        self._values = [value for _, value in seen]

    def at(self, at_ms: int) -> Decimal | None:
        """What was seen last."""
        place = bisect_right(self._stamps, at_ms)
        return self._values[place - 1] if place else None

    def on_grid(self, span_ms: int, first_ms: int, last_ms: int) -> list[tuple[int, str]]:
        """What was seen last at each stamp of the grid within [first, last], from the first to the last that was seen."""
        if not self._stamps:
            return []
        begin_ms = -(-max(first_ms, self._stamps[0]) // span_ms) * span_ms
        stamps = range(begin_ms, min(last_ms, self._stamps[-1] + span_ms - 1) + 1, span_ms)
        return [(stamp, canonical(value)) for stamp in stamps if (value := self.at(stamp)) is not None]

"""Why a line of trading differs from that of a backtest of what it recorded, in words; None where nothing known explains it.

Told from what the cycles wrote down: which settlements were decided on, when, and what was refused there."""

from __future__ import annotations

import json
from bisect import bisect_right
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from decimal import Decimal
from typing import TYPE_CHECKING, NamedTuple

from fundarb.domain.decision import ExitReason
from fundarb.domain.instants import MINUTE, SECOND
from fundarb.domain.ledger import LineKind
from fundarb.domain.money import ZERO
from fundarb.domain.orders import Leg, Side

if TYPE_CHECKING:
    from fundarb.reporting.line_differences import Booked

PRICED = "priced in the books of its moment, not at the open of a candle"
SIZED = "sized by prices and equity of its moment"
AHEAD = "left ahead of an announced end, of which a backtest does not know"
OUTSIDE = "came from outside, of which a backtest does not know"
BETWEEN = "done at a look between two settlements"
CANDLES = "seen in a candle between two looks"
LATE = "decided late: nobody looked when it settled"
MISSED = "nobody looked at this settlement"
FOLLOWS = "follows from a difference before it"
REFUSED = "refused then: "
ON_TIME = 2 * MINUTE  # a settled rate is waited for
_DONE_WITHIN = 20 * SECOND  # what a cycle decides is stamped by the venue that fills it
_BY_LOOKS = (LineKind.GUARD, LineKind.LIQUIDATION)
_BACKTESTED = (*_BY_LOOKS, LineKind.FILL, LineKind.FUNDING, LineKind.DELISTING, LineKind.INTEREST)


class Decided(NamedTuple):
    """A cycle: the settlement it decided on, when, and the reasons for which it refused something."""

    boundary_ms: int
    at_ms: int
    refused: frozenset[str]


def decided_of(cycles: Iterable[tuple[int, str]]) -> list[Decided]:
    """From (when, data) of the events that cycles are, oldest first; refusals are told as running totals."""
    found, before = list[Decided](), dict[str, int]()
    for at_ms, data in cycles:
        document = json.loads(data)
        counts: Mapping[str, int] = document["tally"][3]
        fresh = frozenset(reason for reason, count in counts.items() if count > before.get(reason, 0))
        found.append(Decided(document["boundary"], at_ms, fresh))
        before = dict(counts)
    return found


@dataclass(slots=True)
class Reasons:
    """Asked of one line after another in order of time; remembers what either side holds of each pair."""

    cycles: Sequence[Decided]
    _on: dict[int, Decided] = field(init=False)
    _apart: dict[str | None, Decimal] = field(default_factory=dict)
    _moved: list[tuple[str | None, Decimal]] = field(default_factory=list)
    _now_ms: int = 0

    def __post_init__(self) -> None:
        self._on = {one.boundary_ms: one for one in self.cycles if one.at_ms - one.boundary_ms <= ON_TIME}

    def of(self, ours: Booked | None, theirs: Booked | None, factor: str) -> str | None:
        """Why these two differ in this factor, or why one of them stands alone."""
        line = ours or theirs
        assert line is not None, "a match has a side"
        self._come_to(line.at_ms)
        self._moved.append((line.pair, _short(ours) - _short(theirs)))
        if factor == "price":
            return LATE if line.kind == LineKind.DELISTING else PRICED
        if ours is not None and theirs is not None:
            return self._matched(ours, factor)
        return self._alone_here(line) if theirs is None else self._alone_there(line)

    def _come_to(self, at_ms: int) -> None:
        """What is done at one moment finds what was held before it."""
        if at_ms == self._now_ms:
            return
        for pair, change in self._moved:
            self._apart[pair] = self._apart.get(pair, ZERO) + change
        self._moved, self._now_ms = [], at_ms

    def _matched(self, line: Booked, factor: str) -> str | None:
        if self._differs(line):
            return FOLLOWS
        if factor == "reason" and _ahead(line):
            return AHEAD
        return SIZED if factor == "qty" and _enters(line) else None

    def _alone_here(self, line: Booked) -> str | None:
        """Only in the ledger."""
        cycle = self._cycle_of(line.at_ms)
        if line.kind not in _BACKTESTED:
            return OUTSIDE
        if _ahead(line):
            return AHEAD
        if line.kind != LineKind.FUNDING and (cycle is None or line.kind in _BY_LOOKS):
            return BETWEEN
        if cycle is not None and cycle.at_ms - cycle.boundary_ms > ON_TIME:
            return LATE
        return FOLLOWS if self._differs(line) else None

    def _alone_there(self, line: Booked) -> str | None:
        """Only in the backtest."""
        if self._differs(line):
            return FOLLOWS
        if line.kind in _BY_LOOKS:
            return CANDLES
        cycle = self._on.get(line.at_ms)
        if line.kind != LineKind.FUNDING and cycle is None:
            return MISSED
        if cycle is not None and cycle.refused and _enters(line):
            return REFUSED + ", ".join(sorted(cycle.refused))
        return None

    def _cycle_of(self, at_ms: int) -> Decided | None:
        """The cycle in which this was done."""
        before = bisect_right(self.cycles, at_ms, key=lambda one: one.at_ms)
        cycle = self.cycles[before - 1] if before else None
        return cycle if cycle is not None and at_ms - cycle.at_ms <= _DONE_WITHIN else None

    def _differs(self, line: Booked) -> bool:
        """Whether the sides held different amounts by then: of this pair, or, for an entry, of any."""
        return any(self._apart.values()) if _enters(line) else bool(self._apart.get(line.pair))


def _enters(line: Booked) -> bool:
    return line.kind == LineKind.FILL and (line.leg, line.side) in ((Leg.SPOT, Side.BUY), (Leg.PERP, Side.SELL))


def _ahead(line: Booked) -> bool:
    return line.kind == LineKind.FILL and line.reason == ExitReason.DELISTING


def _short(line: Booked | None) -> Decimal:
    """What a line adds to a short."""
    if line is None or line.leg != Leg.PERP or line.side is None or line.qty is None:
        return ZERO
    return line.qty if line.side == Side.SELL else -line.qty

"""What is said once a day of how portfolios do: one beside another, a score that trails the plain rule it should beat, and
each quarter that parameters want a second look."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from datetime import UTC, datetime

from fundarb.domain.instants import DAY, LATEST, iso
from fundarb.domain.market import Span
from fundarb.engine.trading.desk import Desk
from fundarb.engine.trading.remembering import remembered
from fundarb.ports.journal import Event, Journal
from fundarb.statistics.difference import Curve, Difference, difference_of

SCORED, PLAIN, TRADES = "composite", "simple", 50
_QUARTER, _JUDGED = "quarter", "judged trades"


@dataclass(slots=True)
class Reviews:
    """Asked at every look; speaks at the first of a UTC day."""

    journal: Journal
    desks: Sequence[Desk]
    _day: int | None = None

    async def news(self, at_ms: int) -> list[Event]:
        """What is to be said now."""
        first, day = self._day is None, at_ms // DAY
        if day == self._day:
            return []
        told = await self._quarter(at_ms)
        if len(self.desks) > 1 and not first:
            curves = {desk.mode: await self._curve(desk) for desk in self.desks}
            told += self._beside(at_ms, curves) + await self._trailing(at_ms, curves)
        self._day = day
        return told

    async def _quarter(self, at_ms: int) -> list[Event]:
        """A reminder at the first look of a quarter; none at the very first."""
        name, quarter = self.desks[0].name, _quarter_of(at_ms)
        before = await self.journal.recall(name, _QUARTER)
        if before == quarter:
            return []
        await self.journal.remember(name, _QUARTER, quarter)
        words = (
            f"{quarter} has begun: look at the parameters again (`fundarb sweep --walk-forward` on what was stored since), "
            "and change them only for a reason that holds out of sample"
        )
        return [] if before is None else [Event(at_ms, None, "review", reason=words)]

    async def _curve(self, desk: Desk) -> Curve:
        past = remembered(await self.journal.events(desk.name, Span(0, LATEST)))
        return Curve(past.times, past.equity)

    def _beside(self, at_ms: int, curves: dict[str, Curve]) -> list[Event]:
        """Each but the first beside the first."""
        (base, theirs), *others = curves.items()
        found = [(mode, difference_of(ours, theirs)) for mode, ours in others if ours.times and theirs.times]
        return [_compared(at_ms, mode, base, one) for mode, one in found if one is not None]

    async def _trailing(self, at_ms: int, curves: dict[str, Curve]) -> list[Event]:
        """Each time the score has closed so many trades more: whether the plain rule made more of the same time."""
        scored = next((desk for desk in self.desks if desk.mode == SCORED), None)
        if scored is None or PLAIN not in curves:
            return []
        trades = sorted(scored.ledger.book.closed, key=lambda trade: trade.closed_ms)
        judged = int(await self.journal.recall(scored.name, _JUDGED) or 0)
        if len(trades) < judged + TRADES:
            return []
        await self.journal.remember(scored.name, _JUDGED, str(len(trades)))
        since_ms = min(trade.opened_ms for trade in trades[-TRADES:])
        made = {mode: _made_since(curves[mode], since_ms) for mode in (SCORED, PLAIN)}
        if made[SCORED] >= made[PLAIN]:
            return []
        words = (
            f"over its last {TRADES} trades {SCORED} made {made[SCORED]:+.2f}, {PLAIN} {made[PLAIN]:+.2f} in the same time: "
            "what it adds has to be earned; see `fundarb report paper`"
        )
        data = {"trades": TRADES, "since": iso(since_ms), **{mode: round(one, 2) for mode, one in made.items()}}
        return [Event(at_ms, scored.name, "trails", reason=words, data=json.dumps(data))]


def _compared(at_ms: int, ours: str, theirs: str, found: Difference) -> Event:
    """The difference in words, and in figures."""
    early = "" if found.enough else "; two weeks have not passed, which is too early to tell"
    words = (
        f"{ours} less {theirs}: {found.annual:+.1%} of capital a year, in 95 of 100 cases between {found.low:+.1%} and "
        f"{found.high:+.1%}, over {found.days} days{early}"
    )
    data = {"ours": ours, "theirs": theirs, **asdict(found), "enough": found.enough, "decided": found.decided}
    return Event(at_ms, None, "ab", reason=words, data=json.dumps(data))


def _made_since(curve: Curve, at_ms: int) -> float:
    there = curve.since(at_ms).equity
    return float(there[-1] - there[0])


def _quarter_of(at_ms: int) -> str:
    day = datetime.fromtimestamp(at_ms / 1000, UTC)
    return f"{day.year}-Q{(day.month + 2) // 3}"

"""A plan laid on a timeline, row by row: what decide asks of it at one event of a replay."""

from __future__ import annotations

from decimal import Decimal

from fundarb.domain.decision import EntryReason, ExitReason
from fundarb.engine.timeline import Timeline, lay
from fundarb.signals.panel import Panel
from fundarb.signals.rounding import twelve_decimal
from fundarb.strategy.plan import ABSENT, Plan


class PlannedReplay:
    """A whole plan; `row(event)` is what it says at one event."""

    def __init__(self, plan: Plan, panel: Panel, timeline: Timeline) -> None:
        self.plan, self.timeline = plan, timeline
        self.agenda = lay(plan, timeline)
        self.names = [pair.symbol for pair in panel.pairs]
        self.index = {name: i for i, name in enumerate(self.names)}
        self.settled_at = panel.settlements.settled_at

    def row(self, event: int) -> PlannedRow:
        """The plan as of one event."""
        return PlannedRow(self, event)

    def score(self, event: int, pair: str) -> Decimal | None:
        """The score of a pair's last settlement, if the plan has one."""
        row = int(self.timeline.row_at[event, self.index[pair]])
        if self.plan.score is None or row < 0 or self.plan.score[row] == ABSENT:
            return None
        return twelve_decimal(int(self.plan.score[row]))


class PlannedRow:
    """The plan at one event."""

    __slots__ = (
        "_exit_due",
        "_index",
        "_replay",
        "_rows",
        "entering",
        "entry_reason",
        "exit_reason",
        "rotates",
        "sticky",
    )

    def __init__(self, replay: PlannedReplay, event: int) -> None:
        self._replay, self._index = replay, replay.index
        self._rows, self._exit_due = replay.timeline.row_at[event], replay.agenda.exit_due[event]
        plan, names = replay.plan, replay.names
        self.entering = [names[i] for i in replay.agenda.candidates(event)]
        self.entry_reason: EntryReason = plan.entry_reason
        self.exit_reason: ExitReason | None = plan.exit_reason
        self.sticky, self.rotates = plan.sticky, plan.rotates

    def leaves(self, pair: str) -> bool:
        """Whether the strategy wants out of this pair."""
        due: bool = self._exit_due.item(self._index[pair])
        return due

    def settled_at(self, pair: str) -> int | None:
        """The pair's last settlement."""
        row = self._rows.item(self._index[pair])
        return self._replay.settled_at.item(row) if row >= 0 else None

    def forecast(self, pair: str) -> int | None:
        """The pair's forecast in units of 1e-12 bp, if it has one."""
        row, forecast = self._rows.item(self._index[pair]), self._replay.plan.forecast
        if forecast is None or row < 0:
            return None
        found = forecast.item(row)
        return None if found == ABSENT else found

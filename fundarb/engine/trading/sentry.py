"""Risk at every look: stops that halt entries, positions that must be left, and what a person should know.

A stop halts through the journal, so that it outlives the process and `resume` ends it. Whoever resumes has seen the loss,
which is then counted from there."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field

from fundarb.accounting.book import Book
from fundarb.domain.decision import ExitReason, ExitRequest
from fundarb.engine.caution import Demands
from fundarb.engine.trading.danger import Danger
from fundarb.engine.trading.live_view import LiveView
from fundarb.engine.trading.noticing import Noticing
from fundarb.engine.trading.thinking import Memory
from fundarb.engine.trading.worth import worth_of
from fundarb.ports.feed import View
from fundarb.ports.journal import Event, Halt, Journal
from fundarb.risk.gate import Standing
from fundarb.risk.halting import standing_under, with_more
from fundarb.risk.losses import Losses, LossLimits

_LOSSES = "losses"
Hear = Callable[[Event], None]


@dataclass(slots=True)
class Sentry:
    """Fills `Caution` for one portfolio."""

    portfolio: str
    journal: Journal
    memory: Memory
    limits: LossLimits
    danger: Danger
    hear: Hear = lambda event: None
    _made: Halt | None = None
    _losses: Losses | None = None
    _demanded: frozenset[str] = frozenset()
    _noticing: Noticing = field(init=False)

    def __post_init__(self) -> None:
        self._noticing = Noticing(self.portfolio)

    async def look(self, view: View, book: Book, standing: Standing) -> Demands:
        """Stops, since they decide what may be entered; then what must be left."""
        assert isinstance(view, LiveView), "only a live market is watched"
        for one in self._noticing.look(view, book):
            self.hear(one)
        standing = await self._under_stops(view, book, standing)
        return Demands(self._exits(view, book, standing), standing)

    def made_halt(self) -> Halt | None:
        """The halt that a stop of the last look made and told; handed out once."""
        made, self._made = self._made, None
        return made

    def _exits(self, view: LiveView, book: Book, standing: Standing) -> tuple[ExitRequest, ...]:
        """What stands too near to liquidation, and what is about to leave the venue; each pair once."""
        found = {held.pair: ExitReason.MARGIN for held in self.danger.near(view, book)}
        leaving = (held.pair for held in book.in_order() if held.qty and held.pair in standing.notices)
        found |= dict.fromkeys(leaving, ExitReason.DELISTING)
        for pair in sorted(found.keys() - self._demanded):
            self.hear(Event(view.at_ms, self.portfolio, "leaving", pair, str(found[pair])))
        self._demanded = frozenset(found)
        return tuple(ExitRequest(pair, reason) for pair, reason in sorted(found.items()))

    async def _under_stops(self, view: LiveView, book: Book, standing: Standing) -> Standing:
        """Count what was lost, and halt all entries where that is too much."""
        losses, worth_writing = await self._counted(view, book)
        halt = await self.journal.halt()
        if losses.stopped and not _all_halted(halt):
            losses.forgive()
            worth_writing = True
        reason = None if losses.stopped else losses.beyond(self.limits)
        if reason is not None:
            said = f"{reason} ({self.portfolio})"
            halt = self._made = await self.journal.change_halt(lambda stands: with_more(stands, (), view.at_ms, said))
            losses.stopped = worth_writing = True
            self.hear(Event(view.at_ms, self.portfolio, "halted", None, reason))
            standing = standing_under(halt, standing.notices)
        if worth_writing or view.boundary_ms is not None:
            await self.memory.remember(_LOSSES, losses.written())
        return standing

    async def _counted(self, view: LiveView, book: Book) -> tuple[Losses, bool]:
        """Losses as of now, and whether that is worth writing down at once."""
        equity = worth_of(view, book)
        if self._losses is None:
            kept = await self.memory.recall(_LOSSES)
            if kept is None:
                self._losses = Losses.beginning(view.at_ms, equity, book.contributed)
                return self._losses, True
            self._losses = Losses.read(kept)
        return self._losses, self._losses.look(view.at_ms, equity, book.contributed)


def _all_halted(halt: Halt | None) -> bool:
    return halt is not None and not halt.pairs

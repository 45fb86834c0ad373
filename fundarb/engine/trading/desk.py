"""One portfolio at work: the cycle, fed with what its strategy thinks, over a ledger that outlives the process."""

from __future__ import annotations

import json
from collections.abc import Awaitable, Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from decimal import Decimal
from typing import Any, Protocol

from fundarb.accounting.book import Book
from fundarb.accounting.margin import MarginTerms
from fundarb.domain.decision import ExitReason
from fundarb.domain.ledger import LedgerLine, LineKind
from fundarb.engine.agreement import Tell
from fundarb.engine.cycle import Cycle, CycleRules
from fundarb.engine.planned import PlannedReplay
from fundarb.engine.sampling import Samples
from fundarb.engine.simulation import Incidents
from fundarb.engine.trading.expecting import Expecting
from fundarb.engine.trading.live_view import LiveView
from fundarb.engine.trading.remembering import Remembered, written
from fundarb.engine.trading.sentry import Sentry
from fundarb.engine.trading.sights import sights
from fundarb.engine.trading.telling import story
from fundarb.engine.trading.thinking import Thinking
from fundarb.ports.executor import Executor
from fundarb.ports.feed import View
from fundarb.ports.journal import Event
from fundarb.risk.gate import Standing
from fundarb.signals.lookback import Reach
from fundarb.signals.panel import Panel

Score = Callable[[View, str], Decimal | None]


class TradingLedger(Protocol):
    """A ledger with every line so far, and someone to tell of what is posted."""

    posted: Callable[[Sequence[LedgerLine]], None]

    @property
    def lines(self) -> Sequence[LedgerLine]: ...
    @property
    def book(self) -> Book: ...
    async def post(self, lines: Sequence[LedgerLine]) -> None: ...


class TradingExecutor(Executor, Protocol):
    """An executor that counts what nobody decided, and knows what stops entries until it is settled."""

    incidents: Incidents

    @property
    def unresolved(self) -> str | None: ...


@dataclass(frozen=True, slots=True)
class DeskTerms:
    """What a desk begins with and is bound by. `opening` makes the first line, `executor` is told whom to tell."""

    opening: Callable[[int], Awaitable[LedgerLine]]
    margin: MarginTerms
    rules: Callable[[Panel, int, Score, bool], CycleRules]
    executor: Callable[[Iterable[LedgerLine], int, Tell], TradingExecutor]


@dataclass(slots=True)
class Desk:
    """A portfolio by its name; its first deposit is made with the first view, if the ledger has none. `pending` are pairs of
    which an order was unsettled when it began: any of them may turn out to be held."""

    name: str
    terms: DeskTerms
    thinking: Thinking
    ledger: TradingLedger
    past: Remembered
    sentry: Sentry | None = None
    pending: frozenset[str] = frozenset()
    _events: list[Event] = field(default_factory=list)
    _cycle: Cycle | None = None
    _executor: TradingExecutor | None = None
    _from_ms: int = 0
    _planned: PlannedReplay | None = None
    _view: LiveView | None = None
    _expecting: Expecting = field(default_factory=lambda: Expecting(()))

    @property
    def mode(self) -> str:
        """What decides here."""
        return self.thinking.mode

    @property
    def decided_ms(self) -> int:
        """The last settlement that was decided on."""
        return self.past.decided_ms

    @property
    def unresolved(self) -> str | None:
        """What stops entries here until it is settled."""
        return None if self._executor is None else self._executor.unresolved

    def held(self) -> set[str]:
        """Pairs of which anything is held, be it dust."""
        return self.open() | self.ledger.book.dust.keys()

    def open(self) -> set[str]:
        """Pairs with a position; before the first look also those that may turn out to have one."""
        held = set(self.ledger.book.positions)
        return held | self.pending if self._cycle is None else held

    async def reach(self, now_ms: int) -> Reach:
        """As far back as its mode looks; while anything is open at least to the settlement it decided on last, however
        long that is ago: what happened since is still to be booked."""
        reach = await self.thinking.reach(now_ms)
        if not (self.open() and self.decided_ms):
            return reach
        return Reach(max(reach.span_ms, now_ms - self.decided_ms), reach.rows)

    async def take(
        self, view: LiveView, standing: Standing, universe: Sequence[str], *, always: bool = False
    ) -> list[Event]:
        """Decide on a settlement not decided on yet (`always`: on any), else only watch; what happened."""
        self._view = view
        cycle, executor = await self._begun(view)
        boundary_ms = view.boundary_ms
        if boundary_ms is not None and (always or boundary_ms > self.decided_ms):
            await self._decide(cycle, view, standing, universe)
            told = written(self.name, self.mode, boundary_ms, view, cycle, executor.incidents, self._saw(view))
            self._events.append(told)
            self.past.decided_ms = boundary_ms
        else:
            await cycle.watch(view, standing)
        return self.untold()

    async def leave_all(self, at_ms: int) -> list[Event]:
        """Close whatever is open, at the prices of now; what happened, and what stayed."""
        if self._cycle is None or self._view is None or not self.ledger.book.positions:
            return self.untold()
        self._view = self._view.later(at_ms)
        await self._cycle.leave_all(self._view, ExitReason.END)
        left = sorted(self.ledger.book.positions)
        if left:
            self._tell("left_open", None, "no price, or not enough in the books", {"pairs": left})
        return self.untold()

    async def watch(self, view: LiveView, standing: Standing) -> list[Event]:
        """Book what passed and leave what risk demands; decide nothing."""
        self._view = view
        cycle, _ = await self._begun(view)
        await cycle.watch(view, standing)
        return self.untold()

    async def look_after(self, at_ms: int) -> list[Event]:
        """Where no prices are to be had: book what passed and heal what it left; nothing is decided, marked or sampled."""
        if self._executor is not None and self._view is not None:
            self._view = self._view.unpriced(at_ms)
            await self._executor.passed(self._view, self.ledger)
        return self.untold()

    async def flatten(self, pairs: Sequence[str]) -> list[Event]:
        """Close these, at the prices of now; what happened."""
        if self._cycle is not None and self._view is not None:
            await self._cycle.leave_all(self._view, ExitReason.FLATTENED, pairs)
        return self.untold()

    def untold(self) -> list[Event]:
        """What happened and was handed to nobody yet."""
        events, self._events = self._events, []
        return events

    async def _decide(self, cycle: Cycle, view: LiveView, standing: Standing, universe: Sequence[str]) -> None:
        """One step of the cycle on what the strategy thinks now."""
        self._planned = planned = await self.thinking.planned(view.picture, self._from_ms, view.at_ms)
        row, entering = planned.row(0), set(universe)
        row.entering = [pair for pair in row.entering if pair in entering]
        cycle.rules = self._rules(view, sticky=planned.plan.sticky)
        await cycle.step(view, row, standing)

    async def _begun(self, view: LiveView) -> tuple[Cycle, TradingExecutor]:
        """Cycle and executor, made with the first view from all that is remembered."""
        if self._cycle is None or self._executor is None:
            lines = list(self.ledger.lines)
            self.ledger.posted, self._expecting = self._heard, Expecting(lines)
            if self.sentry is not None:
                self.sentry.hear = lambda told: self._events.append(told)
            if not lines:
                lines = [await self.terms.opening(view.at_ms)]
                await self.ledger.post(lines)
            first = next(line for line in lines if line.kind is LineKind.DEPOSIT)
            self._from_ms = first.at_ms
            previous_ms = self.past.times[-1] if self.past.times else first.at_ms
            self._executor = self.terms.executor(lines, previous_ms, self._tell)
            self._executor.incidents = self.past.incidents
            samples = self.past.continued(Samples(first.at_ms, first.cash, self.terms.margin))
            self._cycle = Cycle(self._rules(view, sticky=False), self._executor, self.ledger, samples)
            self._cycle.tally = self.past.tally
            self._cycle.caution = self.sentry
        return self._cycle, self._executor

    def _rules(self, view: LiveView, *, sticky: bool) -> CycleRules:
        return self.terms.rules(view.picture.panel, self._from_ms, self._score, sticky)

    def _saw(self, view: LiveView) -> dict[str, list[Any]]:
        assert self._planned is not None, "what was decided was planned"
        return sights(self._planned, view.picture.panel, self.ledger.book.positions)

    def _score(self, view: View, pair: str) -> Decimal | None:
        return None if self._planned is None else self._planned.score(0, pair)

    def _heard(self, lines: Sequence[LedgerLine]) -> None:
        self._expecting.follow(lines)
        self._events += story(self.name, lines, self.ledger.book, self._beside)

    def _beside(self, line: LedgerLine) -> Mapping[str, Any]:
        assert self._view is not None, "payments are booked while a view is taken"
        return self._expecting.beside(line, self._view)

    def _tell(self, name: str, pair: str | None, reason: str | None, data: Mapping[str, Any]) -> None:
        assert self._view is not None, "things happen while a view is taken"
        document = json.dumps(data, separators=(",", ":"))
        self._events.append(Event(self._view.at_ms, self.name, name, pair, reason, document))

"""The only loop body: see, decide, check, act, write down. Clock, feed and executor are injected; there is no mode here."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from decimal import Decimal
from fractions import Fraction

from fundarb.accounting.holding import Holding
from fundarb.accounting.lines import close_lines
from fundarb.accounting.trial import after
from fundarb.domain.decision import EntryRequest, ExitReason, ExitRequest, Refused
from fundarb.engine.caution import Caution, Demands
from fundarb.engine.decide import Decision, HoldingRules, PlanRow, decide
from fundarb.engine.sampling import Samples
from fundarb.engine.states import State, StateMachine
from fundarb.ports.executor import Approved, Executor, Ledger
from fundarb.ports.feed import View
from fundarb.risk.gate import FREE, GateRules, Standing, review
from fundarb.risk.size import drawdown_of, target_of
from fundarb.risk.sizing import SizingParams


@dataclass(frozen=True, slots=True)
class CycleRules:
    """What a cycle is bound by, whatever the strategy."""

    gate: GateRules
    holding: HoldingRules
    sizing: SizingParams
    requested: Decimal | Fraction
    both_round_trips_bp: Callable[[str, str], Decimal]
    score: Callable[[View, str], Decimal | None]
    close_at_end: bool = True


@dataclass(slots=True)
class Tally:
    """What was decided and done, counted."""

    entries: int = 0
    no_price: int = 0
    rotations: int = 0
    refused: Counter[str] = field(default_factory=Counter)


class Cycle:
    """One portfolio going from view to view."""

    def __init__(
        self,
        rules: CycleRules,
        executor: Executor,
        ledger: Ledger,
        samples: Samples,
        machine: StateMachine | None = None,
    ) -> None:
        self.rules, self.executor, self.ledger, self.samples = rules, executor, ledger, samples
        self.machine = machine or StateMachine()
        self.tally = Tally()
        self.caution: Caution | None = None
        self.naked_since: dict[str, int] = {}
        self._order: tuple[Holding, ...] | None = None

    async def step(self, view: View, row: PlanRow, standing: Standing) -> None:
        """Book what passed, decide, act, sample; a failure leaves the machine in ERROR."""
        self._scan(view.at_ms)
        try:
            await self._step(view, row, standing)
        except Exception:
            self.machine.move(State.ERROR, view.at_ms)
            raise
        self.machine.move(State.MONITORING if self.ledger.book.positions else State.IDLE, view.at_ms)

    async def watch(self, view: View, standing: Standing = FREE) -> None:
        """Between two events: book what passed, sell what a liquidation left and leave what risk demands; nothing is
        decided, nothing sampled."""
        try:
            await self._watch(view, standing)
        except Exception:
            self.machine.move(State.ERROR, view.at_ms)
            raise
        if self.machine.state is State.CLOSING:
            self.machine.move(State.MONITORING if self.ledger.book.positions else State.IDLE, view.at_ms)

    async def leave_all(self, view: View, reason: ExitReason, pairs: Iterable[str] | None = None) -> None:
        """Close whatever is open (or of it these), whatever anyone thinks of it."""
        self._scan(view.at_ms)
        try:
            for pair in sorted(self.ledger.book.positions if pairs is None else pairs):
                await self._leave(view, ExitRequest(pair, reason))
        except Exception:
            self.machine.move(State.ERROR, view.at_ms)
            raise
        self.machine.move(State.MONITORING if self.ledger.book.positions else State.IDLE, view.at_ms)

    def _scan(self, at_ms: int) -> None:
        """Begin anew, after a failure by way of recovering: whoever goes on has looked at what became of it."""
        if self.machine.state is State.ERROR:
            self.machine.move(State.RECOVERING, at_ms)
        self.machine.move(State.SCANNING, at_ms)

    async def _watch(self, view: View, standing: Standing) -> None:
        await self.executor.passed(view, self.ledger)
        demands = await self._demands(view, standing)
        exits = _once((*demands.exits, *self._naked(view.at_ms)))
        if exits:
            self._scan(view.at_ms)
        for request in exits:
            await self._leave(view, request)
        self._note_naked(view.at_ms)

    async def _step(self, view: View, row: PlanRow, standing: Standing) -> None:
        await self.executor.passed(view, self.ledger)
        if view.last:
            await self._finish(view)
        else:
            await self._act(view, row, await self._demands(view, standing))
        self._note_naked(view.at_ms)
        self.samples.take(view, self.ledger.book)

    async def _demands(self, view: View, standing: Standing) -> Demands:
        """What risk demands, where anyone asks."""
        if self.caution is None:
            return Demands((), standing)
        return await self.caution.look(view, self.ledger.book, standing)

    async def _act(self, view: View, row: PlanRow, demands: Demands) -> None:
        standing = demands.standing
        decision = decide(row, self.ledger.book, view.at_ms, self.rules.holding, self.rules.both_round_trips_bp)
        exits = [*demands.exits, *decision.exits, *self._naked(view.at_ms)]
        if decision.swap_out is not None and self._swap_pays(view, decision, row, standing):
            exits.append(ExitRequest(decision.swap_out, ExitReason.ROTATED))
        for request in _once(exits):
            await self._leave(view, request)
        await self._enter_all(view, row, decision, standing)

    async def _enter_all(self, view: View, row: PlanRow, decision: Decision, standing: Standing) -> None:
        """Each entry passes the gate on the portfolio as it stands and executes before the next is judged."""
        slots = self.rules.gate.slots()
        for index, pair in enumerate(decision.entries):
            if slots is not None and len(self.ledger.book.positions) >= slots and not standing.halting:
                self.tally.refused["max_positions"] += len(decision.entries) - index
                return
            verdict = self._review(view, pair, row, standing)
            if isinstance(verdict, Refused):
                self.tally.refused[verdict.reason] += 1
            else:
                await self._open(view, verdict)

    async def _open(self, view: View, approved: Approved) -> None:
        self.machine.move(State.OPENING, view.at_ms)
        if await self.executor.enter(view, self.ledger, approved):
            self.tally.entries += 1
        else:
            self.tally.no_price += 1

    async def _leave(self, view: View, request: ExitRequest) -> None:
        self.machine.move(State.CLOSING, view.at_ms)
        if not await self.executor.leave(view, self.ledger, request):
            self.tally.no_price += 1
        elif request.reason is ExitReason.ROTATED:
            self.tally.rotations += 1

    async def _finish(self, view: View) -> None:
        """Nothing is decided at the end: every position exits, or stays open where a leg has no candle."""
        pairs = sorted(self.ledger.book.positions)
        if not self.rules.close_at_end:
            pairs = [request.pair for request in self._naked(view.at_ms)]
        for pair in pairs:
            await self._leave(view, ExitRequest(pair, ExitReason.END))

    def _review(self, view: View, pair: str, row: PlanRow, standing: Standing) -> Approved | Refused:
        book, rules = self.ledger.book, self.rules
        request, target = self._sized(view, pair, row, len(book.positions) + 1)
        return review(request, target, view, book, rules.gate, standing)

    def _sized(self, view: View, pair: str, row: PlanRow, nth: int) -> tuple[EntryRequest, Decimal | Fraction]:
        """The request and its target, as the nth position."""
        rules, samples = self.rules, self.samples
        score = rules.score(view, pair)
        target = target_of(
            rules.requested, score, rules.sizing, lambda: drawdown_of(samples.last, samples.highest), nth
        )
        return EntryRequest(pair, target, row.entry_reason, score), target

    def _swap_pays(self, view: View, decision: Decision, row: PlanRow, standing: Standing) -> bool:
        """Whether all four legs open now and the gate would take the candidate, the held pair sold at last closes."""
        out, best, rules, book = decision.swap_out, decision.entries[0], self.rules, self.ledger.book
        if out is None or not (view.tradable(out) and view.tradable(best)):
            return False
        known, held = view.known(out), book.positions[out]
        if known.spot is None or known.perp is None:
            return False
        pair, costs = rules.gate.pairs(out), rules.gate.costs(out)
        spot, perp = known.spot.price, known.perp.price
        sold = close_lines(view.at_ms, pair, held, spot, perp, costs, ExitReason.ROTATED)
        trial = after(book, sold)
        request, target = self._sized(view, best, row, len(trial.positions) + 1)
        return isinstance(review(request, target, view, trial, rules.gate, standing), Approved)

    def _naked(self, at_ms: int) -> list[ExitRequest]:
        """Spot legs a liquidation left at an earlier event."""
        if not self.naked_since:
            return []
        return [
            ExitRequest(pair, ExitReason.LIQUIDATION)
            for pair, held in self.ledger.book.positions.items()
            if held.naked_spot and self.naked_since.get(pair, at_ms) < at_ms
        ]

    def _note_naked(self, at_ms: int) -> None:
        """Remember since which event a leg stands alone."""
        if self._order is self.ledger.book.in_order():
            return
        self._order = self.ledger.book.in_order()
        naked = [pair for pair, held in self.ledger.book.positions.items() if not held.qty]
        self.naked_since = {pair: self.naked_since.get(pair, at_ms) for pair in naked}


def _once(exits: Iterable[ExitRequest]) -> list[ExitRequest]:
    """In symbol order, each pair for the first reason given."""
    found: dict[str, ExitRequest] = {}
    for request in exits:
        found.setdefault(request.pair, request)
    return [found[pair] for pair in sorted(found)]

"""Brings journal and venue together: reads both sides, compares, does what policy allows, and looks again.

A start, a poll and the time after a crash take this one way. What a person must decide is left in the plan, and stops
entries until it is decided. A question that failed is raised, never taken for "nothing"."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, replace

from fundarb.accounting.holding import Holding
from fundarb.domain.instants import HOUR, MINUTE
from fundarb.domain.instrument import Pair
from fundarb.domain.market import Span
from fundarb.domain.orders import Order
from fundarb.engine.orders.booking import UNHEDGED
from fundarb.engine.orders.desk import OrderDesk
from fundarb.engine.orders.hedging import COMPLETING, REDUCING, Hedger
from fundarb.engine.orders.legs import matched, stand_of
from fundarb.engine.orders.naming import Doing, doing_of
from fundarb.engine.orders.outcome import OrderUnresolved
from fundarb.engine.orders.task import Task, kept
from fundarb.engine.reconcile.compare import reconcile
from fundarb.engine.reconcile.facts import JournalFacts, VenueFacts
from fundarb.engine.reconcile.plan import Act, Reconciliation, Step
from fundarb.errors import VenueUnreadable
from fundarb.ports.breaker import Breaker
from fundarb.ports.clock import Clock
from fundarb.ports.executor import FillLedger
from fundarb.ports.journal import Journal
from fundarb.ports.trading import VenueTrading

ROUNDS = 6
FRESH_MS = MINUTE  # an entry cut short may be completed for so long; after that it is taken back
OVERLAP_MS = HOUR  # executions may come to be known late
AHEAD_MS = MINUTE  # and stamped by a clock that is not ours
_COMPARED = "compared_ms"
_TRIES = 4


@dataclass(frozen=True, slots=True)
class Healed:
    """What was done, and what still differs."""

    applied: tuple[Step, ...]
    left: Reconciliation


class Healer:
    """Compares and heals one portfolio; `excluded` is left to its owner, of `spotless` the spot market is gone."""

    def __init__(
        self,
        journal: Journal,
        venue: VenueTrading,
        desk: OrderDesk,
        hedger: Hedger,
        clock: Clock,
        portfolio: str,
        pairs: Mapping[str, Pair],
        *,
        excluded: Collection[str] = (),
        spotless: Collection[str] = (),
        breaker: Breaker | None = None,
    ) -> None:
        self._journal, self._venue, self._desk, self._hedger, self._clock = journal, venue, desk, hedger, clock
        self._portfolio, self._pairs, self.excluded = portfolio, pairs, frozenset(excluded)
        self._spotless, self._breaker = spotless, breaker

    async def compare(self, ledger: FillLedger) -> Reconciliation:
        """What differs now, and the plan."""
        begun_ms = ledger.lines[0].at_ms if ledger.lines else 0
        venue = await self._facts(begun_ms)
        orders = {order.client_id: order for order in await self._orders(venue, ledger)}
        known = (self._pairs, self.excluded, self._spotless)
        return reconcile(venue, JournalFacts(ledger.book, ledger.lines, orders, ledger.executed, *known))

    async def heal(self, ledger: FillLedger, adopt: Collection[str] = (), *, adjust: str | None = None) -> Healed:
        """Do what policy allows (and what a person asked for: pairs to adopt, and under which words the rest of cash is
        booked) until there is nothing of that left to do."""
        applied: list[Step] = []
        stuck: set[str] = set()
        for _ in range(ROUNDS):
            found = await self.compare(ledger)
            wanted = [
                step if step.by_itself else _worded(step, adjust)
                for step in found.plan
                if step.by_itself or _asked_for(step, adopt, adjust=adjust is not None)
            ]
            due = [step for step in wanted if step.subject not in stuck]
            if not due:
                break
            applied += await self._apply(due, ledger, stuck)
        else:
            found = await self.compare(ledger)
        if found.agreed:
            await self._remember_agreement()
        return Healed(tuple(applied), found)

    async def _apply(self, due: list[Step], ledger: FillLedger, stuck: set[str]) -> list[Step]:
        """Unsettled orders alone, since all else depends on them; then what happened, then hedges. What the venue cannot
        be made to say of one order, or of one pair, stays in the plan and hinders no other; a hedge nobody sold is none."""
        settling = [step for step in due if step.act is Act.SETTLE]
        done = []
        for step in settling or sorted(due, key=lambda each: each.act is Act.HEDGE):
            booked = len(ledger.lines)
            try:
                await self._do(step, ledger)
            except OrderUnresolved:
                stuck.add(step.subject)
            else:
                done += [step] if step.act is not Act.HEDGE or len(ledger.lines) > booked else []
        return done

    async def _do(self, step: Step, ledger: FillLedger) -> None:
        if step.act is Act.SETTLE and step.order is not None:
            await self._desk.settle(step.order, ledger)
        elif step.act is Act.CANCEL and step.order is not None:
            await self._venue.cancel(step.order)
        elif step.act is Act.HEDGE:
            await self._hedge(step.subject, ledger)
        else:
            if step.fills:
                await ledger.post_fills(step.fills, step.lines[: len(step.fills)])
            if len(step.lines) > len(step.fills):
                await ledger.post(step.lines[len(step.fills) :])

    async def _hedge(self, pair: str, ledger: FillLedger) -> None:
        """Complete an entry that was just cut short; take back whatever else stands alone."""
        held, task = ledger.book.positions[pair], await kept(self._journal, self._portfolio, pair)
        stand, reason = stand_of(pair, ledger.book), held.close_reason or UNHEDGED
        goal, bounds = matched(self._pairs[pair], stand), REDUCING
        if task is not None and self._cut_short(held, task):
            goal, bounds = task.goal, COMPLETING
        await self._hedger.pursue(pair, Doing.HEAL, goal, reason, bounds, await self._hedger.look(pair), ledger)

    def _cut_short(self, held: Holding, task: Task) -> bool:
        """Whether this is an entry that lacks its second leg: a moment ago, and nothing was reduced since."""
        return (
            doing_of(task.trade_id) is Doing.ENTER
            and self._clock.now_ms() - task.began_ms <= FRESH_MS
            and held.qty == held.opened_qty
            and held.spot == held.spot_at_entry
            and (self._breaker is None or self._breaker.allows(reduces_risk=False))
        )

    async def _orders(self, venue: VenueFacts, ledger: FillLedger) -> Sequence[Order]:
        """All of them only where the venue speaks of one that is not booked."""
        named = [one.client_id for one in venue.executions if one.execution_id not in ledger.executed]
        named += [order.client_id for order in venue.open_orders]
        return await (self._journal.orders(self._portfolio) if any(named) else self._desk.unsettled())

    async def _facts(self, begun_ms: int) -> VenueFacts:
        """Everything, between two looks at what is held that agree."""
        now_ms = self._clock.now_ms()
        compared = await self._journal.recall(self._portfolio, _COMPARED)
        since_ms = max(begun_ms, int(compared) - OVERLAP_MS) if compared else begun_ms
        span = Span(min(since_ms, now_ms), now_ms + AHEAD_MS)
        for _ in range(_TRIES):
            coins, positions = await self._venue.coins(), await self._venue.positions()
            open_orders = await self._venue.open_orders()
            executions, flows = await self._venue.executions(span), await self._venue.flows(span)
            sizes = {each.market: each.qty for each in await self._venue.positions()}
            if await self._venue.coins() == coins and {each.market: each.qty for each in positions} == sizes:
                return VenueFacts(now_ms, positions, coins, open_orders, executions, flows)
        raise VenueUnreadable(f"the account changed {_TRIES} times while it was read; is it traded by someone else?")

    async def _remember_agreement(self) -> None:
        """From here on comparisons need not go further back."""
        now_ms = self._clock.now_ms()
        compared = await self._journal.recall(self._portfolio, _COMPARED)
        if compared is None or now_ms - int(compared) >= OVERLAP_MS:
            await self._journal.remember(self._portfolio, _COMPARED, str(now_ms))


def _asked_for(step: Step, adopt: Collection[str], *, adjust: bool) -> bool:
    """Whether a person said so: pairs to adopt by name, what is left of cash by `adjust`."""
    if step.act is Act.ADOPT:
        return step.subject in adopt
    return adjust and step.act in (Act.ADJUST, Act.BOOK)


def _worded(step: Step, words: str | None) -> Step:
    """What is adjusted carries the words of the person who had it booked."""
    if step.act is not Act.ADJUST or words is None:
        return step
    return replace(step, lines=tuple(line._replace(reason=words) for line in step.lines))

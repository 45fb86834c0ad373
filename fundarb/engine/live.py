"""The executor of live trading: orders at a venue, both legs kept together, everything the venue did booked at each look.

It acts only on what it knows: while anything is unsettled or differs in a way a person must decide, it enters nothing.
Reducing what stands alone never waits for a person, and the trouble of one pair hinders no other."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from decimal import Decimal
from typing import TYPE_CHECKING

from fundarb.accounting.holding import Holding
from fundarb.accounting.lots import below_minimum, guard_qty, lot_step
from fundarb.accounting.margin import guard_due
from fundarb.domain.decision import ExitReason, ExitRequest
from fundarb.domain.instrument import Pair
from fundarb.domain.ledger import LineKind
from fundarb.domain.money import ZERO
from fundarb.domain.orders import Leg
from fundarb.engine.agreement import Agreement
from fundarb.engine.flattening import URGENT, Told, flatten
from fundarb.engine.orders.hedging import ENTERING, LEAVING, REDUCING, Hedger, Look
from fundarb.engine.orders.legs import Bounds, stand_of
from fundarb.engine.orders.naming import Doing
from fundarb.engine.simulation import Incidents
from fundarb.engine.topping import MarginKeeper, PostedMargin
from fundarb.errors import DatabaseBusy, RiskHalt, VenueError
from fundarb.ports.breaker import Breaker
from fundarb.ports.executor import Approved, FillLedger, Ledger
from fundarb.ports.trading import VenueTrading

if TYPE_CHECKING:
    from fundarb.ports.feed import View


@dataclass(frozen=True, slots=True)
class LiveRules:
    """What live trading is bound by, beside the gate; a guard of 0 is off."""

    leverage: Decimal
    guard: Decimal
    max_spread: Decimal | None = None


class LiveExecutor:
    """Fills the port `Executor`; wants a ledger that keeps fills. `agreement` tells what the last look found."""

    def __init__(
        self,
        venue: VenueTrading,
        hedger: Hedger,
        agreement: Agreement,
        pairs: Mapping[str, Pair],
        rules: LiveRules,
        breaker: Breaker | None = None,
        *,
        starting: bool = True,
        posted: PostedMargin | None = None,
    ) -> None:
        self._venue, self._hedger, self._pairs, self._rules = venue, hedger, pairs, rules
        self._breaker, self._starting = breaker, starting
        self._prepared: set[str] = set()
        self._counted: int | None = None
        self._told = Told()
        self.agreement = agreement
        self._margins = MarginKeeper(venue, rules.leverage, agreement.tell, posted)
        self.incidents = Incidents()

    @property
    def agreed(self) -> bool:
        """Whether the last look found journal and venue in agreement."""
        return self.agreement.agreed

    @property
    def unresolved(self) -> str | None:
        """What stops entries until it is settled."""
        return self.agreement.unresolved

    async def passed(self, view: View, ledger: Ledger) -> None:
        """Book what happened, heal what differs, then the guard. What is not in the journal stops a start."""
        book = _with_fills(ledger)
        self._counted = len(book.lines) if self._counted is None else self._counted
        await self.agreement.look(book)
        if self._starting and self.agreement.foreign:
            raise RiskHalt(_stopped(self.agreement))
        if self.agreement.healed is not None:  # a look that ended in doubt has seen nothing yet
            self._starting = False
        if self._rules.guard:
            for held in book.book.in_order():
                if held.qty and held.pair in self._pairs and self._may_be_due(view, held):
                    await self._guard(held, book)
            await self._margins.keep(book.book)
        self._count(book)

    async def enter(self, view: View, ledger: Ledger, approved: Approved) -> bool:
        """Both legs, as far as the books and the bound on slippage allow; False where nothing was opened."""
        if not isinstance(approved, Approved):
            raise TypeError(f"only what the gate approved is entered, not {approved!r}")
        book, pair = _with_fills(ledger), approved.request.pair
        look = await self._look(pair, book) if self._may_enter() else None
        if look is None or self._too_wide(look) or not await self._ready(pair):
            return False
        await self._pursue(pair, Doing.ENTER, approved.qty, str(approved.request.reason), ENTERING, look, book)
        return pair in book.book.positions

    async def leave(self, view: View, ledger: Ledger, request: ExitRequest) -> bool:
        """Both legs; what could not be closed stays hedged and is tried again when it is asked for again. What must go
        goes at widening bounds."""
        book, pair = _with_fills(ledger), request.pair
        if request.reason in URGENT:
            return await self._flatten(request, book)
        look = await self._look(pair, book)
        if look is None:
            return False
        await self._pursue(pair, Doing.LEAVE, ZERO, str(request.reason), LEAVING, look, book)
        return pair not in book.book.positions

    async def _flatten(self, request: ExitRequest, ledger: FillLedger) -> bool:
        try:
            tell, reason = self.agreement.tell, str(request.reason)
            return await flatten(self._hedger, request.pair, reason, ledger, tell, self._told)
        except (VenueError, RiskHalt) as error:
            self.agreement.doubt(error)
            return False
        except DatabaseBusy as error:
            self.agreement.doubt(error)
            raise

    async def _pursue(
        self, pair: str, doing: Doing, goal: Decimal, reason: str, bounds: Bounds, look: Look, ledger: FillLedger
    ) -> None:
        """What goes wrong on the way puts all in doubt; nothing is sent for a pair of which an order is unsettled. Where
        nothing can be written the step ends there: the next look books what was sent."""
        try:
            if not await self._hedger.busy(pair):
                await self._hedger.pursue(pair, doing, goal, reason, bounds, look, ledger)
        except (VenueError, RiskHalt) as error:
            self.agreement.doubt(error)
        except DatabaseBusy as error:
            self.agreement.doubt(error)
            raise

    async def _look(self, pair: str, ledger: FillLedger) -> Look | None:
        """The books; None where a leg that matters has no price, or nobody tells."""
        try:
            look = await self._hedger.look(pair)
        except VenueError:
            return None
        return look if look.serves(stand_of(pair, ledger.book)) else None

    async def _ready(self, pair: str) -> bool:
        """Margin and position mode and leverage, set and read back before the first order of a pair."""
        if pair in self._prepared:
            return True
        try:
            await self._venue.prepare(pair, self._rules.leverage)
        except VenueError as error:
            self.agreement.tell("refused", pair, str(error), {})
            return False
        self._prepared.add(pair)
        return True

    def _may_be_due(self, view: View, held: Holding) -> bool:
        """Whether a short may have risen so far, by what the look saw; where it saw no price, the books will tell."""
        marked = view.marked(held.pair)
        return marked is None or marked.stale or guard_due(marked.perp, held.guarded_from, self._rules.guard, ZERO)

    async def _guard(self, held: Holding, ledger: FillLedger) -> None:
        """Cut a short that rose too far; below a minimum it leaves altogether. What a thin book left of a cut is cut at the
        next look."""
        look = await self._look(held.pair, ledger)
        touch = None if look is None else look.perp.touch
        if look is None or touch is None or not guard_due(touch.mid, held.guarded_from, self._rules.guard, ZERO):
            return
        pair = self._pairs[held.pair]
        left = guard_qty(held.qty, held.reference, touch.mid, lot_step(pair), ZERO)
        if left >= held.qty:
            return
        goal = ZERO if below_minimum(pair, left, touch.mid) else left
        await self._pursue(held.pair, Doing.GUARD, goal, str(ExitReason.GUARD), REDUCING, look, ledger)

    def _count(self, ledger: FillLedger) -> None:
        """What was booked since and nobody decided: what happened to a pair at once is one, in however many fills."""
        perps = [line for line in ledger.lines[self._counted or 0 :] if line.leg is Leg.PERP]
        for kind, _, _ in {(one.kind, one.pair, one.kind is not LineKind.GUARD and one.at_ms) for one in perps}:
            self.incidents.liquidations += kind is LineKind.LIQUIDATION
            self.incidents.guards += kind is LineKind.GUARD
            self.incidents.delistings += kind is LineKind.DELISTING
        self._counted = len(ledger.lines)

    def _may_enter(self) -> bool:
        return self.agreed and (self._breaker is None or self._breaker.allows(reduces_risk=False))

    def _too_wide(self, look: Look) -> bool:
        """Whether a leg's bid and ask stand further apart than is allowed."""
        allowed = self._rules.max_spread
        touches = (look.spot.touch, look.perp.touch)
        return allowed is not None and any(each is None or each.spread > each.mid * allowed for each in touches)


def _stopped(agreement: Agreement) -> str:
    """Why a start is stopped, and what lets it go on."""
    found = "; ".join(f"{step.subject}: {step.words}" for step in agreement.foreign)
    return (
        f"the account holds what is not in the journal, so nothing is traded: {found}. "
        "`fundarb reconcile live` shows it; --adopt PAIR takes it over, --exclude SYMBOL leaves it alone"
    )


def _with_fills(ledger: Ledger) -> FillLedger:
    """Live trading keeps its executions; a ledger that cannot is a mistake of the wiring."""
    assert isinstance(ledger, FillLedger)
    return ledger

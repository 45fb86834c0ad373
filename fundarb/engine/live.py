"""The executor of live trading: orders at a venue, both legs kept together, everything the venue did booked at each look.

It acts only on what it knows: while anything is unsettled or differs in a way a person must decide, it enters nothing.
Reducing what stands alone never waits for a person."""

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
from fundarb.domain.money import ZERO
from fundarb.engine.healing import Healed, Healer
from fundarb.engine.orders.hedging import ENTERING, LEAVING, REDUCING, Hedger, Look
from fundarb.engine.orders.naming import Doing
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
    """Fills the port `Executor`; wants a ledger that keeps fills. `healed` tells what the last look found."""

    def __init__(
        self,
        venue: VenueTrading,
        hedger: Hedger,
        healer: Healer,
        pairs: Mapping[str, Pair],
        rules: LiveRules,
        breaker: Breaker | None = None,
    ) -> None:
        self._venue, self._hedger, self._healer, self._pairs, self._rules = venue, hedger, healer, pairs, rules
        self._breaker = breaker
        self._prepared: set[str] = set()
        self.healed: Healed | None = None

    @property
    def agreed(self) -> bool:
        """Whether the last look found journal and venue in agreement."""
        return self.healed is not None and self.healed.left.agreed

    async def passed(self, view: View, ledger: Ledger) -> None:
        """Book what happened, heal what differs, then the guard."""
        book = _with_fills(ledger)
        self.healed = None
        self.healed = await self._healer.heal(book)
        if self._rules.guard:
            for held in book.book.in_order():
                if held.qty and held.pair in self._pairs:
                    await self._guard(held, book)

    async def enter(self, view: View, ledger: Ledger, approved: Approved) -> bool:
        """Both legs, as far as the books and the bound on slippage allow; False where nothing was opened."""
        if not isinstance(approved, Approved):
            raise TypeError(f"only what the gate approved is entered, not {approved!r}")
        book, pair = _with_fills(ledger), approved.request.pair
        if not self._may_enter():
            return False
        look = await self._hedger.look(pair)
        if not look.priced or self._too_wide(look):
            return False
        if pair not in self._prepared:
            await self._venue.prepare(pair, self._rules.leverage)
            self._prepared.add(pair)
        reason = str(approved.request.reason)
        await self._hedger.pursue(pair, Doing.ENTER, approved.qty, reason, ENTERING, look, book)
        return pair in book.book.positions

    async def leave(self, view: View, ledger: Ledger, request: ExitRequest) -> bool:
        """Both legs; what could not be closed stays hedged and is tried again when it is asked for again."""
        book = _with_fills(ledger)
        look = await self._hedger.look(request.pair)
        if not look.priced:
            return False
        await self._hedger.pursue(request.pair, Doing.LEAVE, ZERO, str(request.reason), LEAVING, look, book)
        return request.pair not in book.book.positions

    async def _guard(self, held: Holding, ledger: FillLedger) -> None:
        """Cut a short that rose too far; below a minimum it leaves altogether."""
        look = await self._hedger.look(held.pair)
        touch = look.perp.touch
        if touch is None or not look.priced or not guard_due(touch.mid, held.reference, self._rules.guard, ZERO):
            return
        pair = self._pairs[held.pair]
        left = guard_qty(held.qty, held.reference, touch.mid, lot_step(pair), ZERO)
        goal = ZERO if below_minimum(pair, left, touch.mid) else left
        await self._hedger.pursue(held.pair, Doing.GUARD, goal, str(ExitReason.GUARD), REDUCING, look, ledger)

    def _may_enter(self) -> bool:
        return self.agreed and (self._breaker is None or self._breaker.allows(reduces_risk=False))

    def _too_wide(self, look: Look) -> bool:
        """Whether a leg's bid and ask stand further apart than is allowed."""
        allowed = self._rules.max_spread
        touches = (look.spot.touch, look.perp.touch)
        return allowed is not None and any(each is None or each.spread > each.mid * allowed for each in touches)


def _with_fills(ledger: Ledger) -> FillLedger:
    """Live trading keeps its executions; a ledger that cannot is a mistake of the wiring."""
    assert isinstance(ledger, FillLedger)
    return ledger

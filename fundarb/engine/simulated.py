"""The simulated executor: fills at candle opens with slippage, settles funding at the mark, and lets margin, guard and
delisting happen as semantics §§4, 5 and 8 say. Every quantity is exact."""

from __future__ import annotations

from typing import TYPE_CHECKING

from fundarb.accounting import lines as book_lines
from fundarb.accounting.funding import idle_interest
from fundarb.accounting.valuation import free_cash
from fundarb.domain.decision import ExitReason, ExitRequest
from fundarb.domain.ledger import LineKind
from fundarb.domain.money import ZERO
from fundarb.engine.accidents import Accidents
from fundarb.engine.impact import with_impact
from fundarb.engine.market import Market
from fundarb.engine.replay import ReplayView
from fundarb.engine.simulation import Incidents, SimulationRules
from fundarb.ports.executor import Approved, Ledger

if TYPE_CHECKING:
    from fundarb.ports.feed import View


class SimulatedExecutor:
    """Executes against a replayed market."""

    def __init__(self, market: Market, rules: SimulationRules, from_ms: int, to_ms: int) -> None:
        self._market, self._rules = market, rules
        self._previous_ms = from_ms
        self.incidents = Incidents()
        self._accidents = Accidents(market, rules, self.incidents, to_ms)

    async def passed(self, view: View, ledger: Ledger) -> None:
        """Interest, margin in (p, t], settlements, guard at t, delistings."""
        at_ms = view.at_ms
        if self._rules.idle_apr:
            await self._interest(at_ms, ledger)
        await self._accidents.between(self._previous_ms, at_ms, ledger)
        if ledger.book.positions:
            await self._settlements(view, ledger)
            await self._accidents.guards(at_ms, ledger)
            if self._market.first_gone_ms <= at_ms:
                await self._delistings(at_ms, ledger)
        self._previous_ms = at_ms

    async def enter(self, view: View, ledger: Ledger, approved: Approved) -> bool:
        """Both legs at the opens of when it fills, or nothing."""
        if not isinstance(approved, Approved):
            raise TypeError(f"only what the gate approved is entered, not {approved!r}")
        at_ms, symbol = view.at_ms, approved.request.pair
        market = self._market.of(symbol)
        perp, spot = _replayed(view).fills(symbol)
        if perp is None or spot is None:
            return False
        costs = with_impact(self._rules.costs(symbol), market, approved.qty, at_ms, self._rules.impact_k)
        reason = approved.request.reason
        await ledger.post(book_lines.open_lines(at_ms, market.pair, approved.qty, spot, perp, costs, reason))
        self._accidents.follow(ledger.book.positions[symbol], at_ms)
        return True

    async def leave(self, view: View, ledger: Ledger, request: ExitRequest) -> bool:
        """Both legs at the opens of when it fills, or nothing; a leg left by a liquidation by itself."""
        at_ms, symbol = view.at_ms, request.pair
        held, market = ledger.book.positions[symbol], self._market.of(symbol)
        costs = with_impact(self._rules.costs(symbol), market, held.qty, at_ms, self._rules.impact_k)
        perp, spot = _replayed(view).fills(symbol)
        if spot is None:
            return False
        if held.naked_spot:
            reason, kind = ExitReason.LIQUIDATION, LineKind.LIQUIDATION
            await ledger.post((book_lines.spot_exit_line(at_ms, market.pair, held, spot, costs, reason, kind),))
            return True
        if perp is None:
            return False
        await ledger.post(book_lines.close_lines(at_ms, market.pair, held, spot, perp, costs, request.reason))
        self._accidents.forget(symbol)
        return True

    async def _interest(self, at_ms: int, ledger: Ledger) -> None:
        """What idle cash earned since the last event."""
        free = free_cash(ledger.book, self._rules.margin)
        earned = idle_interest(free, self._rules.idle_apr, self._previous_ms, at_ms)
        if earned:
            await ledger.post((book_lines.interest_line(at_ms, earned),))

    async def _settlements(self, view: View, ledger: Ledger) -> None:
        """Each short held since before now whose perp settles now gets its payment."""
        replay = _replayed(view)
        at_ms, event, strips, posted = replay.at_ms, replay.event, replay.strips, []
        for held in ledger.book.in_order():
            settling = strips[held.pair].settling(event, at_ms)
            if settling is None or held.opened_ms >= at_ms or not held.qty:
                continue
            rate, mark = settling
            stale = mark is None
            self.incidents.stale_marks += stale
            posted.append(book_lines.funding_line(at_ms, held, held.entry if mark is None else mark, rate, stale))
        if posted:
            await ledger.post(posted)

    async def _delistings(self, at_ms: int, ledger: Ledger) -> None:
        """At the first event not before `gone` both legs leave at the last closes known."""
        gone = [symbol for symbol in ledger.book.positions if not self._market.here(symbol, at_ms)]
        for symbol in sorted(gone):
            held, market = ledger.book.positions[symbol], self._market.of(symbol)
            perp, spot = market.perp.last_close(at_ms), market.spot.last_close(at_ms)
            if spot is None or (perp is None and not held.naked_spot):
                continue
            await ledger.post(
                book_lines.delisting_lines(
                    at_ms,
                    market.pair,
                    held,
                    spot.price,
                    ZERO if perp is None else perp.price,
                    self._rules.costs(symbol),
                    self._rules.delist_haircut,
                )
            )
            self._accidents.forget(symbol)
            self.incidents.delistings += 1


def _replayed(view: View) -> ReplayView:
    """The simulation fills at candle opens, which only views of a replay have."""
    assert isinstance(view, ReplayView)
    return view

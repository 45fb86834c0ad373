"""The simulated executor: fills at candle opens with slippage, settles funding at the mark, and lets margin, guard and
delisting happen as semantics §§4, 5 and 8 say. Every quantity is exact."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from decimal import Decimal
from heapq import heappop, heappush
from typing import TYPE_CHECKING

from fundarb.accounting import lines as book_lines
from fundarb.accounting.fees import PairCosts
from fundarb.accounting.funding import idle_interest
from fundarb.accounting.lots import below_minimum, guard_qty, lot_step
from fundarb.accounting.margin import MarginTerms, Tiers, cross_level, liquidation_level, loss_price
from fundarb.accounting.valuation import Mark, cross_spare, free_cash
from fundarb.domain.decision import ExitReason, ExitRequest
from fundarb.domain.instrument import Pair
from fundarb.domain.ledger import LedgerLine, LineKind
from fundarb.domain.money import ZERO
from fundarb.engine.impact import with_impact
from fundarb.engine.market import Market
from fundarb.engine.replay import ReplayView
from fundarb.engine.watch import Watch
from fundarb.ports.executor import Approved, Ledger

if TYPE_CHECKING:
    from fundarb.accounting.book import Book
    from fundarb.accounting.holding import Holding
    from fundarb.ports.feed import View


@dataclass(frozen=True, slots=True)
class SimulationRules:
    """Everything but prices that decides what a fill or an accident costs."""

    costs: Callable[[str], PairCosts]
    margin: MarginTerms
    mmr: Decimal
    guard: Decimal
    liquidation_loses_all: bool
    delist_haircut: Decimal
    idle_apr: Decimal
    tiers: Tiers = ()
    impact_k: Decimal = ZERO


@dataclass(slots=True)
class Incidents:
    """What happened without anyone deciding it."""

    stale_marks: int = 0
    liquidations: int = 0
    guards: int = 0
    delistings: int = 0


class SimulatedExecutor:
    """Executes against a replayed market."""

    def __init__(self, market: Market, rules: SimulationRules, from_ms: int, to_ms: int) -> None:
        self._market, self._rules = market, rules
        self._previous_ms = from_ms
        self._isolated, self._cross = rules.margin.mode == "isolated", rules.margin.mode == "cross"
        self._watch = Watch(to_ms)
        self._levels: dict[str, Decimal] = {}
        self.incidents = Incidents()

    async def passed(self, view: View, ledger: Ledger) -> None:
        """Interest, margin in (p, t], settlements, guard at t, delistings."""
        at_ms = view.at_ms
        if self._rules.idle_apr:
            await self._interest(at_ms, ledger)
        if self._cross:
            self._follow_all(ledger.book)
        if self._watch.next_ms <= at_ms:
            await self._margin(at_ms, ledger)
        if ledger.book.positions:
            await self._settlements(view, ledger)
            if self._watch.next_ms <= at_ms:
                await self._guards(at_ms, ledger)
            if self._market.first_gone_ms <= at_ms:
                await self._delistings(at_ms, ledger)
        self._previous_ms = at_ms

    async def enter(self, view: View, ledger: Ledger, approved: Approved) -> bool:
        """Both legs at the opens of now, or nothing."""
        if not isinstance(approved, Approved):
            raise TypeError(f"only what the gate approved is entered, not {approved!r}")
        at_ms, symbol = view.at_ms, approved.request.pair
        market = self._market.of(symbol)
        perp, spot = _replayed(view).opens(symbol)
        if perp is None or spot is None:
            return False
        costs = with_impact(self._rules.costs(symbol), market, approved.qty, at_ms, self._rules.impact_k)
        reason = approved.request.reason
        await ledger.post(book_lines.open_lines(at_ms, market.pair, approved.qty, spot, perp, costs, reason))
        self._follow(ledger.book.positions[symbol], at_ms)
        return True

    async def leave(self, view: View, ledger: Ledger, request: ExitRequest) -> bool:
        """Both legs at the opens of now, or nothing; a leg left by a liquidation by itself."""
        at_ms, symbol = view.at_ms, request.pair
        held, market = ledger.book.positions[symbol], self._market.of(symbol)
        costs = with_impact(self._rules.costs(symbol), market, held.qty, at_ms, self._rules.impact_k)
        perp, spot = _replayed(view).opens(symbol)
        if spot is None:
            return False
        if held.naked_spot:
            reason, kind = ExitReason.LIQUIDATION, LineKind.LIQUIDATION
            await ledger.post((book_lines.spot_exit_line(at_ms, market.pair, held, spot, costs, reason, kind),))
            return True
        if perp is None:
            return False
        await ledger.post(book_lines.close_lines(at_ms, market.pair, held, spot, perp, costs, request.reason))
        self._watch.forget(symbol)
        return True

    async def _interest(self, at_ms: int, ledger: Ledger) -> None:
        """What idle cash earned since the last event."""
        free = free_cash(ledger.book, self._rules.margin)
        earned = idle_interest(free, self._rules.idle_apr, self._previous_ms, at_ms)
        if earned:
            await ledger.post((book_lines.interest_line(at_ms, earned),))

    async def _margin(self, at_ms: int, ledger: Ledger) -> None:
        """Candle by candle in time order: touches up to now, guards before now, and the sales touches lead to."""
        sales: list[tuple[int, str, Decimal]] = []
        while True:
            alarm = self._watch.due(at_ms)
            if sales and (alarm is None or (sales[0][0], sales[0][1]) < (alarm.at_ms, alarm.pair)):
                when, symbol, price = heappop(sales)
                await self._sell_naked(when, symbol, price, ledger)
            elif alarm is None:
                return
            elif alarm.guard:
                await self._guard(alarm.pair, alarm.at_ms, ledger)
            else:
                sale = await self._liquidate(alarm.pair, alarm.at_ms, at_ms, ledger)
                if sale is not None:
                    heappush(sales, sale)

    async def _liquidate(
        self, symbol: str, at_ms: int, event_ms: int, ledger: Ledger
    ) -> tuple[int, str, Decimal] | None:
        """The perp is gone; the spot is sold at the same instant if it opens then, else at the returned time."""
        held, market, rules = ledger.book.positions[symbol], self._market.of(symbol), self._rules
        costs, leverage = rules.costs(symbol), rules.margin.leverage
        level = self._levels[symbol]
        loses_all = rules.liquidation_loses_all and self._isolated
        loss = loss_price(held.reference, leverage) if loses_all else None
        perp_line = book_lines.liquidation_perp_line(at_ms, held, level, loss, costs.fee_perp)
        self._watch.forget(symbol)
        self.incidents.liquidations += 1
        sale = market.spot.next_opening(at_ms, event_ms)
        if sale is None or sale[0] > at_ms:
            await ledger.post((perp_line,))
            return None if sale is None else (sale[0], symbol, sale[1])
        await ledger.post((self._naked_sale(at_ms, held, sale[1]), perp_line))
        return None

    async def _sell_naked(self, at_ms: int, symbol: str, spot_open: Decimal, ledger: Ledger) -> None:
        """The spot that a liquidation left."""
        await ledger.post((self._naked_sale(at_ms, ledger.book.positions[symbol], spot_open),))

    def _naked_sale(self, at_ms: int, held: Holding, spot_open: Decimal) -> LedgerLine:
        pair = self._market.of(held.pair).pair
        costs = self._rules.costs(held.pair)
        return book_lines.spot_exit_line(
            at_ms, pair, held, spot_open, costs, ExitReason.LIQUIDATION, LineKind.LIQUIDATION
        )

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

    async def _guards(self, at_ms: int, ledger: Ledger) -> None:
        """The guard at the event itself."""
        for symbol in self._watch.guards_at(at_ms):
            await self._guard(symbol, at_ms, ledger)

    async def _guard(self, symbol: str, at_ms: int, ledger: Ledger) -> None:
        """Cut a short that rose too far, both legs at the opens; below a minimum it leaves altogether."""
        held, market = ledger.book.positions[symbol], self._market.of(symbol)
        perp, spot = market.perp.opening(at_ms), market.spot.opening(at_ms)
        if perp is None or spot is None:
            self._watch.look_on(market, held, self._rules.guard, at_ms)
            return
        pair, costs = market.pair, self._rules.costs(symbol)
        left = guard_qty(held.qty, held.reference, perp, lot_step(pair), ZERO)
        self.incidents.guards += 1
        if below_minimum(pair, left, perp):
            reason, kind = ExitReason.GUARD, LineKind.GUARD
            await ledger.post(book_lines.close_lines(at_ms, pair, held, spot, perp, costs, reason, kind))
            self._watch.forget(symbol)
            return
        await ledger.post(book_lines.guard_lines(at_ms, pair, held, left, spot, perp, costs))
        self._follow(held, at_ms)

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
            self._watch.forget(symbol)
            self.incidents.delistings += 1

    def _follow(self, held: Holding, at_ms: int) -> None:
        """Watch an isolated short from now on."""
        if self._isolated:
            pair, fee = self._market.of(held.pair).pair, self._rules.costs(held.pair).fee_perp
            level = liquidation_level(held.reference, self._rules.margin.leverage, self._mmr(pair), fee)
            self._watch_level(held, level, self._rules.guard, at_ms)

    def _follow_all(self, book: Book) -> None:
        """Watch cross-margined shorts: each with what the rest of the account could pay at the last closes."""
        for symbol, held in book.positions.items():
            if held.qty:
                mmr = self._mmr(self._market.of(symbol).pair)
                spare = cross_spare(book, symbol, self._closes, self._mmr_of, self._rules.tiers)
                level = cross_level(held.entry, held.qty, spare, mmr, self._rules.tiers)
                self._watch_level(held, level, ZERO, self._previous_ms)

    def _watch_level(self, held: Holding, level: Decimal | None, guard: Decimal, at_ms: int) -> None:
        if level is not None:
            self._levels[held.pair] = level
        self._watch.follow(self._market.of(held.pair), held, level, guard, at_ms)

    def _closes(self, symbol: str) -> Mark:
        """The last closes at the event before; an entry price where there is none yet."""
        market = self._market.of(symbol)
        perp, spot = market.perp.last_close(self._previous_ms), market.spot.last_close(self._previous_ms)
        return Mark(ZERO if spot is None else spot.price, ZERO if perp is None else perp.price)

    def _mmr_of(self, symbol: str) -> Decimal:
        return self._mmr(self._market.of(symbol).pair)

    def _mmr(self, pair: Pair) -> Decimal:
        return self._rules.mmr if pair.mmr is None else pair.mmr


def _replayed(view: View) -> ReplayView:
    """The simulation fills at candle opens, which only views of a replay have."""
    assert isinstance(view, ReplayView)
    return view

"""What margin does to positions between decisions: touches that liquidate, guards that cut, and the sales they lead to."""

from __future__ import annotations

from decimal import Decimal
from functools import partial
from heapq import heappop, heappush
from typing import TYPE_CHECKING

from fundarb.accounting import lines as book_lines
from fundarb.accounting.lots import below_minimum, guard_qty, lot_step
from fundarb.accounting.margin import cross_level, liquidation_level, loss_price
from fundarb.accounting.valuation import Mark, cross_spare
from fundarb.domain.decision import ExitReason
from fundarb.domain.instrument import Pair
from fundarb.domain.ledger import LedgerLine, LineKind
from fundarb.domain.money import ZERO
from fundarb.engine.market import Market
from fundarb.engine.simulation import Incidents, SimulationRules
from fundarb.engine.watch import Watch
from fundarb.ports.executor import Ledger

if TYPE_CHECKING:
    from fundarb.accounting.book import Book
    from fundarb.accounting.holding import Holding


class Accidents:
    """Watches every margined short, and books what happens to it."""

    def __init__(self, market: Market, rules: SimulationRules, incidents: Incidents, to_ms: int) -> None:
        self._market, self._rules, self._incidents = market, rules, incidents
        self._isolated, self._cross = rules.margin.mode == "isolated", rules.margin.mode == "cross"
        self._watch = Watch(to_ms)
        self._levels: dict[str, Decimal] = {}

    async def between(self, previous_ms: int, at_ms: int, ledger: Ledger) -> None:
        """What happened in (previous, at], but for guards at that very time."""
        if self._cross:
            self._follow_all(ledger.book, previous_ms)
        if self._watch.next_ms <= at_ms:
            await self._margin(at_ms, ledger)

    async def guards(self, at_ms: int, ledger: Ledger) -> None:
        """The guard at the event itself."""
        if self._watch.next_ms <= at_ms:
            for symbol in self._watch.guards_at(at_ms):
                await self._guard(symbol, at_ms, ledger)

    def follow(self, held: Holding, at_ms: int) -> None:
        """Watch an isolated short from now on."""
        if self._isolated:
            pair, fee = self._market.of(held.pair).pair, self._rules.costs(held.pair).fee_perp
            level = liquidation_level(held.reference, self._rules.margin.leverage, self._mmr(pair), fee)
            self._watch_level(held, level, self._rules.guard, at_ms)

    def forget(self, symbol: str) -> None:
        """The short is gone."""
        self._watch.forget(symbol)

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
        self._incidents.liquidations += 1
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

    async def _guard(self, symbol: str, at_ms: int, ledger: Ledger) -> None:
        """Cut a short that rose too far, both legs at the opens; below a minimum it leaves altogether."""
        held, market = ledger.book.positions[symbol], self._market.of(symbol)
        perp, spot = market.perp.opening(at_ms), market.spot.opening(at_ms)
        if perp is None or spot is None:
            self._watch.look_on(market, held, self._rules.guard, at_ms)
            return
        pair, costs = market.pair, self._rules.costs(symbol)
        left = guard_qty(held.qty, held.reference, perp, lot_step(pair), ZERO)
        self._incidents.guards += 1
        if below_minimum(pair, left, perp):
            reason, kind = ExitReason.GUARD, LineKind.GUARD
            await ledger.post(book_lines.close_lines(at_ms, pair, held, spot, perp, costs, reason, kind))
            self._watch.forget(symbol)
            return
        await ledger.post(book_lines.guard_lines(at_ms, pair, held, left, spot, perp, costs))
        self.follow(held, at_ms)

    def _follow_all(self, book: Book, previous_ms: int) -> None:
        """Watch cross-margined shorts: each with what the rest of the account could pay at the last closes."""
        closes = partial(self._closes, previous_ms)
        for symbol, held in book.positions.items():
            if held.qty:
                mmr = self._mmr(self._market.of(symbol).pair)
                spare = cross_spare(book, symbol, closes, self._mmr_of, self._rules.tiers)
                level = cross_level(held.entry, held.qty, spare, mmr, self._rules.tiers)
                self._watch_level(held, level, ZERO, previous_ms)

    def _watch_level(self, held: Holding, level: Decimal | None, guard: Decimal, at_ms: int) -> None:
        if level is not None:
            self._levels[held.pair] = level
        self._watch.follow(self._market.of(held.pair), held, level, guard, at_ms)

    def _closes(self, at_ms: int, symbol: str) -> Mark:
        """The last closes known; 0 where there is none yet."""
        market = self._market.of(symbol)
        perp, spot = market.perp.last_close(at_ms), market.spot.last_close(at_ms)
        return Mark(ZERO if spot is None else spot.price, ZERO if perp is None else perp.price)

    def _mmr_of(self, symbol: str) -> Decimal:
        return self._mmr(self._market.of(symbol).pair)

    def _mmr(self, pair: Pair) -> Decimal:
        return self._rules.mmr if pair.mmr is None else pair.mmr

"""The executor of paper: fills in live order books, and does to positions what the venue would: funding, liquidation,
delisting; and the guard at every look. A look that could not be taken loses nothing but the guard's chance."""

from __future__ import annotations

import asyncio
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import TYPE_CHECKING, Protocol

from fundarb.accounting import lines as book_lines
from fundarb.accounting.funding import idle_interest
from fundarb.accounting.holding import Holding
from fundarb.accounting.lots import below_minimum, guard_qty, lot_step
from fundarb.accounting.margin import guard_due, loss_price
from fundarb.accounting.valuation import free_cash
from fundarb.domain.decision import ExitReason, ExitRequest
from fundarb.domain.instants import MINUTE
from fundarb.domain.ledger import LedgerLine, LineKind
from fundarb.domain.market import Span
from fundarb.domain.money import ZERO
from fundarb.engine import paper_fills as fills
from fundarb.engine.simulation import Incidents, SimulationRules
from fundarb.engine.trading.dues import Dues
from fundarb.engine.trading.levels import Levels
from fundarb.engine.trading.live_view import LiveView
from fundarb.errors import VenueError
from fundarb.ports.executor import Approved, Ledger
from fundarb.ports.market import CandleDigits
from fundarb.ports.quotes import Depth

if TYPE_CHECKING:
    from fundarb.ports.feed import View


class PaperMarket(Protocol):
    """What paper asks of a venue: books to fill in, and the mark at a settlement."""

    async def depth(self, symbol: str, market: str) -> Depth: ...
    async def candle_page(self, symbol: str, market: str, span_ms: int, span: Span) -> Sequence[CandleDigits]: ...


@dataclass(frozen=True, slots=True)
class PaperRules:
    """What a simulation is bound by; how wide a touch may be for an entry; the length of a mark candle that is kept."""

    simulation: SimulationRules
    max_spread_bps: Decimal | None
    mark_span_ms: int


class PaperExecutor:
    """Fills the port `Executor`. `previous_ms` is the last moment of which everything was booked."""

    def __init__(self, market: PaperMarket, rules: PaperRules, booked: Iterable[LedgerLine], previous_ms: int) -> None:
        self._market, self._rules, self._previous_ms = market, rules, previous_ms
        lines = list(booked)
        earned = [line.at_ms for line in lines if line.kind is LineKind.INTEREST]
        self._earned_ms = max((previous_ms, *earned))
        self._dues = Dues(lines)
        self._levels = Levels(rules.simulation)
        self.incidents = Incidents()

    @property
    def unresolved(self) -> None:
        """There is nobody to disagree with."""

    async def passed(self, view: View, ledger: Ledger) -> None:
        """Interest, margin, settlements, guard, delistings; between two settlements only margin and guard."""
        live = _live(view)
        settled = live.boundary_ms is not None
        if settled and self._rules.simulation.idle_apr:
            await self._interest(live, ledger)
        await self._liquidations(live, ledger, since_ms=self._previous_ms if settled else live.at_ms)
        if settled:
            await self._settlements(live, ledger)
        await self._guards(live, ledger)
        if settled:
            await self._delistings(live, ledger)
            self._previous_ms = live.at_ms

    async def enter(self, view: View, ledger: Ledger, approved: Approved) -> bool:
        """Both legs in the books of now, or nothing."""
        if not isinstance(approved, Approved):
            raise TypeError(f"only what the gate approved is entered, not {approved!r}")
        live, symbol = _live(view), approved.request.pair
        books = await self._books(live, symbol)
        if books is None or self._too_wide(books):
            return False
        lines = fills.entry(self._order(live, symbol), approved.qty, books, approved.request.reason)
        return await self._booked(ledger, lines)

    async def leave(self, view: View, ledger: Ledger, request: ExitRequest) -> bool:
        """Both legs in the books of now, or nothing; a leg left by a liquidation by itself."""
        live, symbol = _live(view), request.pair
        held = ledger.book.positions[symbol]
        if held.naked_spot:
            return await self._sell_naked(live, ledger, held)
        books = await self._books(live, symbol)
        if books is None:
            return False
        return await self._booked(ledger, fills.close(self._order(live, symbol), held, books, request.reason))

    async def _interest(self, live: LiveView, ledger: Ledger) -> None:
        """What idle cash earned since it was booked last: a step may have been cut short right after that."""
        rules = self._rules.simulation
        earned = idle_interest(free_cash(ledger.book, rules.margin), rules.idle_apr, self._earned_ms, live.at_ms)
        if earned:
            await ledger.post((book_lines.interest_line(live.at_ms, earned),))
        self._earned_ms = live.at_ms

    async def _liquidations(self, live: LiveView, ledger: Ledger, since_ms: int) -> None:
        """What the venue took: by candles that closed since, and by the mark now."""
        taken = self._levels.touched(live, ledger.book, since_ms)
        rules = self._rules.simulation
        for symbol, at_ms, level in taken:
            held = ledger.book.positions[symbol]
            loses_all = rules.liquidation_loses_all and rules.margin.mode == "isolated"
            loss = loss_price(held.reference, rules.margin.leverage) if loses_all else None
            fee = rules.costs(symbol).fee_perp
            await self._booked(ledger, (book_lines.liquidation_perp_line(at_ms, held, level, loss, fee),))
            self.incidents.liquidations += 1
            await self._sell_naked(live, ledger, held)

    async def _sell_naked(self, live: LiveView, ledger: Ledger, held: Holding) -> bool:
        """The spot that a liquidation left."""
        depth = await self._depth(held.pair, "spot") if _priced(live, held.pair, spot_only=True) else None
        if depth is None:
            return False
        reason, kind = ExitReason.LIQUIDATION, LineKind.LIQUIDATION
        return await self._booked(ledger, fills.spot_close(self._order(live, held.pair), held, depth, reason, kind))

    async def _settlements(self, live: LiveView, ledger: Ledger) -> None:
        """Every settlement that is stored by now, found a position, and was not booked; in order of time, then symbol."""
        found = []
        for symbol in self._dues.pairs():
            if symbol not in live.picture.market.index:
                continue
            settled = live.market(symbol).settlements
            rows = settled.rows(live.market(symbol).index)
            stamps = settled.settled_at[rows].tolist()
            for due in self._dues.owed(symbol, stamps):
                rate = settled.rate_exact(rows.start + stamps.index(due.at_ms))
                found.append((due.at_ms, symbol, due.qty, rate))
        for at_ms, symbol, qty, rate in sorted(found):
            mark = await self._mark(live, symbol, at_ms)
            stale = mark is None
            entry = ledger.book.positions[symbol].entry if mark is None and symbol in ledger.book.positions else ZERO
            self.incidents.stale_marks += stale
            line = book_lines.payment_line(at_ms, symbol, qty, entry if mark is None else mark, rate, stale)
            await self._booked(ledger, (line,))

    async def _mark(self, live: LiveView, symbol: str, at_ms: int) -> Decimal | None:
        """The mark at a settlement: the open of its mark candle, stored or still running; what a ticker says of it just
        now; else as a backtest would have it."""
        market, span_ms = live.market(symbol), self._rules.mark_span_ms
        stored = market.mark.opening(at_ms) if len(market.mark) else None
        if stored is not None:
            return stored
        try:
            page = await self._market.candle_page(symbol, "mark", span_ms, Span(at_ms, at_ms + 1))
        except VenueError:
            page = ()
        if page and page[0].open_at_ms == at_ms:
            return Decimal(page[0].open)
        quote = live.quote(symbol)
        if quote is not None and quote.ticker.mark is not None and live.at_ms - at_ms <= MINUTE:
            return quote.ticker.mark
        return market.payment_mark(at_ms)

    async def _guards(self, live: LiveView, ledger: Ledger) -> None:
        """Cut every short that rose too far by now; below a minimum it leaves altogether."""
        guard = self._rules.simulation.guard
        if not guard:
            return
        for held in ledger.book.in_order():
            quote = live.quote(held.pair)
            if not held.qty or quote is None or quote.perp is None:
                continue
            if guard_due(quote.perp.mid, held.reference, guard, ZERO):
                await self._guard(live, ledger, held)

    async def _guard(self, live: LiveView, ledger: Ledger, held: Holding) -> None:
        books = await self._books(live, held.pair)
        touch = None if books is None else books.perp.touch
        if books is None or touch is None:
            return
        order = self._order(live, held.pair)
        left = guard_qty(held.qty, held.reference, touch.mid, lot_step(order.pair), ZERO)
        if below_minimum(order.pair, left, touch.mid):
            lines = fills.close(order, held, books, ExitReason.GUARD, LineKind.GUARD)
        else:
            lines = fills.cut(order, held, left, books)
        self.incidents.guards += await self._booked(ledger, lines)

    async def _delistings(self, live: LiveView, ledger: Ledger) -> None:
        """What is gone leaves at the last closes known."""
        market, rules = live.picture.market, self._rules.simulation
        for held in ledger.book.in_order():
            if market.here(held.pair, live.at_ms):
                continue
            perp, spot = live.closes(held.pair)
            if spot is None or (perp is None and not held.naked_spot):
                continue
            costs, haircut = rules.costs(held.pair), rules.delist_haircut
            pair = live.pair(held.pair)
            lines = book_lines.delisting_lines(live.at_ms, pair, held, spot, perp or ZERO, costs, haircut)
            self.incidents.delistings += await self._booked(ledger, lines)

    async def _booked(self, ledger: Ledger, lines: Sequence[LedgerLine] | None) -> bool:
        """Post lines, where there are any, and follow what they mean for payments to come."""
        if lines is None:
            return False
        await ledger.post(lines)
        self._dues.follow(lines)
        return True

    async def _books(self, live: LiveView, symbol: str) -> fills.Books | None:
        """The books of both legs; None where a leg has no price."""
        if not _priced(live, symbol):
            return None
        spot, perp = await asyncio.gather(self._depth(symbol, "spot"), self._depth(symbol, "perp"))
        return None if spot is None or perp is None else fills.Books(spot, perp)

    async def _depth(self, symbol: str, market: str) -> Depth | None:
        try:
            return await self._market.depth(symbol, market)
        except VenueError:
            return None

    def _too_wide(self, books: fills.Books) -> bool:
        most = self._rules.max_spread_bps
        touches = (books.spot.touch, books.perp.touch)
        return any(touch is None or fills.too_wide(touch, most) for touch in touches)

    def _order(self, live: LiveView, symbol: str) -> fills.Order:
        return fills.Order(live.at_ms, live.pair(symbol), self._rules.simulation.costs(symbol))


def _live(view: View) -> LiveView:
    """Paper fills at live prices, which only views of a live feed have."""
    assert isinstance(view, LiveView)
    return view


def _priced(live: LiveView, symbol: str, *, spot_only: bool = False) -> bool:
    quote = live.quote(symbol)
    return quote is not None and quote.spot is not None and (spot_only or quote.perp is not None)

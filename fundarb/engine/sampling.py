"""Samples of equity: what a portfolio is worth at each event, what of it is in use, and how often prices were stale."""

from __future__ import annotations

from decimal import Decimal

from fundarb.accounting.book import Book
from fundarb.accounting.holding import Holding
from fundarb.accounting.margin import MarginTerms
from fundarb.accounting.valuation import capital_in_use
from fundarb.domain.money import ZERO, quotient12
from fundarb.ports.feed import Marked, View


class Samples:
    """Equity over time, sample zero being the capital at the start."""

    def __init__(self, from_ms: int, capital: Decimal, terms: MarginTerms) -> None:
        self._terms = terms
        self._used: dict[str, tuple[Decimal, Decimal, float]] = {}
        self._order: tuple[Holding, ...] | None = None
        self._total_in_use = 0.0
        self.times = [from_ms]
        self.equity = [capital]
        self.in_use = [0.0]
        self.highest = self.lowest_cash = self.contributed = capital
        self.stale_prices = 0

    @property
    def last(self) -> Decimal:
        """The newest sample."""
        return self.equity[-1]

    def take(self, view: View, book: Book) -> None:
        """Mark every position and all dust, and write down what it comes to."""
        spots = shorts = ZERO
        for held in book.positions.values():
            spot, perp, stale = (view.marked(held.pair) if held.qty else None) or self.mark(view, held)
            spots += held.spot * spot
            shorts += held.perp_cost - held.qty * perp
            self.stale_prices += stale
        if book.contributed != self.contributed:
            self._follow_flow(book.contributed)
        funded = book.cash + shorts
        total = funded + spots + view.dust_worth(book)
        self.times.append(view.at_ms)
        self.equity.append(total)
        self.in_use.append(self._all_in_use(book))
        self.highest = max(self.highest, total)
        self.lowest_cash = min(self.lowest_cash, funded)

    def _follow_flow(self, contributed: Decimal) -> None:
        """What was put in or taken out is no gain and no loss: the peak moves as equity does, in proportion."""
        flow, self.contributed = contributed - self.contributed, contributed
        if self.last > 0 and self.last + flow > 0:
            self.highest = quotient12(self.highest * (self.last + flow), self.last)
        else:
            self.highest = ZERO  # nothing to be in proportion to: the next sample is the peak

    def mark(self, view: View, held: Holding) -> Marked:
        """What a position is valued at; at its un-slipped entry prices, and stale, where there never was a price."""
        found = view.marked(held.pair) if held.qty else view.spot_marked(held.pair)
        return Marked(held.fair_spot, held.fair_perp, stale=True) if found is None else found

    def _all_in_use(self, book: Book) -> float:
        """What all positions use; reckoned again once one has changed."""
        if self._order is not (order := book.in_order()):
            self._order = order
            self._total_in_use = sum(map(self._in_use, book.positions.values()), 0.0)
        return self._total_in_use

    def _in_use(self, held: Holding) -> float:
        """What one position uses; reckoned again once either leg has changed."""
        known = self._used.get(held.pair)
        if known is None or known[0] is not held.spot or known[1] is not held.qty:
            known = self._used[held.pair] = (held.spot, held.qty, capital_in_use(held, self._terms))
        return known[2]

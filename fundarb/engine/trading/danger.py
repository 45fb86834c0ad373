"""Which shorts are too near to liquidation, by the mark of now."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from decimal import Decimal

from fundarb.accounting.book import Book
from fundarb.accounting.fees import PairCosts
from fundarb.accounting.holding import Holding
from fundarb.accounting.margin import MarginTerms, Tiers
from fundarb.accounting.valuation import Mark
from fundarb.engine.trading.live_view import LiveView
from fundarb.engine.trading.worth import mark_of
from fundarb.risk.margin_use import cross_beyond, isolated_beyond


@dataclass(frozen=True, slots=True)
class Danger:
    """Margin terms, and the ratio of maintenance to margin balance at which a position is left; None is off."""

    most: Decimal | None
    margin: MarginTerms
    mmr: Decimal
    costs: Callable[[str], PairCosts]
    tiers: Tiers = ()

    def near(self, view: LiveView, book: Book) -> list[Holding]:
        """The positions to leave, in symbol order: isolated each by itself, cross all or none."""
        shorts = [held for held in book.in_order() if held.qty]
        if self.most is None or self.margin.mode == "none":
            return []
        if self.margin.mode == "cross":
            account = [(held, _mark(view, held), self._mmr(view, held)) for held in shorts]
            return shorts if cross_beyond(book.cash, account, self.tiers, self.most) else []
        return [held for held in shorts if self._isolated(view, held, self.most)]

    def _isolated(self, view: LiveView, held: Holding, most: Decimal) -> bool:
        upkeep = self._mmr(view, held) + self.costs(held.pair).fee_perp
        return isolated_beyond(held, _mark(view, held).perp, self.margin.leverage, upkeep, most)

    def _mmr(self, view: LiveView, held: Holding) -> Decimal:
        """The pair's own maintenance rate, else the one that is assumed."""
        own = view.pair(held.pair).mmr
        return self.mmr if own is None else own


def _mark(view: LiveView, held: Holding) -> Mark:
    """The venue's mark for the perp, by which it liquidates; where it tells none, what the position is valued at."""
    quote, valued = view.quote(held.pair), mark_of(view, held)
    mark = None if quote is None else quote.ticker.mark
    return valued if mark is None else Mark(valued.spot, mark)

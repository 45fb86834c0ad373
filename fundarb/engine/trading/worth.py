"""What a portfolio is worth at one look, valued as samples are; unlike those, nothing is counted or kept."""

from __future__ import annotations

from decimal import Decimal

from fundarb.accounting.book import Book
from fundarb.accounting.holding import Holding
from fundarb.accounting.valuation import Mark, worth
from fundarb.ports.feed import View


def worth_of(view: View, book: Book) -> Decimal:
    """Equity: cash, both legs of every position, dust."""
    positions = sum((worth(held, mark_of(view, held)) for held in book.in_order()), book.cash)
    return positions + view.dust_worth(book)


def mark_of(view: View, held: Holding) -> Mark:
    """Prices of now, else the last ones; un-slipped entry prices where there never were any."""
    found = view.marked(held.pair) if held.qty else view.spot_marked(held.pair)
    return Mark(held.fair_spot, held.fair_perp) if found is None else Mark(found.spot, found.perp)

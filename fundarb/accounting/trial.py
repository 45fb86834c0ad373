"""What a portfolio would be after some lines, without touching it: for the gate's question about a swap."""

from __future__ import annotations

from collections.abc import Iterable

from fundarb.accounting.book import Book
from fundarb.domain.ledger import LedgerLine


def after(book: Book, lines: Iterable[LedgerLine]) -> Book:
    """A copy of the book with the lines applied."""
    trial = book.copied()
    trial.apply_all(lines)
    return trial

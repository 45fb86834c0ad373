"""A ledger in memory: what a backtest posts to; stored at the end, if at all."""

from __future__ import annotations

from collections.abc import Sequence

from fundarb.accounting.book import Book
from fundarb.domain.ledger import LedgerLine


class MemoryLedger:
    """Lines in a list, folded as they come."""

    def __init__(self) -> None:
        self.book = Book()
        self.lines: list[LedgerLine] = []

    async def post(self, lines: Sequence[LedgerLine]) -> None:
        """Write down and apply."""
        self.lines.extend(lines)
        self.book.apply_all(lines)

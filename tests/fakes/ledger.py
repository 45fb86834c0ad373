"""A ledger that lists what was posted."""

from __future__ import annotations

from collections.abc import Sequence

from fundarb.accounting.book import Book
from fundarb.domain.ledger import LedgerLine


class ListedLedger:
    """Fills the port `Ledger`; what its book refuses is not listed."""

    def __init__(self, *lines: LedgerLine) -> None:
        self.book = Book()
        self.lines: list[LedgerLine] = []
        self._take(lines)

    async def post(self, lines: Sequence[LedgerLine]) -> None:
        """List and apply."""
        self._take(lines)

    def _take(self, lines: Sequence[LedgerLine]) -> None:
        self.book.apply_all(lines)
        self.lines.extend(lines)

"""A ledger that lists what was posted."""

from __future__ import annotations

from collections.abc import Sequence
from contextlib import AbstractContextManager, nullcontext

from fundarb.accounting.book import Book
from fundarb.domain.ledger import LedgerLine
from fundarb.domain.orders import Fill


class ListedLedger:
    """Fills the ports `Ledger` and `FillLedger`; what its book refuses is not listed."""

    def __init__(self, *lines: LedgerLine) -> None:
        self.book = Book()
        self.lines: list[LedgerLine] = []
        self.executed: set[str] = set()
        self._take(lines)

    async def post(self, lines: Sequence[LedgerLine]) -> None:
        """List and apply."""
        self._take(lines)

    async def post_fills(self, fills: Sequence[Fill], lines: Sequence[LedgerLine]) -> None:
        """As `post`; an execution that was here before is a mistake of the executor."""
        ids = [fill.execution_id for fill in fills]
        assert len(ids) == len(lines) == len(set(ids) - self.executed)
        self._take(lines)
        self.executed.update(ids)

    def together(self) -> AbstractContextManager[None]:
        """Nobody is told."""
        return nullcontext()

    def _take(self, lines: Sequence[LedgerLine]) -> None:
        self.book.apply_all(lines)
        self.lines.extend(lines)

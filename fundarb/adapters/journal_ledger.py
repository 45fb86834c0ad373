"""The ledger of trading: a line is in the journal, on the disk, before it counts; what no book could apply never is."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from fundarb.accounting.book import Book
from fundarb.accounting.trial import after
from fundarb.domain.ledger import LedgerLine
from fundarb.ports.journal import Journal

Posted = Callable[[Sequence[LedgerLine]], None]


class JournalLedger:
    """Fills the port `Ledger` for one portfolio; `written` are the lines that were there at the start."""

    def __init__(self, journal: Journal, portfolio: str, written: Sequence[LedgerLine]) -> None:
        self._journal, self._portfolio = journal, portfolio
        self.written = tuple(written)
        self.book = Book()
        self.book.apply_all(written)
        self.posted: Posted = _nobody

    async def post(self, lines: Sequence[LedgerLine]) -> None:
        """Try, write down, apply, tell."""
        after(self.book, lines)
        await self._journal.append(self._portfolio, lines)
        self.book.apply_all(lines)
        self.posted(lines)


async def open_ledger(journal: Journal, portfolio: str) -> JournalLedger:
    """A portfolio as its ledger left it."""
    return JournalLedger(journal, portfolio, await journal.ledger(portfolio))


def _nobody(lines: Sequence[LedgerLine]) -> None:
    """Nobody listens."""

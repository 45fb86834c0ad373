"""The ledger of a live portfolio over its journal: written down first, then applied; no execution is booked twice."""

from __future__ import annotations

from collections.abc import Sequence

from fundarb.accounting.book import Book
from fundarb.accounting.trial import after
from fundarb.domain.ledger import LedgerLine
from fundarb.domain.orders import Fill
from fundarb.errors import JournalConflict
from fundarb.ports.journal import Journal


class LiveLedger:
    """Fills the port `FillLedger`; made by `open_live_ledger`."""

    def __init__(self, journal: Journal, portfolio: str, lines: Sequence[LedgerLine], fills: Sequence[Fill]) -> None:
        self._journal, self.portfolio = journal, portfolio
        self.executed = {fill.execution_id for fill in fills}
        self.lines = list(lines)
        self.book = Book()
        self.book.apply_all(lines)

    async def post(self, lines: Sequence[LedgerLine]) -> None:
        """One commit, then the book. Lines the book cannot take are not written."""
        after(self.book, lines)
        await self._journal.append(self.portfolio, lines)
        self._apply(lines)

    async def post_fills(self, fills: Sequence[Fill], lines: Sequence[LedgerLine]) -> None:
        """As `post`, the executions with it; another writer in this portfolio ends all trust in what is in memory."""
        after(self.book, lines)
        new = await self._journal.put_fills(self.portfolio, fills, lines)
        if new != len(fills):
            raise JournalConflict(
                f"portfolio {self.portfolio}: {len(fills) - new} of {len(fills)} executions were booked by someone else; "
                "start again"
            )
        self.executed.update(fill.execution_id for fill in fills)
        self._apply(lines)

    def _apply(self, lines: Sequence[LedgerLine]) -> None:
        self.lines.extend(lines)
        self.book.apply_all(lines)


async def open_live_ledger(journal: Journal, portfolio: str) -> LiveLedger:
    """The ledger as the journal has it."""
    return LiveLedger(journal, portfolio, await journal.ledger(portfolio), await journal.fills(portfolio))

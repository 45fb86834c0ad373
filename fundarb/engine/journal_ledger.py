"""The ledger of trading over its journal: a line is on the disk before it counts, what no book could apply never is, and no
execution is booked twice. What is posted together is told as one."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager

from fundarb.accounting.book import Book
from fundarb.accounting.trial import after
from fundarb.domain.ledger import LedgerLine
from fundarb.domain.orders import Fill
from fundarb.errors import JournalConflict
from fundarb.ports.journal import Journal

Posted = Callable[[Sequence[LedgerLine]], None]


class JournalLedger:
    """Fills the ports `Ledger` and `FillLedger` for one portfolio; made by `open_ledger`."""

    def __init__(self, journal: Journal, portfolio: str, lines: Sequence[LedgerLine], fills: Sequence[Fill]) -> None:
        self._journal, self.portfolio = journal, portfolio
        self.executed = {fill.execution_id for fill in fills}
        self.lines = list(lines)
        self.book = Book()
        self.book.apply_all(lines)
        self.posted: Posted = _nobody
        self._depth, self._untold = 0, list[LedgerLine]()

    async def post(self, lines: Sequence[LedgerLine]) -> None:
        """Try, write down, apply, tell."""
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

    @contextmanager
    def together(self) -> Iterator[None]:
        """Whatever is posted in the block is told at its end, at once."""
        self._depth += 1
        try:
            yield
        finally:
            self._depth -= 1
            self._tell()

    def _apply(self, lines: Sequence[LedgerLine]) -> None:
        self.lines.extend(lines)
        self.book.apply_all(lines)
        self._untold.extend(lines)
        self._tell()

    def _tell(self) -> None:
        if self._depth or not self._untold:
            return
        told, self._untold = self._untold, []
        self.posted(told)


async def open_ledger(journal: Journal, portfolio: str) -> JournalLedger:
    """A portfolio as its ledger left it."""
    return JournalLedger(journal, portfolio, await journal.ledger(portfolio), await journal.fills(portfolio))


def _nobody(lines: Sequence[LedgerLine]) -> None:
    """Nobody listens."""

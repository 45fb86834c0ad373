"""A line is in the journal before it counts, and one that cannot be applied is in neither."""

from __future__ import annotations

from collections.abc import Sequence
from decimal import Decimal

import pytest

from fundarb.accounting.holding import LedgerBroken
from fundarb.accounting.lines import deposit_line, payment_line
from fundarb.domain.ledger import LedgerLine
from fundarb.engine.journal_ledger import open_ledger
from fundarb.errors import StorageError
from tests.fakes.journal import MemoryJournal

NAME = "paper"


class FullDisk(MemoryJournal):
    """Keeps nothing."""

    async def append(self, portfolio: str, lines: Sequence[LedgerLine]) -> None:
        """There is no room."""
        raise StorageError("no space left on device")


async def test_what_is_posted_is_written_applied_and_told() -> None:
    journal = MemoryJournal()
    ledger = await open_ledger(journal, NAME)
    told: list[LedgerLine] = []
    ledger.posted = told.extend
    await ledger.post([deposit_line(1, Decimal(500))])
    assert await journal.ledger(NAME) == tuple(told) == (deposit_line(1, Decimal(500)),)
    assert ledger.book.cash == 500
    again = await open_ledger(journal, NAME)
    assert tuple(again.lines) == tuple(told)
    assert again.book.snapshot() == ledger.book.snapshot()


async def test_a_line_no_book_can_apply_is_never_written() -> None:
    journal = MemoryJournal()
    ledger = await open_ledger(journal, NAME)
    orphan = payment_line(1, "A", Decimal(1), Decimal(1), Decimal(1))
    with pytest.raises(LedgerBroken):
        await ledger.post([deposit_line(1, Decimal(500)), orphan])
    assert await journal.ledger(NAME) == ()
    assert ledger.book.cash == 0


async def test_what_could_not_be_written_does_not_count() -> None:
    ledger = await open_ledger(FullDisk(), NAME)
    with pytest.raises(StorageError):
        await ledger.post([deposit_line(1, Decimal(500))])
    assert ledger.book.cash == 0


async def test_what_is_posted_together_is_told_at_once() -> None:
    ledger = await open_ledger(MemoryJournal(), NAME)
    told: list[int] = []
    ledger.posted = lambda lines: told.append(len(lines))
    with ledger.together():
        await ledger.post([deposit_line(1, Decimal(500))])
        with ledger.together():
            await ledger.post([deposit_line(2, Decimal(1))])
        assert told == []
    await ledger.post([deposit_line(3, Decimal(1))])
    assert told == [2, 1]

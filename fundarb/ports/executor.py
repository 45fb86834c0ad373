"""The executor: turns approved requests into ledger lines, by simulation or at a venue, and books what time brought."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from contextlib import AbstractContextManager
from dataclasses import dataclass
from decimal import Decimal
from typing import Protocol, runtime_checkable

from fundarb.accounting.book import Book
from fundarb.domain.decision import EntryRequest, ExitRequest
from fundarb.domain.ledger import LedgerLine
from fundarb.domain.orders import Fill
from fundarb.ports.feed import View


@dataclass(frozen=True, slots=True)
class Approved:
    """An entry the gate let through, sized in perp units. Only `risk/gate.py` makes one (held by a test)."""

    request: EntryRequest
    qty: Decimal
    ref: Decimal


class Ledger(Protocol):
    """Where lines go: written down first, then applied; `book` is what they have come to so far."""

    @property
    def book(self) -> Book:
        """The portfolio as it stands; only `post` changes it."""
        ...

    async def post(self, lines: Sequence[LedgerLine]) -> None:
        """Write lines down, all or none, and apply them."""
        ...


@runtime_checkable
class FillLedger(Ledger, Protocol):
    """A ledger that also keeps the executions behind its lines, each id once."""

    @property
    def lines(self) -> Sequence[LedgerLine]:
        """Every line so far, oldest first."""
        ...

    @property
    def executed(self) -> Collection[str]:
        """Ids of the executions that are booked."""
        ...

    async def post_fills(self, fills: Sequence[Fill], lines: Sequence[LedgerLine]) -> None:
        """Write down fills that are new, each with the line beside it, all or none, and apply the lines."""
        ...

    def together(self) -> AbstractContextManager[None]:
        """What is posted in the block is one thing to whoever is told of it."""
        ...


class Executor(Protocol):
    """Acts on one view at a time, in its order, and posts what happened."""

    async def passed(self, view: View, ledger: Ledger) -> None:
        """What happened since the view before: interest, margin, settlements, guard, delistings."""
        ...

    async def enter(self, view: View, ledger: Ledger, approved: Approved) -> bool:
        """Open both legs, or neither (False: a leg had no price)."""
        ...

    async def leave(self, view: View, ledger: Ledger, request: ExitRequest) -> bool:
        """Close both legs, or neither (False: a leg had no price)."""
        ...

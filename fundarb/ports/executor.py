"""The executor: turns approved requests into ledger lines, by simulation or at a venue, and books what time brought."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import Protocol

from fundarb.domain.decision import EntryRequest, ExitRequest
from fundarb.domain.ledger import LedgerLine
from fundarb.domain.position import Portfolio
from fundarb.ports.feed import View


@dataclass(frozen=True, slots=True)
class Approved:
    """An entry the gate let through, sized in perp units. Only `risk/gate.py` makes one (held by a test)."""

    request: EntryRequest
    qty: Decimal
    ref: Decimal


@dataclass(frozen=True, slots=True)
class Executed:
    """The lines that follow from a request; none where a leg had no price (`no_price`)."""

    lines: Sequence[LedgerLine]
    no_price: bool = False


class Executor(Protocol):
    """Acts on one view at a time, in its order."""

    async def book(self, view: View, portfolio: Portfolio) -> Sequence[LedgerLine]:
        """What happened since the view before: interest, margin, settlements, guard, delistings."""
        ...

    async def enter(self, view: View, portfolio: Portfolio, approved: Approved) -> Executed:
        """Open both legs, or neither."""
        ...

    async def leave(self, view: View, portfolio: Portfolio, request: ExitRequest) -> Executed:
        """Close both legs, or neither."""
        ...

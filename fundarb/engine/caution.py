"""Where risk speaks while trading: after what happened is booked and before anything is decided. A backtest has none."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Protocol

from fundarb.accounting.book import Book
from fundarb.domain.decision import ExitRequest
from fundarb.ports.feed import View
from fundarb.risk.gate import Standing


@dataclass(frozen=True, slots=True)
class Demands:
    """What must be left now, whatever the strategy wants, and what stops entries."""

    exits: tuple[ExitRequest, ...]
    standing: Standing


class Caution(Protocol):
    """Looks at a portfolio as it stands."""

    async def look(self, view: View, book: Book, standing: Standing) -> Demands:
        """What is demanded now, `standing` being what stopped entries until here."""
        ...

"""What the running ledgers, paper and live, held at a moment."""

from __future__ import annotations

from fundarb.accounting.book import fold
from fundarb.ports.journal import Journal

LIVE, PAPER = "live", "paper"


async def held_pairs(journal: Journal, at_ms: int) -> frozenset[str]:
    """The pairs any running portfolio held then; ledgers that were closed lie under other names and do not count."""
    held: set[str] = set()
    for name in await journal.portfolios():
        if name in (LIVE, PAPER) or name.startswith(f"{PAPER}:"):
            held |= set(fold(line for line in await journal.ledger(name) if line.at_ms <= at_ms).positions)
    return frozenset(held)

"""What the running ledgers, paper and live, hold; those that were closed lie under other names and do not count."""

from __future__ import annotations

from fundarb.accounting.book import fold
from fundarb.domain.instants import DAY
from fundarb.ports.journal import Journal

LIVE, PAPER = "live", "paper"
KEPT_BEFORE_MS = 125 * DAY  # a position's lookback: the 120 days a signal looks back, and what those begin with


async def held_pairs(journal: Journal, at_ms: int) -> frozenset[str]:
    """The pairs any running portfolio held then."""
    held: set[str] = set()
    for name in await _running(journal):
        held |= set(fold(line for line in await journal.ledger(name) if line.at_ms <= at_ms).positions)
    return frozenset(held)


async def held_by(journal: Journal) -> dict[str, tuple[str, ...]]:
    """What each running portfolio holds now; one that holds nothing too."""
    return {name: tuple(sorted(fold(await journal.ledger(name)).positions)) for name in await _running(journal)}


async def held_since(journal: Journal) -> dict[str, int]:
    """Each pair that a running portfolio holds now, with the time its oldest open position was opened."""
    since: dict[str, int] = {}
    for name in await _running(journal):
        for pair, position in fold(await journal.ledger(name)).positions.items():
            since[pair] = min(position.opened_ms, since.get(pair, position.opened_ms))
    return since


async def _running(journal: Journal) -> list[str]:
    return [name for name in await journal.portfolios() if name in (LIVE, PAPER) or name.startswith(f"{PAPER}:")]

"""Market data in memory, as strict as the real store: what `MemoryMarketReader` reads and `MemoryMarketWriter` writes."""

from __future__ import annotations

from dataclasses import dataclass, field
from decimal import Decimal
from typing import Any

from fundarb.domain.instrument import Kind, ListingChange, Pair
from fundarb.domain.market import Coverage, Snapshot
from fundarb.errors import UnknownPair

Rows = dict[Any, Any]


@dataclass(slots=True)
class Contents:
    """Everything a transaction can roll back."""

    pairs: dict[str, Pair] = field(default_factory=dict)
    changes: list[ListingChange] = field(default_factory=list)
    settlements: dict[tuple[str, int], str] = field(default_factory=dict)
    candles: dict[tuple[str, str, int, int], tuple[str | None, ...]] = field(default_factory=dict)
    predicted: dict[tuple[str, int, int], Decimal] = field(default_factory=dict)
    snapshots: dict[tuple[str, int], Snapshot] = field(default_factory=dict)
    coverage: dict[tuple[str, Kind, int], list[Coverage]] = field(default_factory=dict)
    universe: tuple[tuple[str, ...], int | None] = ((), None)
    revision: int = 0


class MemoryMarket:
    """What reader and writer share; a rollback puts back the contents of before."""

    def __init__(self) -> None:
        self.now = Contents()

    def require_pair(self, symbol: str) -> None:
        """Refuse a symbol that no instrument carries."""
        if symbol not in self.now.pairs:
            raise UnknownPair(f"{symbol}: no instrument of that symbol is stored")


def kind_of(row: Snapshot) -> Kind:
    """What a snapshot is filed under."""
    return Kind.OPEN_INTEREST if row.quote_volume is None and row.mark is None else Kind.SNAPSHOT


def seen(change: ListingChange) -> int:
    """When it was seen."""
    return change.seen_ms

"""The feed: one view after another of what is known, in time order; replayed from a panel or polled from a venue."""

from __future__ import annotations

from collections.abc import AsyncIterator
from decimal import Decimal
from typing import NamedTuple, Protocol

from fundarb.accounting.book import Book


class Quote(NamedTuple):
    """A price and when it was made."""

    price: Decimal
    at_ms: int


class Known(NamedTuple):
    """What is known of a pair at a moment: last closes, and its last settlement (None before the first)."""

    perp: Quote | None
    spot: Quote | None
    settled_at_ms: int | None
    rate: Decimal | None
    interval_ms: int


class Marked(NamedTuple):
    """What a position is valued at; `stale` when the prices are older than 24 h."""

    spot: Decimal
    perp: Decimal
    stale: bool


class View(Protocol):
    """The world at `at_ms`. It holds nothing later than `at_ms`."""

    @property
    def at_ms(self) -> int:
        """The moment of the view."""
        ...

    @property
    def last(self) -> bool:
        """True at the end of the range: nothing is decided, positions exit."""
        ...

    def known(self, pair: str) -> Known:
        """What is known of one pair."""
        ...

    def closes(self, pair: str) -> tuple[Decimal | None, Decimal | None]:
        """The last closes known of perp and spot."""
        ...

    def quote_volume(self, pair: str) -> Decimal:
        """The perp's quote volume of the last 24 h."""
        ...

    def tradable(self, pair: str) -> bool:
        """Whether both legs have a price to fill at right now."""
        ...

    def marked(self, pair: str) -> Marked | None:
        """Both legs at prices of one time; None where there never were any."""
        ...

    def spot_marked(self, pair: str) -> Marked | None:
        """The spot leg alone, for what a liquidation left; `perp` is 0."""
        ...

    def dust_worth(self, book: Book) -> Decimal:
        """All dust, each pair's at its spot's last close known."""
        ...


class Feed(Protocol):
    """Yields views with strictly increasing times."""

    def views(self) -> AsyncIterator[View]:
        """One after another until the range, or the process, ends."""
        ...

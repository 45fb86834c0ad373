"""The feed: one view after another of what is known, in time order; replayed from a panel or polled from a venue."""

from __future__ import annotations

from collections.abc import AsyncIterator
from decimal import Decimal
from typing import NamedTuple, Protocol


class Known(NamedTuple):
    """What is known of a pair at a moment: last closes with the time they closed, last settlement, day volume."""

    perp_close: Decimal | None
    perp_closed_at_ms: int | None
    spot_close: Decimal | None
    spot_closed_at_ms: int | None
    settled_at_ms: int | None
    rate: Decimal | None
    interval_ms: int
    quote_volume_24h: float | None


class View(Protocol):
    """The world at `at_ms`: pairs listed, and what is known of each. It holds nothing later than `at_ms`."""

    @property
    def at_ms(self) -> int:
        """The moment of the view."""
        ...

    @property
    def last(self) -> bool:
        """True at the end of the range: nothing is decided, positions exit."""
        ...

    def listed(self) -> tuple[str, ...]:
        """Pairs tradable now, in symbol order."""
        ...

    def known(self, pair: str) -> Known:
        """What is known of one pair."""
        ...


class Feed(Protocol):
    """Yields views with strictly increasing times."""

    def views(self) -> AsyncIterator[View]:
        """One after another until the range, or the process, ends."""
        ...

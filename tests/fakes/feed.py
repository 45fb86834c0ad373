"""A feed that replays a list of views, and views that are written down."""

from __future__ import annotations

from collections.abc import AsyncIterator, Mapping, Sequence
from dataclasses import dataclass, field
from decimal import Decimal

from fundarb.accounting.book import Book
from fundarb.domain.instants import DAY
from fundarb.domain.money import ZERO
from fundarb.ports.feed import Known, Marked, View

UNKNOWN = Known(perp=None, spot=None, settled_at_ms=None, rate=None, interval_ms=0)


@dataclass(frozen=True, slots=True)
class FixedView:
    """Fills `View` with what it was given: facts and volumes by pair, and the pairs that can be filled right now."""

    at_ms: int
    facts: Mapping[str, Known] = field(default_factory=dict)
    volumes: Mapping[str, Decimal] = field(default_factory=dict)
    fillable: frozenset[str] = frozenset()
    last: bool = False

    def known(self, pair: str) -> Known:
        """What was given; nothing of any other pair."""
        return self.facts.get(pair, UNKNOWN)

    def quote_volume(self, pair: str) -> Decimal:
        """The volume given; none of any other pair."""
        return self.volumes.get(pair, ZERO)

    def tradable(self, pair: str) -> bool:
        """Whether the pair is among the fillable."""
        return pair in self.fillable

    def closes(self, pair: str) -> tuple[Decimal | None, Decimal | None]:
        """The prices of `known`."""
        known = self.known(pair)
        return (known.perp.price if known.perp else None, known.spot.price if known.spot else None)

    def marked(self, pair: str) -> Marked | None:
        """Both last closes, where there are both."""
        known = self.known(pair)
        if known.perp is None or known.spot is None:
            return None
        older_ms = min(known.perp.at_ms, known.spot.at_ms)
        return Marked(known.spot.price, known.perp.price, stale=self.at_ms - older_ms > DAY)

    def spot_marked(self, pair: str) -> Marked | None:
        """The last spot close alone."""
        spot = self.known(pair).spot
        return None if spot is None else Marked(spot.price, ZERO, stale=self.at_ms - spot.at_ms > DAY)

    def dust_worth(self, book: Book) -> Decimal:
        """All dust at the last spot closes; dust of a pair without one has no worth to state."""
        worth = ZERO
        for pair, qty in book.dust.items():
            spot = self.known(pair).spot
            if spot is None:
                raise ValueError(f"dust of {pair}, but no spot close of it is known at {self.at_ms}")
            worth += qty * spot.price
        return worth


class ReplayedFeed:
    """Fills the port `Feed`."""

    def __init__(self, views: Sequence[View]) -> None:
        self._views = tuple(views)

    async def views(self) -> AsyncIterator[View]:
        """The list, one after another."""
        for view in self._views:
            yield view

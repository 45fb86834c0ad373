"""The two sides of a comparison, each as one value of one moment."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from functools import cached_property

from fundarb.accounting.book import Book
from fundarb.domain.instrument import Pair
from fundarb.domain.ledger import LedgerLine, LineKind
from fundarb.domain.orders import Order, OrderState
from fundarb.ports.trading import Execution, Flow, VenueOrder, VenuePosition

SETTLED = (OrderState.FILLED, OrderState.REJECTED)


@dataclass(frozen=True, slots=True)
class VenueFacts:
    """What the venue says, all of it read while nothing changed."""

    at_ms: int
    positions: tuple[VenuePosition, ...]
    coins: Mapping[str, Decimal]
    open_orders: tuple[VenueOrder, ...]
    executions: tuple[Execution, ...]
    flows: tuple[Flow, ...]


@dataclass(frozen=True)
class JournalFacts:
    """What the journal says: of orders at least those that the venue speaks of, and those whose end is not known.
    `excluded` are markets and coins that are somebody else's, `spotless` pairs of which no spot market is left."""

    book: Book
    lines: Sequence[LedgerLine]
    orders: Mapping[str, Order]
    executed: Collection[str]
    pairs: Mapping[str, Pair]
    excluded: Collection[str] = ()
    spotless: Collection[str] = ()

    @cached_property
    def begun_ms(self) -> int:
        """When the portfolio began: what was before is none of its business."""
        return self.lines[0].at_ms if self.lines else 0

    @cached_property
    def paid(self) -> frozenset[tuple[str | None, int]]:
        """Settlements booked, by pair and time."""
        return frozenset((line.pair, line.at_ms) for line in self.lines if line.kind is LineKind.FUNDING)

    @cached_property
    def flows(self) -> frozenset[str]:
        """The venue's log lines booked, as their ledger lines name them."""
        return frozenset(line.reason for line in self.lines if line.pair is None and line.reason)

    @cached_property
    def unsettled(self) -> tuple[Order, ...]:
        """Orders of which it is not known what became."""
        return tuple(order for order in self.orders.values() if order.state not in SETTLED)

"""The trading journal: append-only ledger, orders with their states, fills, events, heartbeat; durable when it returns."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Protocol

from fundarb.domain.ledger import LedgerLine
from fundarb.domain.market import Span
from fundarb.domain.orders import Fill, Order, OrderState


@dataclass(frozen=True, slots=True)
class Event:
    """Something that happened, in words a person reads later; `data` is JSON."""

    at_ms: int
    portfolio: str | None
    name: str
    pair: str | None = None
    reason: str | None = None
    data: str | None = None


@dataclass(frozen=True, slots=True)
class Halt:
    """Entries stopped: for these pairs, or for all where there are none."""

    since_ms: int
    reason: str
    pairs: tuple[str, ...] = ()


Change = Callable[[Halt | None], Halt | None]


class Journal(Protocol):
    """What trading writes; a call returns after its commit reached the disk."""

    async def append(self, portfolio: str, lines: Sequence[LedgerLine]) -> None:
        """Add ledger lines in order, all or none."""
        ...

    async def ledger(self, portfolio: str) -> tuple[LedgerLine, ...]:
        """The whole ledger of a portfolio, oldest first."""
        ...

    async def close_portfolio(self, portfolio: str, under: str) -> None:
        """Move a ledger, its orders and fills to another id (`--paper --new`)."""
        ...

    async def portfolios(self) -> tuple[str, ...]:
        """Every portfolio that has a line."""
        ...

    async def put_order(self, portfolio: str, order: Order) -> None:
        """A new intent; a client id that is already there is refused."""
        ...

    async def move_order(
        self, client_id: str, to: OrderState, at_ms: int, venue_id: str | None, words: str | None
    ) -> None:
        """Advance an order along NEXT_STATES; anything else is refused. `words`, how it came to this, stay with the move:
        the order keeps the reason it was sent for, which a fill that is found late is booked with."""
        ...

    async def orders(self, portfolio: str, states: Sequence[OrderState] = ()) -> tuple[Order, ...]:
        """Orders in these states (all where none is named), oldest first."""
        ...

    async def put_fills(self, portfolio: str, fills: Sequence[Fill], lines: Sequence[LedgerLine]) -> int:
        """Fills not seen before with the lines they cause, in one commit; the number that was new."""
        ...

    async def fills(self, portfolio: str) -> tuple[Fill, ...]:
        """Every fill, oldest first."""
        ...

    async def record(self, events: Sequence[Event]) -> None:
        """Add events."""
        ...

    async def events(self, portfolio: str | None, span: Span) -> tuple[Event, ...]:
        """Events in the span, oldest first; of one portfolio, or of all."""
        ...

    async def beat(self, name: str, at_ms: int) -> None:
        """Say that `name` is alive."""
        ...

    async def heartbeat(self, name: str) -> int | None:
        """When `name` last said so."""
        ...

    async def change_halt(self, change: Change) -> Halt | None:
        """Put what `change` makes of the halt that stands (None: entries go through) in its place, nobody else writing in
        between; what stands then. Where it raises nothing changes."""
        ...

    async def halt(self) -> Halt | None:
        """What stops entries now."""
        ...

    async def remember(self, portfolio: str, name: str, value: str) -> None:
        """Keep a fitted parameter or other small state that must survive a restart."""
        ...

    async def recall(self, portfolio: str, name: str) -> str | None:
        """What `remember` kept."""
        ...

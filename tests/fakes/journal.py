"""A journal in memory, as strict as the real one; it forgets everything when the process ends."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field, replace

from fundarb.domain.ledger import LedgerLine
from fundarb.domain.market import Span
from fundarb.domain.orders import NEXT_STATES, Fill, Order, OrderState
from fundarb.errors import JournalConflict
from fundarb.ports.journal import Change, Event, Halt
from tests.fakes.finite import line_numbers, require_finite


@dataclass(slots=True)
class _Folder:
    """What one portfolio wrote."""

    lines: list[LedgerLine] = field(default_factory=list)
    orders: list[str] = field(default_factory=list)
    fills: dict[str, Fill] = field(default_factory=dict)
    events: list[int] = field(default_factory=list)
    remembered: dict[str, str] = field(default_factory=dict)


class MemoryJournal:
    """Fills the port `Journal`; every call is atomic because none of them awaits."""

    def __init__(self) -> None:
        self._folders: dict[str, _Folder] = {}
        self._orders: dict[str, Order] = {}
        self._events: list[Event] = []
        self._beats: dict[str, int] = {}
        self._halt: Halt | None = None
        self.moves: list[tuple[str, OrderState, str | None]] = []

    async def append(self, portfolio: str, lines: Sequence[LedgerLine]) -> None:
        """Add ledger lines in order, all or none."""
        require_finite(*line_numbers(lines))
        self._folder(portfolio).lines.extend(lines)

    async def ledger(self, portfolio: str) -> tuple[LedgerLine, ...]:
        """The whole ledger of a portfolio, in the order it was written."""
        return tuple(self._folders.get(portfolio, _Folder()).lines)

    async def close_portfolio(self, portfolio: str, under: str) -> None:
        """Move all that was written under one id to another, unused one; nothing happens where nothing was."""
        if under in self._folders:
            raise JournalConflict(f"portfolio {portfolio} cannot be closed as {under}: that id is taken")
        if portfolio in self._folders:
            folder = self._folders[under] = self._folders.pop(portfolio)
            for place in folder.events:
                self._events[place] = replace(self._events[place], portfolio=under)

    async def portfolios(self) -> tuple[str, ...]:
        """Every portfolio that has a line, by name."""
        return tuple(sorted(name for name, folder in self._folders.items() if folder.lines))

    async def put_order(self, portfolio: str, order: Order) -> None:
        """Write a new intent; any other state, and a client id that is already there, are refused."""
        if order.state is not OrderState.INTENT:
            raise JournalConflict(f"order {order.client_id} is {order.state}: only an intent can be new")
        require_finite(order.qty, order.limit)
        if known := self._orders.get(order.client_id):
            raise JournalConflict(f"order {order.client_id} is already in the journal, state {known.state}")
        self._orders[order.client_id] = order
        self._folder(portfolio).orders.append(order.client_id)

    async def move_order(
        self, client_id: str, to: OrderState, at_ms: int, venue_id: str | None, words: str | None
    ) -> None:
        """Advance an order along NEXT_STATES; no venue id keeps the one that is there, words stand with the move alone."""
        order = self._orders.get(client_id)
        if order is None:
            raise JournalConflict(f"order {client_id} is not in the journal")
        if to not in (allowed := NEXT_STATES[order.state]):
            raise JournalConflict(f"order {client_id} is {order.state} and cannot become {to}: {sorted(allowed)}")
        self._orders[client_id] = replace(order, state=to, venue_id=order.venue_id if venue_id is None else venue_id)
        self.moves.append((client_id, to, words))

    async def orders(self, portfolio: str, states: Sequence[OrderState] = ()) -> tuple[Order, ...]:
        """Orders in these states (all where none is named), oldest first."""
        mine = (self._orders[client_id] for client_id in self._folders.get(portfolio, _Folder()).orders)
        wanted = [order for order in mine if not states or order.state in states]
        return tuple(sorted(wanted, key=lambda order: order.created_ms))

    async def put_fills(self, portfolio: str, fills: Sequence[Fill], lines: Sequence[LedgerLine]) -> int:
        """Fills not seen before, each with the line beside it; the number that was new."""
        if len(fills) != len(lines):
            raise JournalConflict(f"{len(fills)} fills with {len(lines)} lines")
        require_finite(*line_numbers(lines))
        for fill in fills:
            require_finite(fill.qty, fill.price, fill.fair, fill.fee)
        folder, new = self._folder(portfolio), 0
        for fill, line in zip(fills, lines, strict=True):
            if fill.execution_id not in folder.fills:
                folder.fills[fill.execution_id] = fill
                folder.lines.append(line)
                new += 1
        return new

    async def fills(self, portfolio: str) -> tuple[Fill, ...]:
        """Every fill, oldest first."""
        mine = self._folders.get(portfolio, _Folder()).fills.values()
        return tuple(sorted(mine, key=lambda fill: fill.filled_at_ms))

    async def record(self, events: Sequence[Event]) -> None:
        """Add events."""
        for event in events:
            if event.portfolio is not None:
                self._folder(event.portfolio).events.append(len(self._events))
            self._events.append(event)

    async def events(self, portfolio: str | None, span: Span) -> tuple[Event, ...]:
        """Events in the span, oldest first; of one portfolio, or of all."""
        found = [
            event
            for event in self._events
            if span.start_ms <= event.at_ms < span.end_ms and portfolio in (None, event.portfolio)
        ]
        return tuple(sorted(found, key=lambda event: event.at_ms))

    async def beat(self, name: str, at_ms: int) -> None:
        """Say that `name` is alive."""
        self._beats[name] = at_ms

    async def heartbeat(self, name: str) -> int | None:
        """When `name` last said so."""
        return self._beats.get(name)

    async def change_halt(self, change: Change) -> Halt | None:
        """Put what `change` makes of the halt that stands in its place."""
        self._halt = change(self._halt)
        return self._halt

    async def halt(self) -> Halt | None:
        """What stops entries now."""
        return self._halt

    async def remember(self, portfolio: str, name: str, value: str) -> None:
        """Keep small state, in place of what stood under that name."""
        self._folder(portfolio).remembered[name] = value

    async def recall(self, portfolio: str, name: str) -> str | None:
        """What `remember` kept."""
        return self._folders.get(portfolio, _Folder()).remembered.get(name)

    def _folder(self, portfolio: str) -> _Folder:
        return self._folders.setdefault(portfolio, _Folder())

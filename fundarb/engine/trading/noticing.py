"""What a person should know of positions as they are: legs that do not match, rates that turned. Each is told once."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from decimal import Decimal

from fundarb.accounting.book import Book
from fundarb.accounting.holding import Holding
from fundarb.domain.instants import iso
from fundarb.domain.money import ZERO, canonical
from fundarb.engine.trading.live_view import LiveView
from fundarb.engine.trading.telling import event
from fundarb.ports.journal import Event
from fundarb.risk.delta import allowed_delta, hedged, net_delta


@dataclass(slots=True)
class Noticing:
    """Remembers what was told: an open delta until it changes, a turned rate until its settlement."""

    portfolio: str
    _open: dict[str, Decimal] = field(default_factory=dict)
    _turned: dict[str, int] = field(default_factory=dict)

    def look(self, view: LiveView, book: Book) -> list[Event]:
        """What is new."""
        self._open = {pair: delta for pair, delta in self._open.items() if pair in book.positions}
        self._turned = {pair: at_ms for pair, at_ms in self._turned.items() if pair in book.positions}
        return [found for held in book.in_order() for found in (*self._drift(view, held), *self._flip(view, held))]

    def _drift(self, view: LiveView, held: Holding) -> Iterator[Event]:
        """Legs that differ by more than their lots explain; and that they match again."""
        pair, before = view.pair(held.pair), self._open.get(held.pair, ZERO)
        delta = ZERO
        if not hedged(pair, held.spot, held.qty):
            delta = net_delta(held.spot, held.qty, pair.multiplier)
        if delta == before:
            return
        self._open[held.pair] = delta
        data = {"delta": canonical(delta), "allowed": canonical(allowed_delta(pair))}
        yield event(view.at_ms, self.portfolio, "unhedged" if delta else "hedged", data, held.pair)

    def _flip(self, view: LiveView, held: Holding) -> Iterator[Event]:
        """A short is about to pay where it was paid before: at most once a settlement, since estimates waver."""
        quote = view.quote(held.pair)
        ticker = None if quote is None else quote.ticker
        if ticker is None or ticker.predicted_rate is None or ticker.next_settlement_ms is None or not held.qty:
            return
        settled, due_ms = view.known(held.pair).rate, ticker.next_settlement_ms
        if ticker.predicted_rate >= 0 or settled is None or settled < 0 or self._turned.get(held.pair) == due_ms:
            return
        self._turned[held.pair] = due_ms
        data = {"rate": canonical(ticker.predicted_rate), "before": canonical(settled), "due": iso(due_ms)}
        yield event(view.at_ms, self.portfolio, "flipped", data, held.pair)

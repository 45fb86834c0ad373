"""Margin posted as the guard counts it: once the reference has risen above the entry, an isolated short owes
`qty (M - E) (1 + 1/L)` beside its initial margin, so that it is liquidated where the ledger says.

What lacks is read off the venue's own position, so that a reply that was lost is no second payment."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from decimal import Decimal
from typing import Any, NamedTuple

from fundarb.accounting.book import Book
from fundarb.accounting.holding import Holding
from fundarb.domain.money import ONE, ZERO, canonical, ceil_to, quotient12
from fundarb.errors import VenueError
from fundarb.ports.trading import VenueTrading

CENT = Decimal("0.01")
Tell = Callable[[str, str | None, str | None, Mapping[str, Any]], None]


class _Stand(NamedTuple):
    """What a short owed when it was last looked after."""

    qty: Decimal
    reference: Decimal


class MarginKeeper:
    """Asks the venue only once a guarded short has changed; a refusal is told once and tried again at every look."""

    def __init__(self, venue: VenueTrading, leverage: Decimal, tell: Tell) -> None:
        self._venue, self._leverage, self._tell = venue, leverage, tell
        self._settled: dict[str, _Stand] = {}
        self._refused: set[str] = set()

    async def keep(self, book: Book) -> None:
        """Post what lacks. A question that fails is asked again at the next look."""
        guarded = [held for held in book.in_order() if owed(held, self._leverage) > 0]
        due = [held for held in guarded if self._settled.get(held.pair) != _stand(held)]
        if not due:
            return
        try:
            added = {each.market: each.added for each in await self._venue.positions()}
        except VenueError:
            return
        for held in due:
            if held.pair in added:
                await self._post(held, added[held.pair])

    async def _post(self, held: Holding, added: Decimal) -> None:
        lacking = ceil_to(owed(held, self._leverage) - added, CENT)
        try:
            if lacking > 0:
                await self._venue.add_margin(held.pair, lacking)
                self._tell("margin_added", held.pair, None, {"amount": canonical(lacking)})
        except VenueError as error:
            if held.pair not in self._refused:
                self._tell("refused", held.pair, f"margin of {canonical(lacking)}: {error}", {})
            self._refused.add(held.pair)
            return
        self._settled[held.pair] = _stand(held)
        self._refused.discard(held.pair)


def owed(held: Holding, leverage: Decimal) -> Decimal:
    """What is to be posted beside the initial margin."""
    risen = held.reference - held.entry
    return quotient12(held.qty * risen * (leverage + ONE), leverage) if risen > 0 else ZERO


def _stand(held: Holding) -> _Stand:
    return _Stand(held.qty, held.reference)

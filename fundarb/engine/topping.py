"""Margin posted as the guard counts it: once the reference has risen above the entry, an isolated short owes
`qty (M - E) (1 + 1/L)` beside its initial margin, so that it is liquidated where the ledger says.

What lacks is read off the venue's own position, so that a reply that was lost is no second payment. That a field says what
it is taken for is not believed but seen: what was added must show there, else nothing more is added and a person is told.
Where the venue tells nothing our own record counts; it rather posts too much than lets a position be liquidated early."""

from __future__ import annotations

import json
from collections.abc import Awaitable, Callable, Mapping
from decimal import Decimal
from typing import Any, NamedTuple

from fundarb.accounting.book import Book
from fundarb.accounting.holding import Holding
from fundarb.domain.money import ONE, ZERO, canonical, ceil_to, quotient12
from fundarb.errors import VenueError
from fundarb.ports.trading import VenuePosition, VenueTrading

CENT = Decimal("0.01")
Tell = Callable[[str, str | None, str | None, Mapping[str, Any]], None]
Recall = Callable[[str], Awaitable[str | None]]
Remember = Callable[[str, str], Awaitable[None]]


class _Stand(NamedTuple):
    """What a short owed when it was last looked after."""

    qty: Decimal
    reference: Decimal


class _Expected(NamedTuple):
    """What a position of that size must show after something was added."""

    qty: Decimal
    added: Decimal


class PostedMargin:
    """What was posted beside the initial margin, by our own record of a position; a cut takes its share with it."""

    def __init__(self, recall: Recall, remember: Remember) -> None:
        self._recall, self._remember = recall, remember

    async def of(self, held: Holding) -> Decimal:
        """For what is left of this position."""
        fields = json.loads(await self._recall(_name(held)) or "{}")
        if fields.get("opened_ms") != held.opened_ms:
            return ZERO
        return quotient12(Decimal(fields["posted"]) * held.qty, Decimal(fields["qty"]))

    async def add(self, held: Holding, amount: Decimal) -> None:
        """So much more."""
        posted = canonical(await self.of(held) + amount)
        fields = {"opened_ms": held.opened_ms, "qty": canonical(held.qty), "posted": posted}
        await self._remember(_name(held), json.dumps(fields))


def forgetful() -> PostedMargin:
    """A record for as long as the process lives."""
    kept: dict[str, str] = {}

    async def recall(name: str) -> str | None:
        return kept.get(name)

    async def remember(name: str, value: str) -> None:
        kept[name] = value

    return PostedMargin(recall, remember)


class MarginKeeper:
    """Asks the venue only once a guarded short has changed; a refusal is told once and tried again at every look."""

    def __init__(self, venue: VenueTrading, leverage: Decimal, tell: Tell, record: PostedMargin | None = None) -> None:
        self._venue, self._leverage, self._tell = venue, leverage, tell
        self._record = record or forgetful()
        self._settled: dict[str, _Stand] = {}
        self._expected: dict[str, _Expected] = {}
        self._refused: set[str] = set()
        self._distrusted: dict[str, int] = {}

    async def keep(self, book: Book) -> None:
        """Post what lacks, and look whether it shows. A question that fails is asked again at the next look."""
        for _ in range(2):
            due = [held for held in book.in_order() if self._due(held)]
            shown = await self._shown() if due else None
            if shown is None:
                return
            for held in due:
                if held.pair in shown:
                    await self._look_after(held, shown[held.pair])

    def _due(self, held: Holding) -> bool:
        trusted = self._distrusted.get(held.pair) != held.opened_ms
        return trusted and owed(held, self._leverage) > 0 and self._settled.get(held.pair) != _stand(held)

    async def _shown(self) -> dict[str, VenuePosition] | None:
        try:
            return {each.market: each for each in await self._venue.positions()}
        except VenueError:
            return None

    async def _look_after(self, held: Holding, shown: VenuePosition) -> None:
        if not self._believed(held, shown):
            return
        added = await self._record.of(held) if shown.added is None else shown.added
        lacking = ceil_to(owed(held, self._leverage) - added, CENT)
        if lacking <= 0:
            self._settled[held.pair] = _stand(held)
        elif await self._posted(held, lacking) and shown.added is not None:
            self._expected[held.pair] = _Expected(shown.qty, shown.added + lacking)

    def _believed(self, held: Holding, shown: VenuePosition) -> bool:
        """Whether the position shows what was added to it; one that has changed its size meanwhile cannot tell."""
        expected = self._expected.pop(held.pair, None)
        if expected is None or shown.added is None or expected.qty != shown.qty:
            return True
        if abs(shown.added - expected.added) <= CENT:
            return True
        self._distrusted[held.pair] = held.opened_ms
        where = "" if shown.liquidation is None else f"; it is liquidated at {canonical(shown.liquidation)}"
        words = (
            f"margin was added and the venue shows {canonical(shown.added)} beside the initial margin, not "
            f"{canonical(expected.added)}{where}: nothing more is added; see the position at the venue"
        )
        self._tell("margin_lacking", held.pair, words, {"amount": canonical(expected.added - shown.added)})
        return False

    async def _posted(self, held: Holding, lacking: Decimal) -> bool:
        try:
            await self._venue.add_margin(held.pair, lacking)
        except VenueError as error:
            if held.pair not in self._refused:
                self._tell("margin_lacking", held.pair, str(error), {"amount": canonical(lacking)})
            self._refused.add(held.pair)
            return False
        self._refused.discard(held.pair)
        self._tell("margin_added", held.pair, None, {"amount": canonical(lacking)})
        await self._record.add(held, lacking)
        return True


def owed(held: Holding, leverage: Decimal) -> Decimal:
    """What is to be posted beside the initial margin."""
    risen = held.reference - held.entry
    return quotient12(held.qty * risen * (leverage + ONE), leverage) if risen > 0 else ZERO


def _stand(held: Holding) -> _Stand:
    return _Stand(held.qty, held.reference)


def _name(held: Holding) -> str:
    return f"margin {held.pair}"

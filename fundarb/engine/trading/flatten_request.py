"""What `halt --flatten` asks of a running trader: which pairs to close. Kept in the journal; the trader answers there.

One that nobody answered waits for the next trader, which finds it at its first look; `resume` takes it back."""

from __future__ import annotations

import json
from collections.abc import Collection
from dataclasses import asdict, dataclass, replace

from fundarb.ports.journal import Journal

_NAME = "flatten"


@dataclass(frozen=True, slots=True)
class FlattenRequest:
    """Pairs to close (none named: all), when that was asked, since when a trader is at it, and what it could not close."""

    asked_ms: int
    pairs: tuple[str, ...]
    taken_ms: int | None = None
    left: tuple[str, ...] | None = None

    @property
    def open(self) -> bool:
        """Whether it waits for an answer."""
        return self.left is None

    def meant(self, held: Collection[str]) -> list[str]:
        """Of what is held, what is to be closed; in symbol order."""
        return sorted(pair for pair in held if not self.pairs or pair in self.pairs)

    def beside(self, before: FlattenRequest | None) -> FlattenRequest:
        """With what another asked before and nobody did yet."""
        if before is None or not before.open:
            return self
        both = self.pairs and before.pairs
        return replace(self, pairs=tuple(dict.fromkeys((*before.pairs, *self.pairs))) if both else ())

    def taken(self, at_ms: int) -> FlattenRequest:
        """As a trader that begins leaves it."""
        return replace(self, taken_ms=at_ms)

    def answered(self, left: Collection[str]) -> FlattenRequest:
        """As a trader that is done leaves it."""
        return replace(self, left=tuple(sorted(left)))


async def keep(journal: Journal, portfolio: str, request: FlattenRequest | None) -> None:
    """In place of the one before; None takes it back."""
    await journal.remember(portfolio, _NAME, json.dumps(None if request is None else asdict(request)))


async def answer(journal: Journal, portfolio: str, request: FlattenRequest, left: Collection[str]) -> None:
    """Say what is left of one, unless more was asked meanwhile, or it was taken back."""
    if await kept(journal, portfolio) == request:
        await keep(journal, portfolio, request.answered(left))


async def kept(journal: Journal, portfolio: str) -> FlattenRequest | None:
    """The newest of a portfolio, answered or not."""
    fields = json.loads(await journal.recall(portfolio, _NAME) or "null")
    if fields is None:
        return None
    left = fields["left"]
    return FlattenRequest(
        fields["asked_ms"], tuple(fields["pairs"]), fields["taken_ms"], None if left is None else tuple(left)
    )

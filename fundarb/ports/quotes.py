"""Live prices of an exchange: the best bid and ask of both legs in one look, and the book behind them where one trades."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import NamedTuple, Protocol, runtime_checkable

from fundarb.ports.venue import Ticker

HALF = Decimal("0.5")


class Level(NamedTuple):
    """A price and how much rests on it, both in the market's own units (perp units, base units)."""

    price: Decimal
    qty: Decimal


class Touch(NamedTuple):
    """The best of both sides of one market."""

    bid: Decimal
    ask: Decimal

    @property
    def mid(self) -> Decimal:
        """Half way between."""
        return (self.bid + self.ask) * HALF

    @property
    def spread(self) -> Decimal:
        """From bid to ask."""
        return self.ask - self.bid


@dataclass(frozen=True, slots=True)
class PairQuote:
    """Both legs of a pair now; a leg is None where one of its sides is empty, or nothing trades."""

    ticker: Ticker
    perp: Touch | None
    spot: Touch | None


@dataclass(frozen=True, slots=True)
class Depth:
    """The order book of one market, each side best first."""

    bids: Sequence[Level]
    asks: Sequence[Level]

    @property
    def touch(self) -> Touch | None:
        """The best of both sides; None where one is empty."""
        return Touch(self.bids[0].price, self.asks[0].price) if self.bids and self.asks else None


@runtime_checkable
class VenueQuotes(Protocol):
    """What anybody may ask of an exchange about this very moment; symbols are those of the perp."""

    async def quotes(self, symbols: Collection[str]) -> tuple[PairQuote, ...]:
        """These pairs as far as they trade, in two requests for all of them."""
        ...

    async def depth(self, symbol: str, market: str) -> Depth:
        """The book of the `spot` or `perp` of a pair."""
        ...

"""Live prices in memory, beside a venue in memory: the touches it was given, with more resting on them than is traded."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass, field, replace
from decimal import Decimal

from fundarb.errors import VenueRefused
from fundarb.ports.quotes import Depth, Level, PairQuote, Touch
from tests.fakes.venue import MemoryVenue

RESTING = Decimal(10) ** 12


@dataclass
class MemoryQuotes:
    """Fills the port `VenueQuotes`; `touches` are by pair and market, tickers those of the venue, stamped now."""

    venue: MemoryVenue
    touches: dict[tuple[str, str], Touch] = field(default_factory=dict)

    async def quotes(self, symbols: Collection[str]) -> tuple[PairQuote, ...]:
        """Of these pairs, as far as the venue quotes them."""
        tickers = [replace(one, observed_at_ms=self.venue.now_ms) for one in await self.venue.tickers()]
        return tuple(
            PairQuote(one, self.touches.get((one.symbol, "perp")), self.touches.get((one.symbol, "spot")))
            for one in tickers
            if one.symbol in symbols
        )

    async def depth(self, symbol: str, market: str) -> Depth:
        """One level on each side."""
        if all(one.pair.symbol != symbol for one in self.venue.listed):
            raise VenueRefused(f"the venue lists no {symbol}")
        touch = self.touches.get((symbol, market))
        if touch is None:
            return Depth([], [])
        return Depth([Level(touch.bid, RESTING)], [Level(touch.ask, RESTING)])

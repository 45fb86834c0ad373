"""The venue as one trader asks it: market data and live prices, by a clock that must be right, under a breaker; and with
keys the account, through the same client, so that one pacer counts all requests."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path

from fundarb.adapters.clocks import PacedClock
from fundarb.bootstrap.account import Account, open_account
from fundarb.bootstrap.venue import Stirred, open_clock, open_venue
from fundarb.config.keys import Keys
from fundarb.config.settings import Settings
from fundarb.engine.breaker import CircuitBreaker
from fundarb.engine.checks.skew import Reading, judge_clock
from fundarb.errors import ConfigError, VenueRefused
from fundarb.ports.clock import Clock
from fundarb.ports.quotes import VenueQuotes
from fundarb.ports.venue import VenueData

LEAST_POLL_S = 0.2  # of the wall, however fast the venue's time runs


def nobody() -> None:
    """Nobody listens."""


@dataclass(frozen=True, slots=True)
class TradingVenue:
    """`account` is None on paper."""

    data: VenueData
    quotes: VenueQuotes
    clock: Clock
    breaker: CircuitBreaker
    account: Account | None = None

    @property
    def breakers(self) -> dict[str, CircuitBreaker]:
        """Each by what it guards."""
        if self.account is None:
            return {"market data": self.breaker}
        return {"the account": self.breaker, "orders": self.account.orders}


@asynccontextmanager
async def open_trading_venue(
    settings: Settings, keys: Keys | None, database: Path, stirred: Stirred = nobody
) -> AsyncIterator[TradingVenue]:
    """The venue for the block, once its clock and ours agree; `stirred` hears each request end."""
    async with _opened(settings, keys, database, stirred) as venue:
        await require_synchronous(venue.data, venue.clock, settings.trade.max_skew_ms)
        yield venue


@asynccontextmanager
async def _opened(
    settings: Settings, keys: Keys | None, database: Path, stirred: Stirred
) -> AsyncIterator[TradingVenue]:
    if keys is not None:
        async with open_account(settings, keys, database=database, stirred=stirred) as account:
            yield TradingVenue(account.data, account.data, _paced(account.clock), account.breaker, account)
        return
    async with open_clock(settings) as clock:
        breaker = CircuitBreaker(clock.now_ms)
        async with open_venue(settings, clock, database=database, breaker=breaker, stirred=stirred) as data:
            yield TradingVenue(data, _quotes_of(data, settings), _paced(clock), breaker)


async def require_synchronous(venue: VenueData, clock: Clock, most_ms: int) -> None:
    """Refuse to start where our clock and the venue's are too far apart: what is late or early would be misjudged."""
    before_ms = clock.now_ms()
    theirs_ms = await venue.server_ms()
    found = judge_clock(Reading(before_ms, theirs_ms, clock.now_ms()), most_ms)
    if not found.ok:
        raise VenueRefused(f"{found.detail}; {found.next}")


def _paced(clock: Clock) -> Clock:
    """Where time runs faster than the wall, polls are kept apart."""
    return PacedClock(clock, LEAST_POLL_S) if getattr(clock, "runs", False) else clock


def _quotes_of(venue: VenueData, settings: Settings) -> VenueQuotes:
    """The venue's live prices, where fundarb knows how to ask for them."""
    if not isinstance(venue, VenueQuotes):
        raise ConfigError(f"venue.id: {settings.venue.id} cannot be traded on yet, only bybit can; it can be fetched")
    return venue

"""The venue as one trader asks it: market data and live prices, by a clock that must be right and stay so, under a breaker;
with keys the account, through the same client, so that one pacer counts all requests."""

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
from fundarb.engine.checks.skew import judge_clock
from fundarb.engine.trading.breakers import Tripping
from fundarb.engine.trading.punctuality import NAME as CLOCK
from fundarb.engine.trading.punctuality import Punctuality
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
    punctuality: Punctuality
    account: Account | None = None

    @property
    def breakers(self) -> dict[str, Tripping]:
        """Each by what it guards."""
        if self.account is None:
            return {"market data": self.breaker, CLOCK: self.punctuality}
        return {"the account": self.breaker, "orders": self.account.orders, CLOCK: self.punctuality}


@asynccontextmanager
async def open_trading_venue(
    settings: Settings, keys: Keys | None, database: Path, stirred: Stirred = nobody
) -> AsyncIterator[TradingVenue]:
    """The venue for the block, once its clock and ours agree; `stirred` hears each request end."""
    async with _opened(settings, keys, database, stirred) as venue:
        await _require_synchronous(venue.punctuality)
        yield venue


@asynccontextmanager
async def _opened(
    settings: Settings, keys: Keys | None, database: Path, stirred: Stirred
) -> AsyncIterator[TradingVenue]:
    if keys is not None:
        async with open_account(settings, keys, database=database, stirred=stirred) as account:
            ours = _paced(account.clock)
            punctuality = _punctuality(account.data, ours, settings)
            yield TradingVenue(account.data, account.data, ours, account.breaker, punctuality, account)
        return
    async with open_clock(settings) as told:
        clock = _paced(told)
        breaker = CircuitBreaker(clock.now_ms)
        async with open_venue(settings, told, database=database, breaker=breaker, stirred=stirred) as data:
            punctuality = _punctuality(data, clock, settings)
            yield TradingVenue(data, _quotes_of(data, settings), clock, breaker, punctuality)


def _punctuality(data: VenueData, clock: Clock, settings: Settings) -> Punctuality:
    return Punctuality(clock.now_ms, data.server_ms, settings.trade.max_skew_ms)


async def _require_synchronous(punctuality: Punctuality) -> None:
    """Refuse to start where our clock and the venue's are too far apart: what is late or early would be misjudged."""
    found = judge_clock(await punctuality.asked(), punctuality.most_ms)
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

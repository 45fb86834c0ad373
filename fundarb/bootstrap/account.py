"""The account of the configuration: its venue's market data and trading through one client, and the clocks to go by."""

from __future__ import annotations

from collections.abc import AsyncIterator, Iterable, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

from fundarb.bootstrap.clocks import stopwatch
from fundarb.bootstrap.venue import TIMEOUT_S, Stirred, listings_file, open_clock
from fundarb.config.keys import Keys
from fundarb.config.settings import Settings
from fundarb.config.venue import LOOPBACK
from fundarb.domain.instrument import Pair
from fundarb.engine.breaker import CircuitBreaker
from fundarb.engine.collect.registry import completed
from fundarb.errors import UsageError
from fundarb.ports.clock import Clock
from fundarb.ports.trading import VenueTrading

if TYPE_CHECKING:
    from fundarb.adapters.ccxt.bybit import BybitData


@dataclass(frozen=True, slots=True)
class Account:
    """Both sides of a venue. `clock` is its time, `wall` the one that patience counts. One breaker hears of questions, the
    other of orders: answers that come back well would hide orders that do not. `spotless` are pairs whose
    spot market is gone."""

    data: BybitData
    trading: VenueTrading
    clock: Clock
    wall: Clock
    breaker: CircuitBreaker
    orders: CircuitBreaker
    known: dict[str, Pair] = field(default_factory=dict)
    stored: dict[str, Pair] = field(default_factory=dict)
    spotless: set[str] = field(default_factory=set)

    def remember(self, stored: Iterable[Pair]) -> None:
        """What the store knows of pairs: the venue forgets a spot market that has ended, and its coin may still be held."""
        self.stored.update((pair.symbol, pair) for pair in stored)

    async def listed(self, held: Iterable[str] = ()) -> Mapping[str, Pair]:
        """All pairs the venue ever listed, by symbol, completed by the store, and those `held` that it forgot altogether;
        whoever keeps this, or `spotless`, sees what changes while it trades."""
        told = {one.pair.symbol: one.pair for one in await self.data.listings()}
        before = self.stored | self.known
        self.known.update((symbol, completed(pair, before.get(symbol))) for symbol, pair in told.items())
        self.known.update(
            (symbol, self.stored[symbol]) for symbol in held if symbol in self.stored.keys() - told.keys()
        )
        self.spotless.clear()
        self.spotless.update(
            symbol for symbol, pair in self.known.items() if pair.spot and (symbol not in told or not told[symbol].spot)
        )
        return self.known


@asynccontextmanager
async def open_account(
    settings: Settings,
    keys: Keys,
    *,
    database: Path | None = None,
    timeout_s: float = TIMEOUT_S,
    stirred: Stirred | None = None,
) -> AsyncIterator[Account]:
    """The account that the keys belong to; nothing is asked of it yet. `stirred` hears each request end."""
    async with open_clock(settings) as clock:
        from fundarb.adapters.ccxt.account_opening import KeyPair
        from fundarb.adapters.ccxt.account_opening import open_account as open_at_venue
        from fundarb.adapters.ccxt.opening import Manner, Where
        from fundarb.adapters.ccxt.reads import TRADING
        from fundarb.adapters.ccxt.strict import ignore, nothing

        venue, wall = settings.venue, stopwatch()
        breaker = CircuitBreaker(wall.now_ms)
        manner = Manner(
            timeout_s=timeout_s,
            patience=TRADING,
            cache=None if database is None else listings_file(database, venue.id),
            breaker=breaker,
            heard=getattr(clock, "heard", ignore),
            stirred=stirred or nothing,
        )
        where = Where(venue.id, venue.environment, venue.url)
        async with open_at_venue(where, KeyPair(*keys.reveal()), clock.now_ms, manner) as opened:
            yield Account(opened.data, opened.trading, clock, wall, breaker, CircuitBreaker(wall.now_ms))


def require_rehearsal(settings: Settings) -> None:
    """Refuse an exchange that is not on this machine: a rehearsal moves no money."""
    url = settings.venue.url
    if url is None or urlsplit(url).hostname not in LOOPBACK:
        named = url or f"{settings.venue.id} ({settings.venue.environment})"
        raise UsageError(
            f"--rehearsal: venue.url is {named}, which is not on this machine (allowed: {', '.join(LOOPBACK)}); "
            "start `fundarb sandbox` and give its address with --set venue.url=URL, or leave --rehearsal out"
        )

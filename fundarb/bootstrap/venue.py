"""The venue of the configuration: its market data and the clock to go by. Importing this imports no ccxt; opening does."""

from __future__ import annotations

from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from pathlib import Path
from urllib.parse import urlsplit

from fundarb.bootstrap.clocks import clock as wall_clock
from fundarb.config.settings import Settings
from fundarb.config.venue import LOOPBACK
from fundarb.errors import VenueUnreachable
from fundarb.ports.breaker import Breaker
from fundarb.ports.clock import Clock
from fundarb.ports.venue import VenueData

TIMEOUT_S = 10.0

Stirred = Callable[[], None]


@asynccontextmanager
async def open_clock(settings: Settings) -> AsyncIterator[Clock]:
    """The wall clock; at a loopback address, and only there, the clock that the sandbox announces."""
    url = settings.venue.url
    if url is None or urlsplit(url).hostname not in LOOPBACK:
        yield wall_clock()
        return
    from fundarb.adapters.announced_clock import open_sandbox_clock

    async with open_sandbox_clock(url, wall_clock()) as announced:
        yield announced


async def clock_ms(settings: Settings, note: Callable[[str], None]) -> int:
    """The time by the clock of the configuration, for a command that asks a venue nothing else; where no sandbox answers,
    this machine's, which is said."""
    try:
        async with open_clock(settings) as clock:
            return clock.now_ms()
    except VenueUnreachable as error:
        note(f"{error}; until then the clock of this machine counts")
        return wall_clock().now_ms()


@asynccontextmanager
async def open_venue(
    settings: Settings,
    clock: Clock,
    *,
    database: Path | None = None,
    breaker: Breaker | None = None,
    timeout_s: float = TIMEOUT_S,
    stirred: Stirred | None = None,
) -> AsyncIterator[VenueData]:
    """Market data of the configured venue; listings are kept beside `database` for the rest of the day. Who wants to hear
    each request end trades, and has no patience with a ban."""
    from fundarb.adapters.ccxt.opening import Manner, Where, open_venue_data
    from fundarb.adapters.ccxt.reads import TRADING, Patience
    from fundarb.adapters.ccxt.strict import ignore, nothing

    venue = settings.venue
    manner = Manner(
        timeout_s=timeout_s,
        patience=Patience() if stirred is None else TRADING,
        cache=None if database is None else listings_file(database, venue.id),
        breaker=breaker,
        heard=getattr(clock, "heard", ignore),
        stirred=stirred or nothing,
    )
    async with open_venue_data(Where(venue.id, venue.environment, venue.url), clock.now_ms, manner) as data:
        yield data


def listings_file(database: Path, venue_id: str) -> Path:
    """Where a venue's listings of the day are kept."""
    return database.with_name(f"{database.name}.{venue_id}-markets.json")

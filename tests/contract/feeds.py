"""Every Feed, with the pairs it tells of; a new one joins by one line."""

from __future__ import annotations

from collections.abc import AsyncIterator, Callable
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from dataclasses import dataclass
from decimal import Decimal
from pathlib import Path
from tempfile import TemporaryDirectory

from fundarb.domain.instants import HOUR
from fundarb.engine.replay import ReplayFeed
from fundarb.ports.feed import Feed, Known, Quote
from tests.contract.executors import PEPE
from tests.contract.replays import panel_of, replay
from tests.contract.trading_samples import BTC, ETH
from tests.engine.trading.looking import BTC as LIVE_BTC
from tests.engine.trading.looking import ETH as LIVE_ETH
from tests.engine.trading.looking import looking
from tests.fakes.feed import UNKNOWN, FixedView, ReplayedFeed


@dataclass(frozen=True, slots=True)
class Channel:
    """A feed of at least three views that comes to know closes of both legs and a settlement of some of `pairs`."""

    feed: Feed
    pairs: tuple[str, ...]


def known_at(at_ms: int) -> Known:
    """All that can be known of a pair just now."""
    return Known(Quote(Decimal("43000.5"), at_ms), Quote(Decimal(43000), at_ms), at_ms, Decimal("0.0001"), 8 * HOUR)


@asynccontextmanager
async def replayed() -> AsyncIterator[Channel]:
    """The fake: three views, of which the first knows nothing."""
    facts = [{BTC: UNKNOWN}, {BTC: known_at(2 * HOUR)}, {BTC: known_at(2 * HOUR)}]
    views = [FixedView((place + 1) * HOUR, known, last=place == 2) for place, known in enumerate(facts)]
    yield Channel(ReplayedFeed(views), (BTC, ETH))


@asynccontextmanager
async def replay_of_a_panel() -> AsyncIterator[Channel]:
    """The real one of backtests."""
    market, timeline = replay(panel_of(PEPE))
    yield Channel(ReplayFeed(market, timeline), (PEPE.symbol,))


@asynccontextmanager
async def live() -> AsyncIterator[Channel]:
    """The real one of trading, over a venue in memory and a store of its own."""
    with TemporaryDirectory() as folder:
        async with looking(Path(folder) / "m.db") as here:
            yield Channel(here.feed, (LIVE_BTC, LIVE_ETH))


FEEDS: dict[str, Callable[[], AbstractAsyncContextManager[Channel]]] = {
    "replayed": replayed,
    "replay of a panel": replay_of_a_panel,
    "live": live,
}

"""A live portfolio wired together: journal and ledger, the account, and what places, books, compares and heals."""

from __future__ import annotations

from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager, nullcontext
from dataclasses import dataclass
from pathlib import Path

from fundarb.adapters.sqlite.connection import Mode, open_store
from fundarb.adapters.sqlite.files import stands
from fundarb.adapters.sqlite.journal import SqliteJournal
from fundarb.adapters.sqlite.locks import hold
from fundarb.adapters.sqlite.market_reader import SqliteMarketReader
from fundarb.bootstrap.account import Account, open_account
from fundarb.config import Resolved
from fundarb.config.keys import Keys
from fundarb.config.settings import Settings
from fundarb.domain.instants import LATEST
from fundarb.domain.instrument import Pair
from fundarb.engine.healing import Healer
from fundarb.engine.journal_ledger import JournalLedger, open_ledger
from fundarb.engine.orders.desk import OrderDesk
from fundarb.engine.orders.hedging import Hedger, Slippage
from fundarb.engine.reconcile.excluding import excluded
from fundarb.errors import ConfigError
from fundarb.ports.journal import Journal
from fundarb.reporting.held import LIVE
from fundarb.research.rules import costs_by_pair


@dataclass(frozen=True, slots=True)
class Live:
    """The live portfolio and everything that may touch it. `pairs` are all the venue ever listed, by symbol."""

    settings: Settings
    account: Account
    journal: Journal
    ledger: JournalLedger
    pairs: Mapping[str, Pair]
    desk: OrderDesk
    hedger: Hedger
    healer: Healer


@asynccontextmanager
async def open_live(database: Path, resolved: Resolved, keys: Keys, access: Mode) -> AsyncIterator[Live]:
    """The live portfolio: `read` beside a running trader, changing nothing; else alone, `write` making a database too."""
    if access == "write":
        stands(database)
    else:
        async with open_store(database, "read"):
            pass  # a missing or foreign file is refused before a lock file is left beside it
    with nullcontext() if access == "read" else hold(database, ("trade",)):
        async with (
            open_store(database, access, durable=True) as connection,
            open_account(resolved.settings, keys, database=database) as account,
        ):
            account.remember(await SqliteMarketReader(connection).pairs(LATEST))
            pairs = [one.pair for one in await account.data.listings()]
            yield await wire_live(SqliteJournal(connection), account, resolved.canonical(pairs))


async def wire_live(journal: Journal, account: Account, settings: Settings) -> Live:
    """Everything over one journal and one account."""
    require_isolated(settings)
    ledger = await open_ledger(journal, LIVE)
    pairs = await account.listed(ledger.book.positions)
    venue, clock, wall, breaker = account.trading, account.clock, account.wall, account.orders
    desk = OrderDesk(journal, venue, clock, wall, LIVE, pairs, breaker)
    costs = costs_by_pair(settings.costs)
    hedger = Hedger(journal, account.data, desk, clock, wall, LIVE, pairs, costs, Slippage())
    others = await excluded(journal, LIVE)
    healer = Healer(
        journal, venue, desk, hedger, clock, LIVE, pairs, excluded=others, spotless=account.spotless, breaker=breaker
    )
    return Live(settings, account, journal, ledger, pairs, desk, hedger, healer)


def require_isolated(settings: Settings) -> None:
    """What an order is margined by at the venue is what the ledger reckons with."""
    if settings.margin.mode != "isolated":
        raise ConfigError(
            f"margin.mode: {settings.margin.mode} is for backtests and paper; live trading margins each position by "
            "itself: set margin.mode to isolated"
        )


async def sparing(settings: Settings, journal: Journal) -> Settings:
    """Without the pairs that `reconcile --exclude` left to their owner: what is not compared is not entered."""
    theirs = {name for name in await excluded(journal, LIVE) if ":" in name} - set(settings.universe.exclude)
    universe = settings.universe.model_copy(update={"exclude": (*settings.universe.exclude, *sorted(theirs))})
    return settings.model_copy(update={"universe": universe})

"""`recover`: a live ledger out of the venue's history, where the database was lost. Shown first, done with `apply`."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

from fundarb.adapters.sqlite.connection import open_store
from fundarb.adapters.sqlite.files import stands
from fundarb.adapters.sqlite.journal import SqliteJournal
from fundarb.adapters.sqlite.market_reader import SqliteMarketReader
from fundarb.adapters.sqlite.market_writer import SqliteMarketWriter
from fundarb.bootstrap.account import Account, open_account
from fundarb.bootstrap.live import Live, open_live
from fundarb.bootstrap.reconciling import Note, Reconciled, Wish, heal
from fundarb.config import Resolved
from fundarb.config.keys import Keys
from fundarb.domain.instants import LATEST, iso
from fundarb.domain.market import Span
from fundarb.domain.money import canonical
from fundarb.domain.naming import resolve_pairs
from fundarb.domain.orders import Order
from fundarb.domain.when import parse_when
from fundarb.engine.journal_ledger import open_ledger
from fundarb.engine.orders.booking import QUOTE_COIN
from fundarb.engine.reconcile.plan import Act, Difference, Kind, Reconciliation, Step
from fundarb.engine.reconcile.telling import healed_event
from fundarb.engine.recovering import Beginning, beginning, first_activity, recover, require_lost
from fundarb.ports.market import OnConflict
from fundarb.reporting.held import LIVE

LOST = (
    "gone with the database, since no venue knows them: halts, exclusions, the stored universe, and from where losses are "
    "counted; see to them before `fundarb trade`"
)


async def plan_recovery(database: Path, resolved: Resolved, keys: Keys, since: str | None) -> Reconciled:
    """What would be written; nothing is, not even a database."""
    if stands(database):
        async with open_store(database, "read") as connection:
            await require_lost(SqliteJournal(connection), LIVE)
    async with open_account(resolved.settings, keys, database=database) as account:
        span = Span(await _since_ms(account, since), account.clock.now_ms() + 1)
        pairs = {one.pair.symbol: one.pair for one in await account.data.listings()}
        found = await beginning(account.trading, pairs, span, with_first=since is None)
        return Reconciled(Reconciliation((_lost(found),), tuple(_steps(found))))


async def recover_live(
    database: Path, resolved: Resolved, keys: Keys, wish: Wish, since: str | None, note: Note
) -> Reconciled:
    """Write the beginning, then book everything since, as after any crash; the database is made where it is not there."""
    async with open_live(database, resolved, keys, "write") as live:
        now_ms = live.account.clock.now_ms()
        adopt = resolve_pairs(wish.adopt, list(live.pairs.values()))
        await require_lost(live.journal, LIVE)
        since_ms = await _since_ms(live.account, since)
        venue, pairs = live.account.trading, live.pairs
        found = await recover(live.journal, venue, LIVE, pairs, since_ms, now_ms, with_first=since is None)
        steps = _steps(found)
        await live.journal.record([healed_event(now_ms, LIVE, steps[0])])
        live = replace(live, ledger=await open_ledger(live.journal, LIVE))
        booked = await heal(live, adopt, wish.reason, note)
        await _know_pairs(database, live)
        note(LOST)
        return Reconciled(booked.left, (*steps, *booked.applied))


async def _know_pairs(database: Path, live: Live) -> None:
    """The pairs of the ledger go into the store, so that reports can be made before anything is fetched."""
    traded = {line.pair for line in live.ledger.lines if line.pair}
    now_ms = live.account.clock.now_ms
    async with open_store(database, "append") as market:
        stored = {pair.symbol for pair in await SqliteMarketReader(market).pairs(LATEST)}
        new = [live.pairs[symbol] for symbol in sorted(traded - stored) if symbol in live.pairs]
        writer = SqliteMarketWriter(market, now_ms)
        async with writer.transaction():
            await writer.put_pairs(new, now_ms(), OnConflict.KEEP)


async def _since_ms(account: Account, since: str | None) -> int:
    """Where the history begins: as said, else where the account's does."""
    now_ms = account.clock.now_ms()
    return await first_activity(account.trading, now_ms) if since is None else parse_when(since, now_ms)


def _lost(found: Beginning) -> Difference:
    return Difference(Kind.LEDGER, LIVE, f"{len(found.orders)} orders since {iso(found.opening.at_ms)}", "none")


def _steps(found: Beginning) -> Sequence[Step]:
    """The opening, and each order that was filled."""
    opening = f"open with a deposit of {canonical(found.opening.cash)} at {iso(found.opening.at_ms)}"
    return [
        Step(Act.BOOK, QUOTE_COIN, opening, by_itself=False, lines=(found.opening,)),
        *(Step(Act.BOOK, order.symbol, _words(order), by_itself=False, order=order) for order in found.orders),
    ]


def _words(order: Order) -> str:
    size = f"{order.side} {canonical(order.qty)} {order.leg}"
    return f"write down order {order.client_id}: {size} of {order.symbol}, {iso(order.created_ms)}"

"""`reconcile`: what differs between the journal and the venue and what heals it; done only when asked to, under the lock.

A paper portfolio has no venue: it is checked against itself and against what the store knows."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from contextlib import nullcontext
from dataclasses import dataclass, replace
from pathlib import Path

from fundarb.accounting.book import Book
from fundarb.accounting.holding import LedgerBroken
from fundarb.adapters.sqlite.connection import open_store
from fundarb.adapters.sqlite.journal import SqliteJournal
from fundarb.adapters.sqlite.locks import hold
from fundarb.adapters.sqlite.market_reader import SqliteMarketReader
from fundarb.adapters.sqlite.panel_load import load_panel
from fundarb.bootstrap.clocks import clock
from fundarb.bootstrap.live import Live, open_live
from fundarb.config import Resolved
from fundarb.config.keys import Keys
from fundarb.domain.instants import LATEST
from fundarb.domain.naming import resolve_pairs
from fundarb.engine.healing import Healed
from fundarb.engine.market import Market
from fundarb.engine.reconcile.excluding import exclude, excluded, markets_and_coin, meant, readmit
from fundarb.engine.reconcile.owing import owed
from fundarb.engine.reconcile.paper import PaperFacts, reconcile_paper
from fundarb.engine.reconcile.plan import Act, Reconciliation, Step
from fundarb.engine.reconcile.stranded import stranded
from fundarb.engine.reconcile.telling import healed_event
from fundarb.engine.trading.finishing import finished
from fundarb.errors import DataError
from fundarb.ports.journal import Journal
from fundarb.ports.market import MarketReader
from fundarb.reporting.held import LIVE, PAPER

Note = Callable[[str], None]


@dataclass(frozen=True, slots=True)
class Wish:
    """What a person decided: pairs to take over, names to leave alone, whether to do it, and the words of adjustments."""

    adopt: Sequence[str] = ()
    exclude: Sequence[str] = ()
    apply: bool = False
    reason: str = "reconciled"


@dataclass(frozen=True, slots=True)
class Reconciled:
    """What differs (still, where something was done), the plan for that, and what was done."""

    left: Reconciliation
    applied: tuple[Step, ...] = ()


async def default_portfolio(database: Path) -> str:
    """Live where there is such a ledger, else paper."""
    async with open_store(database, "read") as connection:
        return LIVE if LIVE in await SqliteJournal(connection).portfolios() else PAPER


def running_on_paper(name: str) -> bool:
    """Whether a portfolio is the one on paper, or a side of it; one put aside is neither."""
    return name == PAPER or name.startswith(f"{PAPER}:")


async def reconcile_live(database: Path, resolved: Resolved, keys: Keys, wish: Wish, note: Note) -> Reconciled:
    """Journal against venue."""
    async with open_live(database, resolved, keys, "append" if wish.apply else "read") as live:
        if not live.ledger.lines:
            raise DataError(
                "no live portfolio has a line yet; `fundarb trade --live` begins one, and `fundarb recover` rebuilds one "
                "that was lost from the venue's history"
            )
        adopt = resolve_pairs(wish.adopt, list(live.pairs.values()))
        await _leave_out(live, wish, adopt)
        if not wish.apply:
            return Reconciled(await live.healer.compare(live.ledger))
        return await heal(live, adopt, wish.reason, note)


async def heal(live: Live, adopt: Sequence[str], reason: str, note: Note) -> Reconciled:
    """Do the plan as far as policy and a person allow; what is begun is finished and told, whoever wants to stop."""
    healed = await finished(_healed(live, adopt, reason))
    taken_over = {step.subject for step in healed.applied if step.act is Act.ADOPT}
    for pair in adopt:
        if pair not in taken_over:
            note(f"--adopt {pair}: nothing of it was there to take over")
    return Reconciled(healed.left, healed.applied)


async def _healed(live: Live, adopt: Sequence[str], reason: str) -> Healed:
    healed = await live.healer.heal(live.ledger, adopt, adjust=reason)
    now_ms = live.account.clock.now_ms()
    await live.journal.record([healed_event(now_ms, LIVE, step) for step in healed.applied])
    return healed


async def reconcile_on_paper(database: Path, wish: Wish) -> Reconciled:
    """Every running paper portfolio against itself."""
    with hold(database, ("trade",)) if wish.apply else nullcontext():
        async with open_store(database, "append" if wish.apply else "read", durable=wish.apply) as connection:
            journal, reader = SqliteJournal(connection), SqliteMarketReader(connection)
            names = [name for name in await journal.portfolios() if running_on_paper(name)]
            if not names:
                raise DataError("no paper portfolio has a line yet; `fundarb trade --paper` begins one")
            return _together([await _healed_on_paper(journal, reader, name, wish) for name in names])


async def _healed_on_paper(journal: Journal, reader: MarketReader, name: str, wish: Wish) -> Reconciled:
    """Book what the plan books, and look again."""
    found = reconcile_paper(await _facts(journal, reader, name))
    if not wish.apply or not found.plan:
        return Reconciled(found)
    await journal.append(name, [line for step in found.plan for line in step.lines])
    await journal.record([healed_event(clock().now_ms(), name, step) for step in found.plan])
    return Reconciled(reconcile_paper(await _facts(journal, reader, name)), found.plan)


async def _facts(journal: Journal, reader: MarketReader, name: str) -> PaperFacts:
    """A ledger that does not fold owes nothing that could be booked."""
    lines, book = await journal.ledger(name), Book()
    stored = {pair.symbol for pair in await reader.pairs(LATEST)}
    panel = await load_panel(reader, sorted({line.pair for line in lines if line.pair} & stored), LATEST)
    pairs = {pair.symbol: pair for pair in panel.pairs}
    facts = PaperFacts(name, lines, await journal.orders(name), pairs)
    try:
        book.apply_all(lines)
    except LedgerBroken:
        return facts
    return replace(facts, owed=owed(lines, book, Market(panel, spot_from_perp=False)))


def _together(found: Sequence[Reconciled]) -> Reconciled:
    differences = tuple(one for part in found for one in part.left.differences)
    plan = tuple(step for part in found for step in part.left.plan)
    return Reconciled(Reconciliation(differences, plan), tuple(step for part in found for step in part.applied))


async def _leave_out(live: Live, wish: Wish, adopt: Sequence[str]) -> None:
    """What was excluded before, with what is now, without what is now adopted; kept only where it is to be done."""
    if not wish.exclude and not adopt:
        return
    before = await live.healer.compare(live.ledger)
    differing = {one.subject for one in before.differences} | {step.subject for step in before.plan}
    held = live.ledger.book.positions.keys() - stranded(live.ledger.book, live.account.spotless)
    more = meant(wish.exclude, live.pairs, differing, held)
    back = {name for pair in adopt for name in markets_and_coin(live.pairs[pair])}
    live.healer.excluded = (await excluded(live.journal, LIVE) | more) - back
    if wish.apply:
        await exclude(live.journal, LIVE, more)
        await readmit(live.journal, LIVE, back)

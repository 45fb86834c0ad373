"""`halt --flatten`: entries are halted first, then whoever may act closes: the running trader, or this command under the
lock where none runs, or where the one that runs does not answer and was ended.

What makes double orders impossible: one process at a time holds the lock, and whoever takes it settles first what the one
before had sent."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from fundarb.adapters.sqlite.connection import open_store
from fundarb.adapters.sqlite.journal import SqliteJournal
from fundarb.adapters.sqlite.locks import holder
from fundarb.bootstrap.clocks import clock
from fundarb.bootstrap.halting import Halted, halt, halted, open_journal
from fundarb.bootstrap.live import Live, open_live
from fundarb.bootstrap.taking_over import end_trader, wait_for_trader
from fundarb.bootstrap.trading import HEARTBEAT, Asked, open_trader
from fundarb.config import Resolved
from fundarb.config.keys import Keys
from fundarb.domain.decision import ExitReason
from fundarb.domain.instants import DAY, LATEST
from fundarb.domain.market import Span
from fundarb.engine.flattening import FLATTENING, flatten
from fundarb.engine.orders.desk import UNSETTLED
from fundarb.engine.reconcile.plan import Reconciliation
from fundarb.engine.trading.finishing import finished
from fundarb.engine.trading.flatten_request import FlattenRequest, answer, keep, kept
from fundarb.engine.trading.remembering import remembered
from fundarb.engine.trading.telling import event, story
from fundarb.errors import DatabaseBusy, LockHeld
from fundarb.ports.journal import Event, Journal
from fundarb.reporting.held import LIVE, PAPER, held_by
from fundarb.strategy.params import MODES, Mode

Note = Callable[[str], None]
_TRADERS = 3  # ended one after another, before it is left to a person


@dataclass(frozen=True, slots=True)
class Means:
    """What closing takes: the database, the configuration, keys where there are any, and who is told of each step."""

    database: Path
    resolved: Resolved
    keys: Callable[[], Keys]
    note: Note


@dataclass(frozen=True, slots=True)
class Flattened:
    """What stands halted, and in words what is still open or differs."""

    halted: Halted
    left: tuple[str, ...]


async def halt_and_flatten(means: Means, names: Sequence[str], reason: str) -> Flattened:
    """Halt, ask, and close what nobody else closes."""
    pairs = (await _halted(means, names, reason)).asked
    async with open_journal(means.database) as (journal, _):
        request, told = FlattenRequest(clock().now_ms(), pairs), len(await _steps(journal))
        asked = await _ask(journal, request)
        differing = await _answered(means, journal, asked)
        for step in (await _steps(journal))[told:]:
            means.note(f"{step.portfolio}: closing {step.pair}: {step.data}")
        held = await held_by(journal)
        left = [f"{name}: {pair} is still open" for name in asked for pair in request.meant(held[name])]
        return Flattened(await halted(journal, pairs), (*left, *differing))


async def _halted(means: Means, names: Sequence[str], reason: str) -> Halted:
    """Entries stopped. A trader that hangs in the middle of a write lets nobody write before it is ended."""
    try:
        return await halt(means.database, names, reason)
    except DatabaseBusy:
        if holder(means.database, "trade") is None:
            raise
        await end_trader(means.database, means.note)
        return await halt(means.database, names, reason)


async def _answered(means: Means, journal: Journal, asked: list[str]) -> tuple[str, ...]:
    """By the trader, else by this command; what then still differs. In place of one that was ended a supervisor may have
    started another, which is asked like the first."""
    for _ in range(_TRADERS):
        await wait_for_trader(means.database, lambda: _progress(journal, asked), means.resolved.settings.trade.poll)
        waiting = await _waiting(journal, asked)
        silent = LIVE in waiting or (bool(waiting) and waiting == asked)
        if silent:
            await end_trader(means.database, means.note)
        if waiting and holder(means.database, "trade") is None:
            with suppress(LockHeld):
                return await _close(means, waiting)
        elif not silent:
            break
    return ()


async def _ask(journal: Journal, request: FlattenRequest) -> list[str]:
    """Leave the request with every portfolio it concerns. Whatever was sent is in the journal, so it knows whom."""
    concerned = [
        name
        for name, held in (await held_by(journal)).items()
        if request.meant({*held, *(order.symbol for order in await journal.orders(name, UNSETTLED))})
    ]
    for name in concerned:
        await keep(journal, name, request.beside(await kept(journal, name)))
    return concerned


async def _steps(journal: Journal) -> list[Event]:
    """What was told lately of widening bounds."""
    since_ms = (await journal.heartbeat(HEARTBEAT) or 0) - DAY
    return [one for one in await journal.events(None, Span(max(since_ms, 0), LATEST)) if one.name == FLATTENING]


async def _progress(journal: Journal, asked: Sequence[str]) -> object | None:
    """Whatever changes while a trader is at it; None once all is answered."""
    found = [await kept(journal, name) for name in asked]
    return found if any(one is not None and one.open for one in found) else None


async def _waiting(journal: Journal, asked: Sequence[str]) -> list[str]:
    found = {name: await kept(journal, name) for name in asked}
    return [name for name, one in found.items() if one is not None and one.open]


async def _close(means: Means, waiting: Sequence[str]) -> tuple[str, ...]:
    """Under the lock, real money first; what then still differs from the venue."""
    differing = await _close_live(means) if LIVE in waiting else ()
    sides = [name for name in waiting if name.startswith(f"{PAPER}:")]
    if PAPER in waiting:
        await _close_paper(means, Asked((await _mode_of(means, PAPER),)))
    if sides:
        await _close_paper(means, Asked(tuple([await _mode_of(means, name) for name in sides]), beside=True))
    return differing


async def _close_live(means: Means) -> tuple[str, ...]:
    """What an earlier process had sent is settled first, then everything meant is closed; what is begun is finished."""
    async with open_live(means.database, means.resolved, means.keys(), "append") as live:
        request = await kept(live.journal, LIVE)
        if request is None or not request.open:
            return ()  # taken back meanwhile
        left = await finished(_flattened(live, request))
        return tuple(
            f"{LIVE}: {one.subject}: {one.kind}, {one.venue} against {one.journal}" for one in left.differences
        )


async def _flattened(live: Live, request: FlattenRequest) -> Reconciliation:
    now_ms, told = live.account.clock.now_ms, list[Event]()

    def tell(name: str, pair: str | None, reason: str | None, data: Mapping[str, Any]) -> None:
        told.append(replace(event(now_ms(), LIVE, name, data, pair), reason=reason))

    live.ledger.posted = lambda lines: told.extend(story(LIVE, lines, live.ledger.book, lambda line: {}))
    try:
        await live.healer.heal(live.ledger)
        for pair in request.meant(live.ledger.book.positions):
            await flatten(live.hedger, pair, str(ExitReason.FLATTENED), live.ledger, tell)
        healed = await live.healer.heal(live.ledger)
        await answer(live.journal, LIVE, request, request.meant(live.ledger.book.positions))
    finally:
        await live.journal.record(told)
    return healed.left


async def _close_paper(means: Means, asked: Asked) -> None:
    """A trader that takes one look, decides nothing and closes."""
    async with open_trader(means.database, means.resolved, asked, lambda told: None, means.note) as trading:
        await trading.trader.flatten()


async def _mode_of(means: Means, name: str) -> Mode:
    """What a portfolio was last traded by; it matters no more."""
    async with open_store(means.database, "read") as connection:
        past = remembered(await SqliteJournal(connection).events(name, Span(0, LATEST)))
    named = name.partition(":")[2] or past.mode
    return next((mode for mode in MODES if mode == named), means.resolved.settings.strategy.mode)

"""Whether anything differs that is not settled, in a word each: what `resume` asks before it lets entries through."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from pathlib import Path

from fundarb.bootstrap.clocks import stopwatch
from fundarb.bootstrap.live import open_live
from fundarb.bootstrap.reconciling import Wish, reconcile_on_paper, running_on_paper
from fundarb.config import Resolved
from fundarb.config.keys import Keys
from fundarb.domain.instants import LATEST
from fundarb.domain.market import Span
from fundarb.engine.orders.desk import UNSETTLED
from fundarb.engine.reconcile.plan import Difference, Kind
from fundarb.ports.journal import Journal
from fundarb.reporting.held import LIVE

_TRIES, _APART_S = 2, 1.0  # a running trader may be in the midst of something


async def differing(
    database: Path, journal: Journal, resolved: Resolved, keys: Callable[[], Keys | None]
) -> tuple[str, ...]:
    """Of live the venue is asked; without keys what the trader last said of it. Of paper only what no look would heal."""
    names = await journal.portfolios()
    found: list[str] = []
    if LIVE in names:
        given = keys()
        found += await _last_said(journal) if given is None else await _asked(database, resolved, given)
    if any(running_on_paper(name) for name in names):
        paper = (await reconcile_on_paper(database, Wish())).left
        found += _words(one for one in paper.differences if one.kind is not Kind.UNBOOKED_FUNDING)
    return tuple(found)


async def _asked(database: Path, resolved: Resolved, keys: Keys) -> list[str]:
    """What still differs after a while."""
    async with open_live(database, resolved, keys, "read") as live:
        found = await live.healer.compare(live.ledger)
        for _ in range(_TRIES):
            if found.agreed:
                break
            await stopwatch().sleep(_APART_S)
            found = await live.healer.compare(live.ledger)
        return _words(found.differences)


async def _last_said(journal: Journal) -> list[str]:
    """Orders without an end, and the differences that were last told of."""
    unsettled = [f"order {one.client_id} is {one.state}" for one in await journal.orders(LIVE, UNSETTLED)]
    told = [one for one in await journal.events(LIVE, Span(0, LATEST)) if one.name in ("differs", "agreed")]
    return unsettled + (
        ["venue and journal differed when last compared"] if told and told[-1].name == "differs" else []
    )


def _words(differences: Iterable[Difference]) -> list[str]:
    return [f"{one.subject}: {one.kind}, {one.venue} against {one.journal}" for one in differences]

"""`--paper --new`: ledgers that are closed under ids of their own, which `report` can still show."""

from __future__ import annotations

from collections.abc import Sequence

from fundarb.domain.instants import iso
from fundarb.engine.trading.telling import event
from fundarb.engine.trading.trader import Chronicle


async def put_aside(chronicle: Chronicle, names: Sequence[str], now_ms: int) -> None:
    """Put ledgers aside; one that has no line is not there to be closed."""
    journal = chronicle.journal
    known = set(await journal.portfolios())
    for name in names:
        if name in known:
            under = _unused(f"{name.replace(':', '.')}.{iso(now_ms).replace(':', '')}", known)
            await journal.close_portfolio(name, under)
            known.add(under)
            await chronicle.tell([event(now_ms, under, "put_aside", {"was": name})])


def _unused(name: str, known: set[str]) -> str:
    """The name, numbered where it is taken."""
    numbered = (name if number == 1 else f"{name}.{number}" for number in range(1, len(known) + 2))
    return next(one for one in numbered if one not in known)

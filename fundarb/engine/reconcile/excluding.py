"""What a person said is somebody else's: markets and coins of the account that comparisons leave out from then on."""

from __future__ import annotations

import json
from collections.abc import Iterable

from fundarb.ports.journal import Journal

_NAME = "excluded"


async def excluded(journal: Journal, portfolio: str) -> frozenset[str]:
    """All that was excluded so far."""
    return frozenset(json.loads(await journal.recall(portfolio, _NAME) or "[]"))


async def exclude(journal: Journal, portfolio: str, names: Iterable[str]) -> frozenset[str]:
    """Leave these out from now on, too; all that is left out then."""
    found = await excluded(journal, portfolio) | set(names)
    await journal.remember(portfolio, _NAME, json.dumps(sorted(found)))
    return found

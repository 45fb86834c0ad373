"""What a person said is somebody else's: markets and coins of the account that comparisons leave out from then on."""

from __future__ import annotations

import json
from collections.abc import Collection, Iterable, Mapping

from fundarb.domain.instrument import Pair
from fundarb.domain.naming import resolve_pair
from fundarb.engine.orders.booking import base_coin
from fundarb.errors import UnknownPair, UsageError
from fundarb.ports.journal import Journal

_NAME = "excluded"


async def excluded(journal: Journal, portfolio: str) -> frozenset[str]:
    """All that was excluded so far."""
    return frozenset(json.loads(await journal.recall(portfolio, _NAME) or "[]"))


async def exclude(journal: Journal, portfolio: str, names: Iterable[str]) -> frozenset[str]:
    """Leave these out from now on, too; all that is left out then."""
    return await _keep(journal, portfolio, await excluded(journal, portfolio) | set(names))


async def readmit(journal: Journal, portfolio: str, names: Iterable[str]) -> frozenset[str]:
    """Compare these again; all that is left out then."""
    return await _keep(journal, portfolio, await excluded(journal, portfolio) - set(names))


def markets_and_coin(pair: Pair) -> tuple[str, ...]:
    """Everything by which a pair shows in an account."""
    return (pair.symbol, pair.spot, base_coin(pair)) if pair.spot else (pair.symbol,)


def meant(
    names: Iterable[str], pairs: Mapping[str, Pair], differing: Collection[str], held: Collection[str]
) -> frozenset[str]:
    """What is to be left alone: a pair with all its markets and its coin, else a market or coin that differs, as the venue
    calls it. What the journal itself holds is nobody else's."""
    found: set[str] = set()
    for name in (part.strip() for words in names for part in words.split(",")):
        try:
            symbol = resolve_pair(name, list(pairs.values()))
        except UnknownPair as unknown:
            if name not in differing:
                there = f"; what differs: {', '.join(sorted(differing))}" if differing else "; nothing differs"
                raise UnknownPair(f"--exclude {name}: {unknown}{there}") from None
            found.add(name)
            continue
        if symbol in held:
            raise UsageError(
                f"--exclude {name}: the journal itself holds {symbol}; `fundarb halt --flatten {name}` closes it"
            )
        found.update(markets_and_coin(pairs[symbol]))
    return frozenset(found)


async def _keep(journal: Journal, portfolio: str, names: frozenset[str] | set[str]) -> frozenset[str]:
    await journal.remember(portfolio, _NAME, json.dumps(sorted(names)))
    return frozenset(names)

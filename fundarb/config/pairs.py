"""Names of pairs in the settings, once the store's pairs are known: BTC and BTCUSDT become BTC/USDT:USDT."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from decimal import Decimal
from typing import Any

from fundarb.accounting.costs import PairCostParams
from fundarb.config.settings import Settings
from fundarb.domain.instrument import Pair
from fundarb.domain.naming import resolve_pair
from fundarb.errors import UnknownPair

OWN_COSTS = "costs.pairs"


def canonical_pairs(settings: Settings, pairs: Sequence[Pair], written: Iterable[str] = ()) -> Settings:
    """The settings with perp symbols for names; two spellings of one pair merge.

    Where both give the same cost the later wins, in the order of `written` paths (`Resolved.canonical` passes it).
    A name no stored pair has is kept as it is (see `unknown_pairs`); one that fits several raises UnknownPair."""
    if not (settings.costs.pairs or settings.universe.pairs or settings.universe.exclude):
        return settings
    costs: dict[str, dict[str, Any]] = {}
    for name, key, value in _in_order(settings, written):
        costs.setdefault(_symbol(name, pairs), {})[key] = value
    by_symbol = {symbol: PairCostParams(**own) for symbol, own in costs.items()}
    universe = {
        "pairs": _symbols(settings.universe.pairs, pairs),
        "exclude": _symbols(settings.universe.exclude, pairs),
    }
    return settings.model_copy(
        update={
            "costs": settings.costs.model_copy(update={"pairs": by_symbol}),
            "universe": settings.universe.model_copy(update=universe),
        }
    )


def canonical_path(path: str, pairs: Sequence[Pair]) -> str:
    """A path with the perp symbol for the name of a pair in it."""
    head, found, rest = path.partition(f"{OWN_COSTS}.")
    name, dot, key = rest.partition(".")
    return f"{OWN_COSTS}.{_symbol(name, pairs)}{dot}{key}" if found and not head else path


def unknown_pairs(settings: Settings, pairs: Sequence[Pair]) -> tuple[str, ...]:
    """Names the settings use and no stored pair has, for a word on stderr."""
    used = [*settings.costs.pairs, *settings.universe.pairs, *settings.universe.exclude]
    known = _spellings(pairs)
    return tuple(name for name in dict.fromkeys(used) if name.upper() not in known)


def _in_order(settings: Settings, written: Iterable[str]) -> list[tuple[str, str, Decimal]]:
    """(name, key, value) of the costs of single pairs, those written last at the end."""
    rank = {path: position for position, path in enumerate(written)}
    given = [
        (name, key, value)
        for name, own in settings.costs.pairs.items()
        for key, value in own.model_dump(exclude_none=True).items()
    ]
    return sorted(given, key=lambda item: rank.get(f"costs.pairs.{item[0]}.{item[1]}", -1))


def _symbols(names: Iterable[str], pairs: Sequence[Pair]) -> tuple[str, ...]:
    return tuple(dict.fromkeys(_symbol(name, pairs) for name in names))


def _symbol(name: str, pairs: Sequence[Pair]) -> str:
    try:
        return resolve_pair(name, pairs)
    except UnknownPair:
        if name.upper() in _spellings(pairs):
            raise
        return name


def _spellings(pairs: Sequence[Pair]) -> frozenset[str]:
    """Every way to write a stored pair, in capitals."""
    spelled = set()
    for pair in pairs:
        spelled |= {pair.symbol, pair.compact, pair.base, pair.symbol.partition(":")[0]}
        spelled |= {pair.spot, pair.spot.partition("/")[0]} if pair.spot else set()
    return frozenset(word.upper() for word in spelled)

"""Paths of parameters and pairs as people read them: no longer than it takes to tell them apart."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence


def short_names(paths: Sequence[str]) -> dict[str, str]:
    """Each path's last words, as many as make it the only one: `enter`, `composite.exit`, `band.exit`."""
    parts = {path: path.split(".") for path in paths}
    longest = max(map(len, parts.values()), default=0)
    found: dict[str, str] = {}
    for words in range(1, longest + 1):
        ends = {path: ".".join(own[-words:]) for path, own in parts.items()}
        seen = Counter(ends.values())
        for path, end in ends.items():
            if seen[end] == 1:
                found.setdefault(path, end)
    return {path: found[path] for path in parts}


def short_pairs(symbols: Sequence[str]) -> dict[str, str]:
    """Each pair by its base alone, where no other has the same."""
    bases = {symbol: symbol.partition("/")[0] for symbol in symbols}
    seen = Counter(bases.values())
    return {symbol: base if seen[base] == 1 else symbol for symbol, base in bases.items()}

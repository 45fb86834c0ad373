"""The kill switch: how halts add up, and how the gate sees one. One without pairs stops all entries; exits always pass."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import replace

from fundarb.errors import UsageError
from fundarb.ports.journal import Halt
from fundarb.risk.gate import Standing


def standing_under(halt: Halt | None, notices: Iterable[str] = ()) -> Standing:
    """A halt without pairs stops all entries, one with pairs stops theirs; exits always go through."""
    if halt is None:
        return Standing(notices=frozenset(notices))
    return Standing(frozenset(halt.pairs) or None, all_halted=not halt.pairs, notices=frozenset(notices))


def with_more(halt: Halt | None, pairs: Sequence[str], now_ms: int, reason: str) -> Halt:
    """The halt that stands once these pairs (none: all) are stopped too; what is stopped for longer stays so."""
    if halt is None or (halt.pairs and not pairs):
        return Halt(now_ms, reason, tuple(pairs))
    if not halt.pairs:
        return halt
    return replace(halt, reason=reason, pairs=tuple(dict.fromkeys((*halt.pairs, *pairs))))


def without(halt: Halt | None, pairs: Sequence[str]) -> Halt | None:
    """What is left of a halt once these pairs (none: all) may be entered again."""
    if halt is None or not pairs:
        return None
    if not halt.pairs:
        raise UsageError(
            "entries of all pairs are halted, so none can be let through alone; `fundarb resume` ends the halt"
        )
    left = tuple(pair for pair in halt.pairs if pair not in pairs)
    return replace(halt, pairs=left) if left else None

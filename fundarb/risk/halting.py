"""The kill switch as the gate sees it: a stored halt and delisting notices become what stops entries."""

from __future__ import annotations

from collections.abc import Iterable

from fundarb.ports.journal import Halt
from fundarb.risk.gate import Standing


def standing_under(halt: Halt | None, notices: Iterable[str] = ()) -> Standing:
    """A halt without pairs stops all entries, one with pairs stops theirs; exits always go through."""
    if halt is None:
        return Standing(notices=frozenset(notices))
    return Standing(frozenset(halt.pairs) or None, all_halted=not halt.pairs, notices=frozenset(notices))

"""Margin mode and position mode of the account. `trade` sets them before its first order, which the venue refuses while
positions stand: only what cannot be set any more is wrong."""

from __future__ import annotations

from fundarb.engine.checks.finding import Finding, well, wrong
from fundarb.errors import VenueRefused
from fundarb.ports.trading import AccountModes

MARGIN, POSITION = "margin mode", "position mode"
_CLOSE = "close or move what stands there, then let fundarb set it; a sub-account of its own has no such past"


def judge_margin_mode(modes: AccountModes, *, holding: bool) -> Finding:
    """Isolated, or free to become so."""
    if modes.isolated:
        return well(MARGIN, "isolated")
    if holding:
        return wrong(
            MARGIN, "cross margin, and positions stand, under which it cannot be changed", _CLOSE, VenueRefused
        )
    return well(MARGIN, "cross margin now; set to isolated before the first order")


def judge_position_mode(modes: AccountModes, pair: str, *, holding: bool) -> Finding:
    """One-way, or free to become so."""
    if modes.one_way:
        return well(POSITION, f"one-way ({pair})")
    if holding:
        return wrong(POSITION, f"{pair} is in hedge mode, and positions stand", _CLOSE, VenueRefused)
    return well(POSITION, f"{pair} is in hedge mode now; set to one-way before its first order")

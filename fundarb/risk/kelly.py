"""How much of a bankroll a carry deserves that earns c most years and loses L in a bad one: Kelly with a jump.

For +c with probability 1 − p and −L with p the growth-optimal fraction is (1 − p)/L − p/c; at or below 0: do not trade.
A quarter of it is a sane cap for what stands at one venue (`risk.venue_cap`)."""

from __future__ import annotations

QUARTER = 0.25


def jump_kelly(carry: float, loss: float, probability: float) -> float:
    """The growth-optimal fraction; negative where the bet is bad."""
    return (1.0 - probability) / loss - probability / carry


def venue_cap(carry: float, loss: float, probability: float) -> float:
    """A quarter of it, inside [0, 1]."""
    return min(max(QUARTER * jump_kelly(carry, loss, probability), 0.0), 1.0)

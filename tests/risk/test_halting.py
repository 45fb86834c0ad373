"""The kill switch: all entries, or those of some pairs; exits are never asked."""

from __future__ import annotations

from fundarb.ports.journal import Halt
from fundarb.risk.halting import standing_under


def test_without_a_halt_nothing_is_stopped() -> None:
    standing = standing_under(None)
    assert not standing.halting
    assert not standing.stops("A")


def test_a_halt_without_pairs_stops_every_entry() -> None:
    standing = standing_under(Halt(0, "by hand"))
    assert standing.halting
    assert standing.stops("A")


def test_a_halt_of_pairs_stops_only_theirs() -> None:
    standing = standing_under(Halt(0, "by hand", ("A",)))
    assert standing.halting
    assert standing.stops("A")
    assert not standing.stops("B")


def test_notices_are_carried_whether_halted_or_not() -> None:
    assert standing_under(None, ["A"]).notices == standing_under(Halt(0, "x"), ["A"]).notices == {"A"}

"""The kill switch: all entries, or those of some pairs; exits are never asked."""

from __future__ import annotations

import pytest

from fundarb.errors import UsageError
from fundarb.ports.journal import Halt
from fundarb.risk.halting import standing_under, with_more, without


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


A_AND_B = Halt(5, "news", ("A", "B"))


@pytest.mark.parametrize(
    ("stands", "pairs", "after"),
    [
        (None, (), Halt(9, "more")),
        (None, ("A",), Halt(9, "more", ("A",))),
        (A_AND_B, ("C", "A"), Halt(5, "more", ("A", "B", "C"))),
        (A_AND_B, (), Halt(9, "more")),
        (Halt(5, "all"), ("A",), Halt(5, "all")),
        (Halt(5, "all"), (), Halt(5, "all")),
    ],
)
def test_halts_add_up_and_what_stands_longer_stays(stands: Halt | None, pairs: tuple[str, ...], after: Halt) -> None:
    assert with_more(stands, pairs, 9, "more") == after


@pytest.mark.parametrize(
    ("stands", "pairs", "after"),
    [
        (None, ("A",), None),
        (A_AND_B, (), None),
        (Halt(5, "all"), (), None),
        (A_AND_B, ("A",), Halt(5, "news", ("B",))),
        (A_AND_B, ("A", "B"), None),
    ],
)
def test_a_halt_ends_for_all_or_for_some(stands: Halt | None, pairs: tuple[str, ...], after: Halt | None) -> None:
    assert without(stands, pairs) == after


def test_of_a_halt_of_all_none_can_be_let_through_alone() -> None:
    with pytest.raises(UsageError, match="entries of all pairs are halted"):
        without(Halt(5, "all"), ["A"])

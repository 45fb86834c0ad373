"""Sets are numbered in the order of nested loops, the last axis innermost, and never listed."""

from __future__ import annotations

from itertools import product

import numpy as np
import pytest

from fundarb.errors import FundarbError
from fundarb.research.search.candidates import Candidates
from fundarb.research.search.space import Axis, Space

SPACE = Space((Axis("a", ("1", "2")), Axis("b", (None, "x", "y")), Axis("c", ("0", "7"))))


def test_numbers_follow_nested_loops_and_come_back() -> None:
    places = list(product(range(2), range(3), range(2)))
    assert [SPACE.place(number) for number in range(SPACE.size)] == places
    assert [SPACE.number(place) for place in places] == list(range(12))
    assert SPACE.params((1, 0, 1)) == {"a": "2", "b": None, "c": "7"}


def test_a_space_of_a_million_million_costs_nothing() -> None:
    wide = Space(tuple(Axis(name, tuple(map(str, range(10_000)))) for name in "abc"))
    assert wide.size == 10**12
    assert wide.number(wide.place(123_456_789_012)) == 123_456_789_012


@pytest.mark.parametrize("number", [-1, 12])
def test_there_is_no_set_beyond_the_ends(number: int) -> None:
    with pytest.raises(FundarbError, match=f"no set {number} among 12"):
        SPACE.place(number)


def test_candidates_are_made_when_looked_at() -> None:
    some = Candidates(SPACE, np.array([11, 0, 4]))
    assert len(some) == 3
    assert [one.number for one in some] == [11, 0, 4]
    assert some[0].place == (1, 2, 1)
    assert some[-1].params == {"a": "1", "b": "y", "c": "0"}
    assert [one.number for one in some[1:]] == [0, 4]

"""Twelve decimals of the exact binary value, half-even: as Decimal does it, near ties and far from them."""

from __future__ import annotations

import math
from decimal import Decimal

import numpy as np
from hypothesis import example, given
from hypothesis import strategies as st

from fundarb.domain.money import score12
from fundarb.signals.digits import whole_numbers
from fundarb.signals.rounding import ABSENT, twelve, twelve_decimal


def near_ties() -> st.SearchStrategy[float]:
    """The floats around (n + ½)·1e-12."""

    def around(half: int, ulps: int) -> float:
        value = (2 * half + 1) / 2e12
        for _ in range(abs(ulps)):
            value = math.nextafter(value, math.inf if ulps > 0 else -math.inf)
        return value

    sizes = st.one_of(st.integers(-50, 50), st.integers(-(10**9), 10**9), st.integers(-(2 * 10**13), 2 * 10**13))
    return st.builds(around, sizes, st.integers(-3, 3))


@given(st.lists(st.one_of(near_ties(), st.floats(-9e6, 9e6), st.floats(4e3, 6e4), st.floats(-20, 20)), min_size=1))
@example([0.5e-12, -0.5e-12, 1.5e-12, 2.5e-12, 0.0, -0.0, 9e6, -9e6, 5e-324])
def test_twelve_is_the_decimal_rounding_of_the_binary_value(values: list[float]) -> None:
    units = twelve(np.array(values))
    assert [twelve_decimal(int(unit)) for unit in units] == [score12(value) for value in values]


def test_an_exact_tie_goes_to_the_even_neighbour() -> None:
    ties = [0.5**13 * n for n in (1, 3, 5)]  # n/8192 has thirteen decimals, the last a 5
    assert twelve(np.array(ties)).tolist() == [122070312, 366210938, 610351562]


def test_what_is_absent_or_endless_has_no_units() -> None:
    assert twelve(np.array([math.nan, math.inf, -math.inf])).tolist() == [ABSENT] * 3


@given(st.lists(st.integers(-(10**14), 10**14), min_size=1, max_size=20), st.integers(0, 18))
def test_floats_read_from_short_decimals_give_their_digits_back(wholes: list[int], places: int) -> None:
    values = np.array([float(Decimal(whole).scaleb(-places)) for whole in wholes])
    found = whole_numbers(values)
    if found is not None:  # too many places for 15 digits: the caller goes the exact way
        whole, decimals = found
        assert [Decimal(int(w)).scaleb(-decimals) for w in whole] == [Decimal(w).scaleb(-places) for w in wholes]
    else:
        assert max(abs(w) for w in wholes) * 10**18 // 10**places >= 10**15


def test_numbers_of_more_digits_than_a_float_holds_are_refused() -> None:
    assert whole_numbers(np.array([0.1234567890123456])) is None
    assert whole_numbers(np.array([1e-19])) is None
    assert whole_numbers(np.array([])) is not None

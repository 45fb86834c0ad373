"""The parts everything stands on: random numbers from anywhere, sums that forget, a bounded memory, digits on a grid."""

from __future__ import annotations

from decimal import Decimal

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from fundarb.sandbox.market.decay import Leaks
from fundarb.sandbox.market.grid import Grid, floats_written
from fundarb.sandbox.market.recent import Recent
from fundarb.sandbox.market.streams import Streams, bells, quarters
from tests.sandbox.market.worlds import plain


@given(first=st.integers(0, 10**14), count=st.integers(1, 50), skipped=st.integers(0, 40))
def test_words_are_the_same_from_wherever_one_begins(first: int, count: int, skipped: int) -> None:
    streams = Streams(9)
    whole = streams.words("a", first, skipped + count)
    assert (streams.words("a", first + skipped, count) == whole[skipped:]).all()


def test_streams_of_other_names_seeds_and_blocks_are_others() -> None:
    first = Streams(1).generator("a", 0).random(4).tolist()
    others = [Streams(2).generator("a", 0), Streams(1).generator("b", 0), Streams(1).generator("a", 1)]
    assert all(other.random(4).tolist() != first for other in others)
    assert Streams(1).generator("a", 0).random(4).tolist() == first


def test_bells_and_quarters_have_the_moments_they_should() -> None:
    words = Streams(3).words("a", 0, 200_000)
    assert abs(bells(words).mean()) < 0.01
    assert abs(bells(words).std() - 1) < 0.01
    assert np.abs(bells(words)).max() < 3.5
    assert 0 < quarters(words).min() < quarters(words).max() < 1
    assert abs(quarters(words).mean() - 0.5) < 0.003


def test_leaky_sums_are_those_of_the_plain_loop() -> None:
    leaks = Leaks((5.0, 200.0), 720)
    shocks = np.random.default_rng(1).standard_normal((2, 720))
    before = np.array([3.0, -2.0])
    fast = leaks.run(shocks, before)
    for row in range(2):
        value = before[row]
        for step in range(720):
            value = leaks.kept[row] * value + shocks[row, step]
            assert fast[row, step] == pytest.approx(value, abs=1e-9)


def test_stirred_sums_have_the_deviation_asked_for() -> None:
    leaks = Leaks((9.0,), 4000)
    shocks = np.random.default_rng(2).standard_normal((1, 4000)) * leaks.stirring((2.5,))
    assert leaks.run(shocks, np.zeros(1)).std() == pytest.approx(2.5, rel=0.15)


def test_half_lives_too_short_for_the_run_are_refused() -> None:
    with pytest.raises(ValueError, match="too short"):
        Leaks((1.0, 50.0), 720)


def test_a_bounded_memory_forgets_what_was_used_longest_ago() -> None:
    made: list[int] = []

    def square(number: int) -> int:
        made.append(number)
        return number * number

    recent = Recent(2, square)
    assert [recent(1), recent(2), recent(1), recent(3), recent(1), recent(2)] == [1, 4, 1, 9, 1, 4]
    assert made == [1, 2, 3, 2]


@given(st.lists(st.integers(-(10**14), 10**14), min_size=1), st.integers(-4, 12))
def test_digits_are_exactly_those_of_the_counts(counts: list[int], decimals: int) -> None:
    grid = Grid(decimals)
    expected = [plain(Decimal(count).scaleb(-decimals)) for count in counts]
    assert grid.texts(np.array(counts, dtype=np.int64)) == expected
    assert [grid.text(count) for count in counts] == expected


def test_no_counts_are_no_digits() -> None:
    assert Grid(2).texts(np.empty(0, dtype=np.int64)) == []
    assert floats_written(np.empty(0)) == []


def test_counts_are_the_nearest_lines_of_the_grid() -> None:
    assert Grid(2).counts(np.array([0.126, 3.0])).tolist() == [13, 300]
    assert Grid(-2).counts(np.array([126.0, 3000.0])).tolist() == [1, 30]
    assert (Grid(-2).step, Grid(3).step, Grid(3).size) == (Decimal(100), Decimal("0.001"), 0.001)

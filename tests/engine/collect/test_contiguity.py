"""What is in doubt, stretch by stretch."""

from __future__ import annotations

import pytest

from fundarb.domain.instants import HOUR
from fundarb.domain.market import Span
from fundarb.engine.collect.contiguity import in_doubt, lacking


def doubts(hours: list[int], start: int, end: int) -> list[tuple[float, float]]:
    found = in_doubt([hour * HOUR for hour in hours], Span(start * HOUR, end * HOUR))
    return [(span.start_ms // HOUR, span.end_ms // HOUR) for span in found]


@pytest.mark.parametrize(
    ("settled", "expected"),
    [
        ([8, 16, 24, 32], []),
        ([8, 16, 17, 18], [(8, 16)]),  # at an end there is one neighbour only
        ([0, 8, 16, 32, 48], [(16, 32), (32, 48)]),  # like their neighbours, and longer than any interval
        ([4, 8, 12, 20, 24, 28], [(12, 20)]),
        ([0, 8, 16, 17, 18, 19, 23, 27], []),
        ([16, 20, 24, 26, 27, 28], [(24, 26)]),  # shorter than one neighbour, and like none
    ],
)
def test_gaps_that_no_interval_explains_are_in_doubt(settled: list[int], expected: list[tuple[int, int]]) -> None:
    assert doubts(settled, settled[0], settled[-1] + 1) == expected


@pytest.mark.parametrize(
    ("settled", "expected"),
    [([24, 32], [(5, 24)]), ([8, 9, 10], [(5, 8), (10, 33)]), ([8], [(8, 33)]), ([12, 20, 28], []), ([], [(5, 33)])],
)
def test_so_are_the_ends_where_one_more_would_fit(settled: list[int], expected: list[tuple[int, int]]) -> None:
    assert doubts(settled, 5, 33) == expected


def test_what_lies_around_the_stretch_is_its_neighbour_and_not_its_matter() -> None:
    assert doubts([0, 8, 16, 24, 48], 9, 23) == []
    assert doubts([0, 24], 9, 17) == [(9, 17)]


def test_a_stretch_too_short_for_a_settlement_is_whole_without_one() -> None:
    assert doubts([], 9, 12) == []


def test_places_of_a_grid_that_no_row_takes() -> None:
    page = Span(0, 5 * HOUR)
    assert lacking(page, HOUR, [0, HOUR, 2 * HOUR, 3 * HOUR, 4 * HOUR]) == []
    assert lacking(page, HOUR, [HOUR, 4 * HOUR]) == [Span(0, HOUR), Span(2 * HOUR, 4 * HOUR)]
    assert lacking(page, HOUR, []) == [page]

"""Maps are the means they claim to be, of the parameters that matter most, and stay small however many trials there are."""

from __future__ import annotations

import json
from dataclasses import replace
from itertools import product

import numpy as np
import pytest

from fundarb.reporting.parameter_maps import MOST_AXES, MOST_LINES, Axis, parameter_maps
from fundarb.reporting.sweep_pictures import histogram, pictures_document, read_pictures, sweep_pictures
from tests.reporting.page.materials import made_pictures, made_walk

AXES = [Axis("a", ("1", "2")), Axis("b", (None, "x", "y")), Axis("c", ("7",)), Axis("d", ("0", "5"))]
PLACES = np.array(list(product(range(2), range(3), range(1), range(2))), dtype=np.int64)
SCORES = (10.0 * PLACES[:, 1] + 3.0 * PLACES[:, 0] + PLACES[:, 3]).astype(np.float64)


def test_a_map_shows_means_over_the_rest_and_leading_axes_first() -> None:
    first, second, third = parameter_maps(AXES, PLACES, SCORES, SCORES + 1)
    assert [(one.down, one.across) for one in (first, second, third)] == [("b", "a"), ("b", "d"), ("a", "d")]
    assert (first.rows, first.columns, first.others) == (("null", "x", "y"), ("1", "2"), 1)
    assert first.score == ((0.5, 3.5), (10.5, 13.5), (20.5, 23.5))
    assert first.neighbourhood == ((1.5, 4.5), (11.5, 14.5), (21.5, 24.5))


def test_sets_without_a_score_count_for_nothing_and_empty_cells_are_none() -> None:
    scores = SCORES.copy()
    scores[PLACES[:, 1] == 2] = np.nan
    scores[0] = np.nan
    first = parameter_maps(AXES, PLACES, scores, scores)[0]
    assert first.score[2] == (None, None)
    assert first.score[0][0] == 1.0


def test_one_varied_parameter_makes_a_line_and_none_no_map() -> None:
    places = np.array([[0], [1], [2]], dtype=np.int64)
    (only,) = parameter_maps([Axis("a", ("1", "2", "3"))], places, np.array([1.0, 4.0, 2.0]), np.ones(3))
    assert (only.across, only.rows, only.score) == (None, ("1", "2", "3"), ((1.0,), (4.0,), (2.0,)))
    assert parameter_maps([Axis("a", ("1",))], places[:1], np.ones(1), np.ones(1)) == ()
    assert parameter_maps([Axis("a", ("1", "2", "3"))], places, np.full(3, np.nan), np.ones(3)) == ()


def test_many_values_share_lines_and_their_sets_a_mean() -> None:
    values = tuple(str(number) for number in range(100))
    places = np.arange(100, dtype=np.int64)[:, None]
    (only,) = parameter_maps([Axis("a", values)], places, np.arange(100.0), np.arange(100.0))
    assert len(only.rows) <= MOST_LINES
    assert only.rows[:2] == ("0…", "3…")
    assert only.score[:2] == ((1.0,), (4.0,))


def test_a_hundred_thousand_trials_leave_a_small_picture_that_reads_back_the_same() -> None:
    pictures = made_pictures((10, 10, 10, 10, 10), made_walk())
    assert sum(pictures.scores.counts) + pictures.scores.undefined == 100_000
    assert len(pictures.maps) == MOST_AXES * (MOST_AXES - 1) // 2
    text = json.dumps(pictures_document(pictures), allow_nan=False)
    assert len(text) < 40_000
    assert read_pictures(json.loads(text)) == pictures


def test_days_on_which_all_was_lost_are_not_kept() -> None:
    ruined = replace(made_walk(), folds=(replace(made_walk().folds[0], daily=(0.1, float("nan"))),))
    none, nowhere = np.array([]), np.empty((0, 0), dtype=np.int64)
    assert sweep_pictures([], nowhere, none, none, ruined, less_is_better=True).daily == ()


@pytest.mark.parametrize("values", [[1.0, 2.0, 2.0, np.nan, np.inf], [3.0], []])
def test_a_histogram_counts_every_value_once(values: list[float]) -> None:
    found = histogram(np.array(values))
    known = [value for value in values if np.isfinite(value)]
    assert (sum(found.counts), found.undefined) == (len(known), len(values) - len(known))
    assert len(found.edges) == (len(found.counts) + 1 if known else 0)

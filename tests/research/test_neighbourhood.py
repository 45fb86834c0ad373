"""Scores averaged over neighbours on a grid, drift in its steps."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from itertools import product

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from fundarb.domain.result import METRICS
from fundarb.research.drift import drift_of
from fundarb.research.neighbourhood import average_over_neighbours, best, objective


@dataclass(frozen=True)
class Set:
    place: tuple[int, ...] | None
    params: Mapping[str, str | None]


def grid(*lengths: int) -> list[Set]:
    return [
        Set(place, {f"axis.{axis}": str(index) for axis, index in enumerate(place)})
        for place in product(*map(range, lengths))
    ]


def slow(sets: list[Set], scores: list[float]) -> list[float]:
    """The definition, set by set."""
    found = []
    for one, score in zip(sets, scores, strict=True):
        assert one.place is not None
        near = [
            other_score
            for other, other_score in zip(sets, scores, strict=True)
            if other.place is not None
            and sum(abs(a - b) for a, b in zip(one.place, other.place, strict=True)) <= 1
            and not np.isnan(other_score)
        ]
        found.append(float("nan") if np.isnan(score) else float(np.mean(near)))
    return found


@settings(max_examples=60)
@given(st.data())
def test_the_average_is_that_of_the_definition_holes_and_undefined_scores_included(data: st.DataObject) -> None:
    whole = grid(*data.draw(st.lists(st.integers(1, 4), min_size=1, max_size=3)))
    kept = data.draw(st.sets(st.integers(0, len(whole) - 1), min_size=1))
    sets = data.draw(st.permutations([whole[index] for index in sorted(kept)]))
    scores = data.draw(
        st.lists(st.one_of(st.floats(-5, 5), st.just(float("nan"))), min_size=len(sets), max_size=len(sets))
    )
    found = average_over_neighbours(sets, np.array(scores))
    assert found.tolist() == pytest.approx(slow(list(sets), scores), nan_ok=True)


def test_a_plateau_beats_a_lonely_peak() -> None:
    sets, scores = grid(9), np.array([0, 0, 3, 0, 0, 1.5, 1.6, 1.5, 0.0])
    averaged = average_over_neighbours(sets, scores)
    assert int(scores.argmax()) == 2
    assert best(averaged, scores) == 6


def test_an_axis_of_words_has_no_neighbours_along_it() -> None:
    words = [Set((index,), {"strategy.mode": mode}) for index, mode in enumerate(("simple", "composite", "band"))]
    nulls = [Set((index,), {"strategy.band.enter": text}) for index, text in enumerate((None, "1", "2"))]
    scores = np.array([1.0, 5.0, 3.0])
    assert average_over_neighbours(words, scores).tolist() == [1, 5, 3]
    assert average_over_neighbours(nulls, scores).tolist() == [1, 5, 3]


def test_without_a_grid_every_score_stands_alone() -> None:
    sets = [Set(None, {"a": "1"}), Set(None, {"a": "2"})]
    assert average_over_neighbours(sets, np.array([1.0, 2.0])).tolist() == [1, 2]


def test_equal_neighbourhoods_are_told_apart_by_the_score_and_then_by_order() -> None:
    averaged = np.array([1.0, 2.0, 2.0, 2.0, np.nan])
    assert best(averaged, np.array([9.0, 1.0, 3.0, 3.0, 9.0])) == 2
    assert best(np.full(3, np.nan), np.full(3, np.nan)) is None


def test_more_is_better_of_every_objective() -> None:
    metrics = np.zeros((2, len(METRICS)))
    metrics[:, METRICS.index("max_drawdown")] = [0.1, 0.3]
    metrics[:, METRICS.index("cagr")] = [0.1, 0.3]
    assert objective(metrics, "max_drawdown").argmax() == 0
    assert objective(metrics, "cagr").argmax() == 1


def test_drift_counts_steps_of_the_grid() -> None:
    steady, moving = drift_of(("a", "b"), [(3, 0), (4, 5), None, (4, 1), (3, 6)])
    assert (steady.path, steady.steps, steady.median, steady.stable) == ("a", (1, 0, 1), 1.0, True)
    assert (moving.steps, moving.median, moving.stable) == ((5, 4, 5), 5.0, False)


def test_a_single_choice_cannot_drift() -> None:
    assert drift_of(("a",), [None, (3,), None]) == ()

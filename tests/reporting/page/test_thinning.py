"""Thinned curves keep their ends and every peak and trough of their stretches, and never have more points than allowed."""

from __future__ import annotations

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from fundarb.reporting.page.thinning import MOST_POINTS, thinned

VALUES = st.lists(st.floats(-1e6, 1e6) | st.just(float("nan")), max_size=400)


@given(VALUES, st.integers(4, 60))
def test_ends_and_extremes_stay_and_order_is_kept(values: list[float], most: int) -> None:
    times = np.arange(len(values), dtype=np.int64) * 60_000
    known = [value for value in values if value == value]
    kept_at, kept = thinned(times, np.array(values, dtype=np.float64), most)
    assert len(kept) <= most
    assert (np.diff(kept_at) > 0).all()
    if known:
        assert (kept[0], kept[-1]) == (known[0], known[-1])
        assert (kept.min(), kept.max()) == (min(known), max(known))
    else:
        assert not len(kept)


def test_a_short_curve_stays_as_it_is_and_a_long_one_keeps_a_single_spike() -> None:
    values = np.zeros(100_000)
    values[54_321] = 7.0
    times = np.arange(len(values), dtype=np.int64)
    kept_at, kept = thinned(times, values)
    assert len(kept) <= MOST_POINTS
    assert kept_at[kept.argmax()] == 54_321
    assert np.array_equal(thinned(times[:900], values[:900])[1], values[:900])

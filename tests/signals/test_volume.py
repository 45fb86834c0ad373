"""Volume sums what closed in a window, of the shortest interval there, whatever lies before it."""

from __future__ import annotations

import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from fundarb.domain.instants import DAY, HOUR
from fundarb.signals.open_interest import OpenInterest, open_interest
from fundarb.signals.panel import CandleColumns, CandleRows, Stamps
from fundarb.signals.volume import quote_volume, volume
from tests.signals.making import NOTHING, T0, built, candle_sets, candles, pair, settlements
from tests.signals.reference import Streams, bars
from tests.signals.reference import quote_volume as plain_volume

NAN = math.nan


def perp_rows(perp: CandleColumns) -> CandleRows:
    return built([pair("BTC")], [Streams(settlements(), perp, NOTHING, NOTHING)], T0 + 400 * DAY).perp


def at_hours(*hours: float) -> Stamps:
    return np.array([T0 + round(hour * HOUR) for hour in hours], dtype=np.int64)


@given(candle_sets, st.lists(st.integers(-5, 110), min_size=1), st.sampled_from([8, 24, 48]))
def test_sums_are_those_of_a_loop_over_the_candles(perp: CandleColumns, hours: list[int], span_h: int) -> None:
    until = at_hours(*hours)
    found = quote_volume(perp_rows(perp), 0, until - span_h * HOUR, until)
    expected = [plain_volume(bars(perp), int(t), span_h * HOUR) for t in until]
    np.testing.assert_allclose(found, expected, rtol=1e-14)


def test_candles_of_another_span_do_not_count_beside_the_shortest() -> None:
    rows = perp_rows(candles((0, 24, 10, 10, 1000), (22, 1, 10, 20, 2), (23, 1, 10, 10, 3)))
    until = at_hours(24, 25, 47.5, 48)
    assert quote_volume(rows, 0, until - DAY, until).tolist()[:3] == [60, 60, 30]
    assert math.isnan(quote_volume(rows, 0, until - DAY, until)[3])


def test_a_candle_without_a_volume_is_none_for_a_sum() -> None:
    rows = perp_rows(candles((0, 4, 10, 10, 7), (3, 1, 10, 10, NAN), (4, 4, 10, 10, 8)))
    assert quote_volume(rows, 0, at_hours(0), at_hours(8)).tolist() == [150]


def hourly(days: int, last_day: float, base: float = 10.0, missing: frozenset[int] = frozenset()) -> CandleRows:
    """Hourly candles at a price of 1; the last day trades `last_day` an hour."""
    kept = [hour for hour in range(24 * days) if hour not in missing]
    return perp_rows(candles(*((h, 1, 1, 1, last_day if h >= 24 * (days - 1) else base) for h in kept)))


@pytest.mark.parametrize(("last_day", "score"), [(0, 0), (5, 0.2), (10, 0.5), (20, 0.8), (40, 16 / 17)])
def test_a_day_is_held_against_the_mean_day_of_thirty(last_day: float, score: float) -> None:
    assert volume(hourly(31, last_day), 0, at_hours(31 * 24))[0] == pytest.approx(score)


def test_volume_is_absent_without_a_candle_thirty_one_days_old() -> None:
    found = volume(hourly(32, 10), 0, at_hours(31 * 24 - 1, 31 * 24, 32 * 24))
    assert np.isfinite(found).tolist() == [False, True, True]
    assert math.isnan(volume(hourly(31, 10, missing=frozenset({0})), 0, at_hours(31 * 24))[0])


def test_a_candle_without_a_volume_does_not_make_the_thirty_one_days() -> None:
    rows = [(h, 1, 1, 1, 10.0 if h else NAN) for h in range(31 * 24 + 1)]
    found = volume(perp_rows(candles(*rows)), 0, at_hours(31 * 24, 31 * 24 + 1))
    assert np.isfinite(found).tolist() == [False, True]


def test_volume_is_absent_where_nothing_was_traded_before_and_zero_where_nothing_is_now() -> None:
    assert math.isnan(volume(hourly(31, 10, base=0), 0, at_hours(31 * 24))[0])
    assert volume(hourly(31, 10), 0, at_hours(32 * 24 + 1))[0] == 0
    assert np.isnan(volume(perp_rows(NOTHING), 0, at_hours(0, 900))).all()


def test_open_interest_is_held_against_the_thirty_days_before() -> None:
    at = T0 + np.arange(0, 31 * 24, 6, dtype=np.int64) * HOUR
    seen = OpenInterest(at, np.where(at > T0 + 30 * DAY, 300.0, 100.0))
    assert open_interest(seen, T0 + 31 * DAY) == pytest.approx(9 / 10)
    assert open_interest(OpenInterest(at, np.full(len(at), 7.0)), T0 + 31 * DAY) == 0.5


def test_open_interest_is_absent_without_a_month_or_with_nothing_to_divide_by() -> None:
    at = T0 + np.arange(0, 31 * 24, 6, dtype=np.int64) * HOUR
    seen = OpenInterest(at, np.full(len(at), 100.0))
    assert math.isnan(open_interest(seen, T0 + 31 * DAY - 1))
    assert math.isnan(open_interest(seen, T0 + 33 * DAY))  # nothing observed in the last day
    assert math.isnan(open_interest(OpenInterest(at, np.zeros(len(at))), T0 + 31 * DAY))
    assert math.isnan(open_interest(OpenInterest(at[:0], seen.quantity[:0]), T0))

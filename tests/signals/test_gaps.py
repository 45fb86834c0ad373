"""Which settlements are missing, against the words of semantics §4 and §10 and a slow reading of them."""

from __future__ import annotations

import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st

from fundarb.domain.instants import HOUR
from fundarb.signals.gaps import candle_holes, last_interval, missing_settlements, settlement_holes, tail
from fundarb.signals.panel import Stamps

FAR = 10**6


def at(*hours: float) -> Stamps:
    """Stamps so many hours after the epoch."""
    return np.array([int(hour * HOUR) for hour in hours], dtype=np.int64)


def missing(*hours: float, begin: int = 0, end: float | None = None, **listing: int | None) -> list[float]:
    """The hours that a series of these hours lacks, by default up to its last row."""
    until = int((hours[-1] if end is None else end) * HOUR)
    found = missing_settlements(at(*hours), begin * HOUR, until, **listing)
    return [float(stamp / HOUR) for stamp in found]


def test_a_whole_series_lacks_nothing() -> None:
    assert missing(0, 8, 16, 24) == []
    assert missing(0, 4, 8, 12, 16) == []


def test_a_gap_above_eight_hours_lacks_every_stamp_of_the_rows_interval() -> None:
    assert missing(0, 8, 32, 40) == [16, 24]
    assert missing(0, 4, 8, 20, 24) == [12, 16]


def test_the_row_after_a_hole_keeps_the_interval_before_it() -> None:
    assert missing(0, 4, 8, 20, 32, 36) == [12, 16, 24, 28]


def test_the_first_gap_above_eight_hours_is_judged_at_eight() -> None:
    assert missing(0, 24, 32) == [8, 16]


def test_a_short_hole_is_longer_than_both_its_neighbours() -> None:
    assert missing(0, 4, 8, 16, 20, 24) == [12]
    assert missing(0, 1, 2, 6, 8, 10) == [4]  # the unit is the longer neighbour, 2 h


def test_a_change_of_interval_is_no_hole() -> None:
    assert missing(0, 4, 8, 16, 24, 32) == []
    assert missing(0, 8, 16, 20, 24) == []


def test_the_first_gap_and_the_last_are_never_short_holes() -> None:
    assert missing(0, 8, 12, 16) == []
    assert missing(0, 4, 8, 16) == []


def test_a_stamp_within_half_a_unit_of_the_next_row_is_that_row() -> None:
    assert missing(0, 8, 20, 28) == []
    assert missing(0, 8, 20.001, 28) == [16]


def test_a_series_that_ends_early_lacks_all_up_to_the_end_or_the_delisting() -> None:
    assert missing(0, 8, 16, end=40) == [24, 32]
    assert missing(0, 8, 16, end=40.001) == [24, 32, 40]
    assert missing(0, 8, 16, end=80, gone_ms=32 * HOUR) == [24]
    assert missing(0, 4, end=16) == [8, 12]
    assert missing(0, end=24) == [8, 16]


def test_only_stamps_of_the_range_while_listed_count() -> None:
    assert missing(0, 8, 40, 48, begin=24) == [24, 32]
    assert missing(0, 8, 40, 48, end=24) == [16]
    assert missing(0, 8, 40, 48, first_seen_ms=20 * HOUR) == [24, 32]
    assert missing(0, 8, end=40, begin=30) == [32]


def test_a_series_without_rows_lacks_nothing() -> None:
    assert list(missing_settlements(at(), 0, FAR)) == []
    assert list(tail(at(), FAR)) == []


def test_the_last_interval_is_eight_hours_where_there_is_none() -> None:
    assert last_interval(at(5)) == 8 * HOUR
    assert last_interval(at(0, 4)) == 4 * HOUR


def test_candles_lack_every_open_between_two_rows() -> None:
    holes = candle_holes(at(0, 1, 4, 5, 7), HOUR)
    assert [stamp / HOUR for stamp in holes.stamps()] == [2, 3, 6]
    assert len(candle_holes(at(), HOUR).stamps()) == 0
    assert len(candle_holes(at(3), HOUR).stamps()) == 0


def slow(rows: list[int]) -> list[int]:
    """Semantics §4 and §10 word by word, a row at a time."""
    found: list[int] = []
    interval = 8 * HOUR
    for number in range(1, len(rows)):
        gap, before = rows[number] - rows[number - 1], interval
        if gap <= 8 * HOUR:
            interval = gap
        has_neighbours = 1 < number < len(rows) - 1
        after = rows[number + 1] - rows[number] if has_neighbours else 0
        if gap > 8 * HOUR:
            unit = interval
        elif has_neighbours and gap > before and gap > after:
            unit = max(before, after)
        else:
            continue
        stamp = rows[number - 1] + unit
        while 2 * (rows[number] - stamp) > unit:
            found.append(stamp)
            stamp += unit
    return found


@settings(max_examples=300)
@given(st.lists(st.sampled_from([1, 2, 3, 4, 5, 8, 8.5, 9, 12, 16, 24, 40]), max_size=30))
def test_holes_are_those_of_the_slow_reading(gaps: list[float]) -> None:
    rows = np.cumsum(at(0, *gaps))
    assert settlement_holes(rows).stamps().tolist() == slow(rows.tolist())

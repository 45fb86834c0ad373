"""Times as people type them."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from fundarb.domain.instants import DAY, HOUR, LATEST, MINUTE, iso, parse_duration, parse_instant
from fundarb.domain.when import parse_when, write_duration
from fundarb.errors import UsageError

NOW = parse_instant("2024-06-01T12:34:56Z")


@pytest.mark.parametrize(
    ("typed", "meant"),
    [
        ("2024-01-31", "2024-01-31T00:00:00Z"),
        ("2024-01-31T08:00Z", "2024-01-31T08:00:00Z"),
        (" 2024-01-31T08:00:00Z ", "2024-01-31T08:00:00Z"),
        ("2024-01-31T08:00+02:00", "2024-01-31T06:00:00Z"),
        ("now", "2024-06-01T12:00:00Z"),
        ("NOW", "2024-06-01T12:00:00Z"),
        ("90d", "2024-03-03T12:00:00Z"),
        ("8h", "2024-06-01T04:00:00Z"),
    ],
)
def test_a_typed_time_is_utc(typed: str, meant: str) -> None:
    assert iso(parse_when(typed, NOW)) == meant


def test_a_duration_counts_back_from_the_end_of_the_range_where_there_is_one() -> None:
    end = parse_instant("2024-04-01")
    assert parse_when("90d", NOW, end) == end - 90 * DAY
    assert parse_when("now", NOW, end) == NOW // HOUR * HOUR


@pytest.mark.parametrize("typed", ["yesterday", "2024-13-01", "90", "", "-5d", "2024-01-31T25:00Z", "9" * 400 + "d"])
def test_anything_else_is_a_usage_error_that_names_the_choices(typed: str) -> None:
    with pytest.raises(UsageError, match="write 2024-01-31, "):
        parse_when(typed, NOW)


@pytest.mark.parametrize("typed", ["1969-12-31", "100000d"])
def test_a_time_before_1970_is_refused(typed: str) -> None:
    with pytest.raises(UsageError, match="outside the years 1970 to 9999"):
        parse_when(typed, NOW)


@given(st.integers(0, LATEST // MINUTE))
def test_what_is_printed_can_be_typed(minutes: int) -> None:
    assert parse_when(iso(minutes * MINUTE), NOW) == minutes * MINUTE


@given(st.integers(1, 10**9))
def test_a_written_duration_reads_back(span_ms: int) -> None:
    assert parse_duration(write_duration(span_ms)) == span_ms


def test_durations_use_the_largest_whole_unit() -> None:
    assert [write_duration(span) for span in (HOUR, 8 * HOUR, DAY, 15 * MINUTE, 90_000, 1)] == [
        *("1h", "8h", "1d", "15m", "90s", "1ms")
    ]

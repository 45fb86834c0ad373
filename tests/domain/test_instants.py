from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from fundarb.domain.instants import DAY, HOUR, LATEST, MINUTE, SNAP, iso, parse_duration, parse_instant, snap

NEW_YEAR = 1_704_067_200_000


@pytest.mark.parametrize(
    ("text", "at_ms"),
    [
        ("1970-01-01", 0),
        ("2024-01-01", NEW_YEAR),
        ("2024-01-01T00:00Z", NEW_YEAR),
        ("2024-01-01T00:00:00", NEW_YEAR),
        ("2024-01-01 08:00", NEW_YEAR + 8 * HOUR),
        ("2024-01-01T08:00:00.250Z", NEW_YEAR + 8 * HOUR + 250),
        ("2024-01-01T02:00:00+02:00", NEW_YEAR),
    ],
)
def test_times_are_utc_unless_they_say_otherwise(text: str, at_ms: int) -> None:
    assert parse_instant(text) == at_ms


@pytest.mark.parametrize("text", ["", "yesterday", "2024-13-01", "2024-02-30", "1704067200000"])
def test_what_is_no_time_is_refused_with_an_example(text: str) -> None:
    with pytest.raises(ValueError, match="write 2024-01-31") as refusal:
        parse_instant(text)
    assert repr(text) in str(refusal.value)


def test_iso_prints_milliseconds_only_where_there_are_any() -> None:
    assert iso(NEW_YEAR) == "2024-01-01T00:00:00Z"
    assert iso(NEW_YEAR + 5) == "2024-01-01T00:00:00.005Z"


@given(st.integers(min_value=-DAY * 365 * 60, max_value=LATEST))
def test_an_instant_survives_print_and_parse(at_ms: int) -> None:
    assert parse_instant(iso(at_ms)) == at_ms


@pytest.mark.parametrize(
    ("text", "span_ms"),
    [
        ("10s", 10_000),
        ("15m", 15 * MINUTE),
        ("8h", 8 * HOUR),
        ("90d", 90 * DAY),
        ("2w", 14 * DAY),
        ("250ms", 250),
        ("0.5h", HOUR // 2),
    ],
)
def test_durations(text: str, span_ms: int) -> None:
    assert parse_duration(text) == span_ms


@pytest.mark.parametrize("text", ["", "8", "h", "-8h", "8 h", "1y", "eight hours"])
def test_what_is_no_duration_is_refused_with_an_example(text: str) -> None:
    with pytest.raises(ValueError, match="write 10s"):
        parse_duration(text)


@given(
    st.integers(min_value=0, max_value=LATEST // MINUTE - 1),
    st.integers(min_value=-MINUTE // 2, max_value=MINUTE // 2 - 1),
)
def test_a_stamp_snaps_to_its_minute_within_five_seconds_only(minute: int, off_ms: int) -> None:
    stamp = minute * MINUTE + off_ms
    assert snap(stamp) == (minute * MINUTE if abs(off_ms) <= SNAP else stamp)
    assert snap(snap(stamp)) == snap(stamp)

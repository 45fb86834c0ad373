"""Words about data that is not there, at the very edges of what is."""

from __future__ import annotations

import pytest

from fundarb.domain.instants import HOUR
from fundarb.domain.instrument import Kind
from fundarb.domain.market import StreamSummary
from fundarb.research.lacking import beyond

NEWEST = 1_704_067_200_000
SETTLED = [StreamSummary("A/USDT:USDT", Kind.FUNDING, 0, NEWEST - 48 * HOUR, NEWEST - HOUR, 7, 0)]


def test_an_end_at_the_newest_open_is_not_beyond_the_data() -> None:
    assert beyond(NEWEST, NEWEST, SETTLED) is None


def test_an_end_after_it_is_and_both_ends_of_the_data_are_told() -> None:
    words = beyond(NEWEST + 1, NEWEST, SETTLED)
    assert words is not None
    assert "open until 2024-01-01T00:00:00Z at the latest" in words
    assert "the last settlement is 2023-12-31T23:00:00Z" in words


@pytest.mark.parametrize(("newest_ms", "settled"), [(None, SETTLED), (NEWEST, [])])
def test_where_there_is_no_data_others_say_so(newest_ms: int | None, settled: list[StreamSummary]) -> None:
    assert beyond(NEWEST + HOUR, newest_ms, settled) is None

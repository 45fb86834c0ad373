"""How late settled rates were to be had, and what that means for a backtest."""

from __future__ import annotations

import pytest

from fundarb.reporting.publishing import publishing_words


@pytest.mark.parametrize(
    ("delays_ms", "said", "minutes"),
    [
        ([2_000], "2.0 s after the settlement (median of 1, at most 2.0 s)", 1),
        ([1_000, 2_000, 61_000], "2.0 s after the settlement (median of 3, at most 61.0 s)", 1),
        ([90_000] * 9 + [500], "90.0 s after the settlement (median of 10, at most 90.0 s)", 2),
    ],
)
def test_the_delay_to_assume_covers_nine_in_ten(delays_ms: list[int], said: str, minutes: int) -> None:
    words = publishing_words(delays_ms)
    assert said in words
    assert f"--set backtest.delay={minutes}m" in words


def test_where_none_was_seen_nothing_is_advised() -> None:
    assert "backtest.delay" not in publishing_words([])

"""Candles of every span are one path: shorter ones add up to longer ones to the last digit, and the open one ends now."""

from __future__ import annotations

from decimal import Decimal
from itertools import pairwise

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from fundarb.sandbox.market.source import DAY, EPOCH_MS, HOUR, MINUTE, Series
from tests.sandbox.market.worlds import NOW, SERIES, SPANS, added_up, plain, small


@pytest.mark.parametrize(("symbol", "series"), SERIES)
@pytest.mark.parametrize("span_ms", SPANS[1:])
def test_minutes_add_up_to_every_span_and_so_does_the_open_candle(symbol: str, series: Series, span_ms: int) -> None:
    first = NOW // DAY * DAY - DAY
    minutes = small().candles(symbol, series, MINUTE, first, NOW, NOW)
    assert small().candles(symbol, series, span_ms, first, NOW, NOW) == added_up(minutes, span_ms)
    assert len(minutes) == (NOW - first) // MINUTE + 1


@settings(max_examples=60)
@given(
    line=st.sampled_from(SERIES),
    span_ms=st.sampled_from(SPANS),
    now=st.integers(EPOCH_MS + 40 * DAY, EPOCH_MS + 3000 * DAY),
    back=st.integers(1, 30),
)
def test_candles_are_possible_and_follow_each_other(
    line: tuple[str, Series], span_ms: int, now: int, back: int
) -> None:
    rows = small().candles(*line, span_ms, now - back * span_ms, now, now)
    assert [row.start_ms for row in rows] == list(
        range(now // span_ms * span_ms - (len(rows) - 1) * span_ms, now + 1, span_ms)
    )
    assert len(rows) in (back, back + 1)
    for row in rows:
        first, high, low, last = (Decimal(text) for text in row[1:5])
        assert low <= first <= high
        assert low <= last <= high
    for before, after in pairwise(rows):
        assert before.close == after.open


@settings(max_examples=40)
@given(now=st.integers(EPOCH_MS + DAY, EPOCH_MS + 2000 * DAY), line=st.sampled_from(SERIES))
def test_an_open_candle_only_ever_grows_into_the_closed_one(now: int, line: tuple[str, Series]) -> None:
    start = now // HOUR * HOUR
    opened = small().candles(*line, HOUR, start, start, now)[0]
    closed = small().candles(*line, HOUR, start, start, start + HOUR)[0]
    assert opened.open == closed.open
    assert Decimal(closed.low) <= Decimal(opened.low) <= Decimal(opened.high) <= Decimal(closed.high)
    assert not closed.volume or Decimal(opened.volume) <= Decimal(closed.volume)


def test_a_candle_that_opens_this_very_moment_is_there_and_empty() -> None:
    start = NOW // HOUR * HOUR
    (row,) = small().candles("BTCUSDT", "linear", HOUR, start, start + 5 * HOUR, start)
    assert row.open == row.high == row.low == row.close
    assert (row.volume, row.turnover) == ("0", "0")


def test_nothing_comes_from_the_future_or_from_between_two_starts() -> None:
    assert small().candles("BTCUSDT", "linear", HOUR, NOW + 1, NOW + DAY, NOW) == []
    start = NOW // HOUR * HOUR - 5 * HOUR
    assert small().candles("BTCUSDT", "linear", HOUR, start + 1, start + HOUR - 1, NOW) == []
    assert [row.start_ms for row in small().candles("BTCUSDT", "linear", HOUR, start, start, NOW)] == [start]


@pytest.mark.parametrize(
    ("symbol", "series", "tick", "step"),
    [("BTCUSDT", "linear", "0.1", "0.001"), ("BTCUSDT", "spot", "0.1", "0.000001")],
)
def test_numbers_are_written_on_their_grids_without_trailing_zeros(
    symbol: str, series: Series, tick: str, step: str
) -> None:
    for row in small().candles(symbol, series, HOUR, NOW - 200 * HOUR, NOW, NOW):
        for text, unit in [*((price, tick) for price in row[1:5]), (row.volume, step), (row.turnover, "0.0001")]:
            assert Decimal(text) % Decimal(unit) == 0
            assert text == plain(Decimal(text))


def test_small_prices_are_written_without_an_exponent() -> None:
    rows = small().candles("PEPEUSDT", "spot", HOUR, NOW - 50 * HOUR, NOW, NOW)
    assert all(row.close.startswith("0.00000") for row in rows)


def test_what_was_traded_was_traded_within_the_candle() -> None:
    for row in small().candles("BTCUSDT", "linear", HOUR, NOW - 300 * HOUR, NOW - HOUR, NOW):
        volume = Decimal(row.volume)
        assert Decimal(row.low) * volume <= Decimal(row.turnover) <= Decimal(row.high) * volume


def test_marks_lie_between_index_and_perp_and_the_spot_close_to_the_index() -> None:
    series: tuple[Series, ...] = ("linear", "mark", "index", "spot", "premium")
    perp, mark, index, spot, premium = (
        [Decimal(row.close) for row in small().candles("BTCUSDT", one, HOUR, NOW - 500 * HOUR, NOW - HOUR, NOW)]
        for one in series
    )
    tick = Decimal("0.1")
    for at in range(len(perp)):
        assert min(perp[at], index[at]) - tick <= mark[at] <= max(perp[at], index[at]) + tick
        assert abs(perp[at] - index[at] * (1 + premium[at])) <= 2 * tick
        assert abs(spot[at] - index[at]) <= index[at] * Decimal("0.0002") + tick


def test_a_thousand_of_a_small_coin_follow_the_coin() -> None:
    index = small().candles("1000PEPEUSDT", "index", HOUR, NOW - 99 * HOUR, NOW, NOW)
    spot = small().candles("PEPEUSDT", "spot", HOUR, NOW - 99 * HOUR, NOW, NOW)
    for one, other in zip(index, spot, strict=True):
        assert abs(Decimal(one.close) / 1000 - Decimal(other.close)) < Decimal(other.close) * Decimal("0.0005")

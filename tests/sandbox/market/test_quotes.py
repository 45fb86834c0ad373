"""A ticker says what the candles say, to the millisecond; and the book stands around it."""

from __future__ import annotations

from decimal import Decimal
from itertools import pairwise

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from fundarb.sandbox.market.source import DAY, EPOCH_MS, HOUR, MINUTE, Category, Series
from tests.sandbox.market.worlds import NOW, small

MARKETS: tuple[tuple[str, Category], ...] = (
    ("BTCUSDT", "linear"),
    ("BTCUSDT", "spot"),
    ("1000PEPEUSDT", "linear"),
    ("PEPEUSDT", "spot"),
    ("HOTUSDT", "linear"),
)
moments = st.integers(EPOCH_MS + 2 * DAY, EPOCH_MS + 3000 * DAY)


@settings(max_examples=80)
@given(market=st.sampled_from(MARKETS), at=moments)
def test_a_quote_is_where_its_open_candles_end(market: tuple[str, Category], at: int) -> None:
    symbol, category = market
    quote = small().quote(symbol, category, at)
    for span_ms in (MINUTE, 15 * MINUTE, HOUR, DAY):
        start = at // span_ms * span_ms
        (row,) = small().candles(symbol, category, span_ms, start, at, at)
        assert Decimal(row.close) == quote.last
    (whole,) = small().candles(symbol, category, MINUTE, at // MINUTE * MINUTE, at, at + MINUTE)
    assert Decimal(whole.low) <= quote.last <= Decimal(whole.high)


@settings(max_examples=40)
@given(symbol=st.sampled_from(["BTCUSDT", "1000PEPEUSDT"]), at=moments)
def test_mark_and_index_are_where_their_candles_are(symbol: str, at: int) -> None:
    quote = small().quote(symbol, "linear", at)
    series: tuple[tuple[Series, Decimal | None], ...] = (("mark", quote.mark), ("index", quote.index))
    for name, price in series:
        (row,) = small().candles(symbol, name, HOUR, at // HOUR * HOUR, at, at)
        assert Decimal(row.close) == price


@settings(max_examples=30)
@given(market=st.sampled_from(MARKETS), at=moments)
def test_a_days_figures_are_those_of_the_twenty_four_hourly_candles(market: tuple[str, Category], at: int) -> None:
    symbol, category = market
    quote = small().quote(symbol, category, at)
    rows = small().candles(symbol, category, HOUR, at - DAY + 1, at, at)
    assert len(rows) == 24
    assert quote.previous_24h == Decimal(rows[0].open)
    assert quote.high_24h == max(Decimal(row.high) for row in rows)
    assert quote.low_24h == min(Decimal(row.low) for row in rows)
    assert quote.volume_24h == sum(Decimal(row.volume) for row in rows)
    assert quote.turnover_24h == sum(Decimal(row.turnover) for row in rows)


def test_the_first_day_of_a_market_is_as_long_as_it_is() -> None:
    at = EPOCH_MS + 2 * HOUR + 5
    quote = small().quote("BTCUSDT", "linear", at)
    rows = small().candles("BTCUSDT", "linear", HOUR, EPOCH_MS, at, at)
    assert quote.turnover_24h == sum(Decimal(row.turnover) for row in rows)
    assert quote.previous_24h == Decimal(rows[0].open)


def test_a_price_does_not_jump_from_one_millisecond_to_the_next() -> None:
    moves = []
    for at in range(NOW, NOW + 2 * MINUTE, 250):
        before, after = (small().quote("BTCUSDT", "linear", moment).last for moment in (at, at + 1))
        moves.append(abs(before - after))
    assert max(moves) <= Decimal("0.1") * 2


@settings(max_examples=60)
@given(market=st.sampled_from(MARKETS), at=moments, depth=st.integers(1, 200))
def test_a_book_stands_around_the_last_price_on_the_grids(market: tuple[str, Category], at: int, depth: int) -> None:
    symbol, category = market
    instrument = next(one for one in small().instruments() if (one.symbol, one.category) == market)
    quote = small().quote(symbol, category, at)
    bids, asks = small().book(symbol, category, at, depth)
    assert (quote.bid, quote.ask) == (bids[0], asks[0])
    assert bids[0].price <= quote.last <= asks[0].price
    assert bids[0].price < asks[0].price
    assert len(asks) == depth
    assert all(near.price > far.price for near, far in pairwise(bids))
    assert all(near.price < far.price for near, far in pairwise(asks))
    for level in bids + asks:
        assert level.price % instrument.tick == 0
        assert level.size >= instrument.min_qty
        assert level.size % instrument.step == 0


def test_what_is_traded_more_has_a_narrower_and_deeper_book() -> None:
    (btc_width, btc_depth), (hot_width, hot_depth) = _width_and_depth("BTCUSDT"), _width_and_depth("HOTUSDT")
    assert btc_width < hot_width
    assert btc_depth > 10 * hot_depth


def _width_and_depth(symbol: str) -> tuple[Decimal, Decimal]:
    """The spread in millionths of the price, and what rests within a thousandth of it."""
    bids, asks = small().book(symbol, "linear", NOW, 50)
    best = bids[0].price
    near = (level.price * level.size for level in bids if level.price > best * Decimal("0.999"))
    return (asks[0].price - best) * 10**6 // best, sum(near, Decimal(0))


def test_a_deeper_book_begins_like_a_shallow_one() -> None:
    shallow, deep = (small().book("ETHUSDT", "spot", NOW, depth) for depth in (5, 500))
    assert shallow == (deep[0][:5], deep[1][:5])


def test_a_market_that_left_stands_where_it_stood() -> None:
    last = EPOCH_MS + 300 * DAY + 5 * HOUR - 1
    assert small().quote("LEAVERUSDT", "linear", NOW).last == small().quote("LEAVERUSDT", "linear", last).last


def test_an_unknown_market_is_a_key_error() -> None:
    with pytest.raises(KeyError):
        small().quote("NOTHINGUSDT", "linear", NOW)


@pytest.mark.parametrize("span_ms", [5 * MINUTE, 15 * MINUTE, 30 * MINUTE, HOUR, 4 * HOUR, DAY])
def test_open_interest_is_one_function_of_time_on_every_grid(span_ms: int) -> None:
    fine = dict(small().open_interest("ETHUSDT", 5 * MINUTE, NOW - 2 * DAY, NOW))
    coarse = small().open_interest("ETHUSDT", span_ms, NOW - 2 * DAY, NOW)
    assert [stamp for stamp, _ in coarse] == [stamp for stamp in fine if stamp % span_ms == 0]
    assert all(fine[stamp] == text for stamp, text in coarse)
    assert len(set(fine.values())) > len(fine) / 2


def test_the_ticker_agrees_with_the_series_of_open_interest() -> None:
    stamp = NOW // HOUR * HOUR
    assert small().open_interest("ETHUSDT", HOUR, stamp, stamp) == [
        (stamp, format(small().quote("ETHUSDT", "linear", stamp).open_interest or Decimal(0), "f"))
    ]


def test_open_interest_begins_and_ends_with_the_market() -> None:
    found = small().open_interest("LEAVERUSDT", DAY, 0, NOW)
    assert (found[0][0], found[-1][0]) == (EPOCH_MS + 101 * DAY, EPOCH_MS + 300 * DAY)

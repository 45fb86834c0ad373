"""What a series answers: opens of now, the last close known, stand-ins; with one span and with several."""

from __future__ import annotations

from decimal import Decimal

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from fundarb.domain.instants import HOUR
from fundarb.domain.instrument import LotRule, Pair
from fundarb.engine.event_times import EventTimes
from fundarb.engine.market import Market, PairMarket
from fundarb.engine.prices import CandleSeries, Series
from fundarb.ports.feed import Quote
from tests.engine.worlds import Bar, Stream, panel_of

T0 = 1_704_067_200_000
LOTS = LotRule(Decimal(1), Decimal(0), Decimal(0))


def bar(hour: int, span: int, open_: str, close: str, high: str | None = None, volume: str | None = "1") -> Bar:
    """Opens `hour` hours after T0."""
    prices = (Decimal(open_), Decimal(close))
    top = max(prices) if high is None else Decimal(high)
    known = None if volume is None else Decimal(volume)
    return Bar(T0 + hour * HOUR, span * HOUR, prices[0], top, min(prices), prices[1], known)


def market_of(
    perp: list[Bar], spot: list[Bar] | None = None, mark: list[Bar] | None = None, multiplier: int = 1
) -> PairMarket:
    """One pair; without spot bars the perp stands in."""
    pair = Pair("A/USDT:USDT", "A/USDT", Decimal(multiplier), LOTS, LOTS)
    streams = [tuple(sorted(bars or ())) for bars in (perp, spot, mark)]
    panel = panel_of((Stream(pair, ((T0, Decimal(0)),), *streams),), T0 + 5000 * HOUR)
    return Market(panel, spot_from_perp=True).of(pair.symbol)


def at(hour: float) -> int:
    return T0 + round(hour * HOUR)


def close(hour: float, price: str) -> Quote:
    return Quote(Decimal(price), at(hour))


def test_of_candles_opening_together_the_shortest_opens() -> None:
    perp = market_of([bar(0, 4, "10", "14"), bar(0, 1, "11", "12"), bar(4, 4, "20", "21")]).perp
    assert perp.opening(at(0)) == 11
    assert perp.opening(at(4)) == 20
    assert perp.opening(at(1)) is None


def test_of_candles_closing_together_the_shortest_closes() -> None:
    perp = market_of([bar(0, 4, "10", "14"), bar(3, 1, "11", "12"), bar(0, 1, "1", "2")]).perp
    assert perp.last_close(at(4)) == close(4, "12")
    assert perp.last_close(at(3.9)) == close(1, "2")
    assert perp.last_close(at(0.9)) is None


def test_a_longer_candle_that_closes_later_is_the_last_close() -> None:
    perp = market_of([bar(0, 1, "1", "2"), bar(0, 8, "1", "9")]).perp
    assert perp.last_close(at(8)) == close(8, "9")
    assert perp.last_close(at(7)) == close(1, "2")


def test_holes_in_even_candles_are_holes() -> None:
    perp = market_of([bar(0, 1, "1", "2"), bar(1, 1, "3", "4"), bar(5, 1, "5", "6")]).perp
    assert perp.single
    assert [perp.opening(at(hour)) for hour in (0, 1, 2, 5, 6)] == [1, 3, None, 5, None]
    assert perp.last_close(at(5.5)) == close(2, "4")
    assert perp.last_close(at(99)) == close(6, "6")


def test_candles_off_their_grid_are_found_where_they_stand() -> None:
    """As many as would fit without a hole between the first and the last, but one of them opens in between."""
    perp = market_of([bar(0, 1, "1", "2"), bar(0, 1, "3", "4")._replace(open_at=at(0.5)), bar(2, 1, "5", "6")]).perp
    moments = EventTimes(np.array([at(0), at(0.5), at(1), at(2)]))
    opens = [Decimal(1), Decimal(3), None, Decimal(5)]
    assert [perp.opening(when) for when in moments.times.tolist()] == opens
    assert [perp.opens_at(moments).at(event) for event in range(4)] == opens
    assert [perp.last_close(at(hour)) for hour in (1, 1.5, 2.5, 3)] == [
        close(1, "2"),
        close(1.5, "4"),
        close(1.5, "4"),
        close(3, "6"),
    ]
    assert perp.first_after(at(0.5)) == 2


def test_the_next_open_is_inside_both_ends() -> None:
    perp = market_of([bar(2, 1, "7", "8"), bar(4, 1, "9", "9")]).perp
    assert perp.next_opening(at(2), at(2)) == (at(2), Decimal(7))
    assert perp.next_opening(at(2.1), at(4)) == (at(4), Decimal(9))
    assert perp.next_opening(at(2.1), at(3.9)) is None
    assert perp.next_opening(at(4.1), at(99)) is None


@pytest.mark.parametrize(("multiplier", "price"), [(1, "98.457569015054"), (1000, "0.098457569015")])
def test_a_stand_in_is_rounded_at_12_decimals_wherever_it_is_asked(multiplier: int, price: str) -> None:
    spot = market_of([bar(0, 1, "98.4575690150544", "98.4575690150544")], multiplier=multiplier).spot
    assert spot.opening(at(0)) == Decimal(price)
    assert spot.next_opening(at(0), at(0)) == (at(0), Decimal(price))
    assert spot.last_close(at(1)) == close(1, price)
    assert spot.closes_between(at(0), at(1)) == [close(1, price)]
    whole, places = spot.closes_known(EventTimes(np.array([at(0), at(1)])))
    assert [Decimal(int(units)).scaleb(-places) for units in whole] == [Decimal(0), Decimal(price)]


def test_legs_are_marked_at_the_last_time_both_closed() -> None:
    market = market_of(
        [bar(hour, 1, "1", str(10 + hour)) for hour in (0, 1, 2, 6)],
        [bar(hour, 1, "1", str(20 + hour)) for hour in (1, 3, 5)],
    )
    assert market.common_close(at(7)) == (Decimal(21), Decimal(11), at(2))
    assert market.common_close(at(1.9)) is None


def test_a_common_close_is_found_however_long_ago() -> None:
    lone = [bar(hour, 1, "1", "3") for hour in range(1, 700)]
    market = market_of([bar(0, 1, "1", "10"), *lone], [bar(0, 1, "1", "20")])
    assert market.common_close(at(700)) == (Decimal(20), Decimal(10), at(1))


def test_a_payment_is_marked_at_mark_then_perp_then_a_close_of_at_most_24_h() -> None:
    market = market_of([bar(0, 1, "10", "11"), bar(30, 1, "12", "13")], mark=[bar(0, 8, "9", "9")])
    assert market.payment_mark(at(0)) == 9
    assert market.payment_mark(at(30)) == 12
    assert market.payment_mark(at(25)) == 11
    assert market.payment_mark(at(25) + 1) is None


def test_volume_counts_what_closes_in_the_day_of_the_shortest_interval() -> None:
    bars = [bar(0, 1, "10", "30", volume="5"), bar(2, 1, "10", "10", volume="0.5"), bar(0, 8, "10", "10", volume="99")]
    market = market_of(bars)
    assert market.perp_quote_volume(at(8)) == 105
    assert market.perp_quote_volume(at(25)) == 5
    assert market.perp_quote_volume(at(27)) == 990
    assert market.perp_quote_volume(at(40)) == 0


prices = st.integers(1, 10**6).map(lambda ticks: str(Decimal(ticks).scaleb(-3)))
mixed = st.builds(bar, st.integers(0, 60), st.sampled_from([1, 2, 8]), prices, prices)
overlapping = st.builds(bar, st.integers(0, 9), st.just(2), prices, prices)
bars = st.lists(mixed, max_size=30, unique_by=lambda one: (one.open_at, one.span)) | st.lists(
    overlapping, max_size=10, unique_by=lambda one: one.open_at
)


@settings(max_examples=60, deadline=None)
@given(bars, st.lists(st.integers(-2, 75), min_size=1, max_size=8))
def test_a_series_answers_as_its_candles_say(candles: list[Bar], hours: list[int]) -> None:
    series: Series = market_of(candles, [bar(0, 1, "1", "1")]).perp
    assert isinstance(series, CandleSeries)
    for when in map(at, hours):
        opening = min(((one.span, one.open) for one in candles if one.open_at == when), default=(0, None))[1]
        closed = [(one.open_at + one.span, -one.span, one.close) for one in candles if one.open_at + one.span <= when]
        last = max(closed, default=None)
        assert series.opening(when) == opening
        assert series.last_close(when) == (None if last is None else Quote(last[2], last[0]))
        moment = EventTimes(np.array([when]))
        assert series.opens_at(moment).at(0) == opening
        whole, places = series.closes_known(moment)
        assert Decimal(int(whole[0])).scaleb(-places) == (0 if last is None else last[2])

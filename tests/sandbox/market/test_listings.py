"""What the venue lists: pairs that stay, markets that come and go, and those that trip programs up."""

from __future__ import annotations

from decimal import Decimal

import pytest

from fundarb.sandbox.market.coins import NOTICE_MS, Coin
from fundarb.sandbox.market.made import MadeMarket
from fundarb.sandbox.market.source import DAY, EPOCH_MS, HOUR, Instrument
from tests.sandbox.market.worlds import LEAVER, NOW, small

MARKET = MadeMarket(1, pairs=100)


def trading(at: int, category: str, market: MadeMarket = MARKET) -> dict[str, Instrument]:
    """What trades at a moment."""
    return {
        one.symbol: one
        for one in market.instruments()
        if one.category == category and one.launch_ms <= at and (one.gone_ms is None or at < one.gone_ms)
    }


@pytest.mark.parametrize("pairs", [1, 3, 30, 500])
def test_so_many_pairs_as_were_asked_for_are_hedgeable_and_stay(pairs: int) -> None:
    at = EPOCH_MS + 1400 * DAY
    instruments = MadeMarket(1, pairs=pairs).instruments()
    staying = [one for one in instruments if one.gone_ms is None and one.launch_ms <= at]
    spots = {one.base for one in staying if one.category == "spot"}
    perps = [one for one in staying if one.contract == "LinearPerpetual"]
    assert sum(one.base.lstrip("0123456789") in spots or one.base in spots for one in perps) == pairs
    assert len({(one.category, one.symbol) for one in instruments}) == len(instruments)


@pytest.mark.parametrize("pairs", [0, 1001])
def test_other_numbers_of_pairs_are_refused(pairs: int) -> None:
    with pytest.raises(ValueError, match=f"between 1 and 1000 pairs, not {pairs}"):
        MadeMarket(1, pairs=pairs)


def test_a_bigger_venue_holds_the_smaller_one() -> None:
    few, many = (MadeMarket(1, pairs=pairs).instruments() for pairs in (20, 60))
    assert set(few) <= set(many)


def test_coins_of_one_name_are_refused() -> None:
    with pytest.raises(ValueError, match="of one name"):
        MadeMarket(1, coins=[Coin("A", 1.0, 1e6, perp=False), Coin("A", 1.0, 1e6, spot=False)])


@pytest.mark.parametrize("year", range(1, 9))
def test_all_the_time_something_is_announced_something_leaves_and_something_has_left(year: int) -> None:
    linear = [one for one in MARKET.instruments() if one.contract == "LinearPerpetual"]
    at = EPOCH_MS + year * 365 * DAY
    assert [one for one in linear if one.announced_ms <= at < one.launch_ms]
    assert [one for one in linear if at < (one.gone_ms or 0) < at + 200 * DAY]
    assert year == 1 or [one for one in linear if (one.gone_ms or at) < at]


def test_a_delisting_is_announced_three_days_before_and_the_spot_stays_longer() -> None:
    perp = next(one for one in small().instruments() if one.symbol == "LEAVERUSDT" and one.category == "linear")
    spot = next(one for one in small().instruments() if one.symbol == "LEAVERUSDT" and one.category == "spot")
    assert perp.gone_ms == LEAVER.gone_ms
    assert perp.gone_ms is not None
    assert perp.delivery_announced_ms == perp.gone_ms - NOTICE_MS
    assert (spot.delivery_announced_ms, spot.gone_ms) == (None, perp.gone_ms + 7 * DAY)
    assert perp.announced_ms == perp.launch_ms - 10 * DAY - 10 * HOUR


def test_the_news_of_a_delisting_costs_the_coin_a_part_of_its_price() -> None:
    gone = LEAVER.gone_ms
    assert gone is not None
    news = gone - NOTICE_MS
    (row,) = small().candles("LEAVERUSDT", "spot", HOUR, news, news, NOW)
    assert Decimal(row.close) < Decimal(row.open) * Decimal("0.88")


def test_a_market_has_candles_and_settlements_only_while_it_trades() -> None:
    launch, gone = LEAVER.launch_ms, LEAVER.gone_ms
    assert gone is not None
    rows = small().candles("LEAVERUSDT", "linear", HOUR, 0, NOW, NOW)
    assert [row.start_ms for row in rows] == list(range(launch, gone, HOUR))
    days = small().candles("LEAVERUSDT", "linear", DAY, 0, NOW, NOW)
    assert (days[0].start_ms, days[-1].start_ms) == (launch // DAY * DAY, gone // DAY * DAY)
    assert days[0].open == rows[0].open
    stamps = [stamp for stamp, _ in small().settlements("LEAVERUSDT", 0, NOW, 10**6)]
    assert (stamps[-1], stamps[0]) == (launch + 2 * HOUR, gone - HOUR)


def test_odd_symbols_are_there() -> None:
    at = EPOCH_MS + 1400 * DAY
    linear, spot = trading(at, "linear"), trading(at, "spot")
    assert {"1000PEPEUSDT", "10000SATSUSDT", "1000000MOGUSDT", "1INCHUSDT", "BTC-25DEC26"} <= set(linear)
    assert {"PEPEUSDT", "SATSUSDT", "MOGUSDT", "1INCHUSDT", "USDCUSDT", "MNTUSDT"} <= set(spot)
    assert linear["10000SATSUSDT"].base == "10000SATS"
    assert "LITUSDT" in linear
    assert "LITUSDT" not in spot
    assert "USDCUSDT" not in linear
    assert (linear["TSLAUSDT"].kind, spot["TSLAXUSDT"].kind) == ("stock", "xstocks")
    assert {one.kind for one in trading(at, "linear").values()} >= {"", "innovation", "adventure", "stock"}


def test_dated_futures_deliver_on_the_last_friday_of_the_quarter_and_pay_no_funding() -> None:
    future = trading(EPOCH_MS + 1400 * DAY, "linear")["BTC-25DEC26"]
    assert future.contract == "LinearFutures"
    assert future.gone_ms == 1_798_185_600_000
    assert future.delivery_announced_ms == future.launch_ms == future.gone_ms - 190 * DAY
    assert MARKET.settlements("BTC-25DEC26", 0, future.gone_ms, 10) == []
    assert MARKET.candles("BTC-25DEC26", "premium", HOUR, future.launch_ms, future.gone_ms, future.gone_ms) == []
    assert MARKET.announced_interval_ms("BTC-25DEC26", future.gone_ms) == 0
    quote = MARKET.quote("BTC-25DEC26", "linear", future.launch_ms + DAY)
    assert (quote.funding_rate, quote.next_funding_ms, quote.interval_ms) == (None, None, None)
    assert quote.index is not None
    assert quote.last > quote.index * Decimal("1.02")
    end = MARKET.quote("BTC-25DEC26", "linear", future.gone_ms - 1)
    assert end.index is not None
    assert abs(end.last / 1 - end.index) < end.index * Decimal("0.002")


def test_lot_rules_make_sense() -> None:
    for one in MARKET.instruments():
        assert 0 < one.min_qty <= one.max_market_qty <= one.max_qty
        for quantity in (one.min_qty, one.max_qty, one.max_market_qty):
            assert quantity % one.step == 0
        assert one.min_notional == 5
        assert (one.maintenance > 0) == (one.max_leverage > 0) == (one.category == "linear")


def test_two_years_of_history_stand_behind_the_first_second() -> None:
    market, now_ms = MadeMarket(1, pairs=10), EPOCH_MS + 1097 * DAY  # a wall clock of 2026 began it
    then_ms = now_ms - 730 * DAY
    hedgeable = {each.base for each in market.instruments() if each.category == "spot" and each.launch_ms < then_ms}
    perps = [each for each in market.instruments() if each.contract == "LinearPerpetual" and each.base in hedgeable]
    old = [each.symbol for each in perps if each.launch_ms < then_ms and each.gone_ms is None]
    assert len(old) >= 8
    for symbol in old:
        assert len(market.settlements(symbol, then_ms, then_ms + DAY, 100)) >= 3
        for series in ("linear", "mark"):
            assert len(market.candles(symbol, series, HOUR, then_ms, then_ms + 9 * HOUR, now_ms)) == 10
        assert len(market.open_interest(symbol, HOUR, then_ms, then_ms + 9 * HOUR)) == 10

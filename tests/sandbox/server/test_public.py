"""What the unmodified ccxt client makes of the public paths, beside the market they come from."""

from __future__ import annotations

from decimal import Decimal

import pytest

from fundarb.sandbox.market.source import DAY, HOUR, MINUTE, Series
from tests.fakes.venue_market import GONE, LAUNCH, NOW, SOON, TinyMarket, price
from tests.sandbox.clients import ccxt_client
from tests.sandbox.running import running_sandbox

PERP = "BTC/USDT:USDT"
LISTED = {
    "BTC/USDT",
    "ETH/USDT",
    "BTC/USDT:USDT",
    "ETH/USDT:USDT",
    "MOVE/USDT:USDT",
    "SOON/USDT:USDT",
    "BTC/USDT:USDT-251226",
}


async def test_the_markets_are_those_that_trade_or_are_announced() -> None:
    async with running_sandbox() as sandbox, ccxt_client(sandbox.url) as client:
        markets = await client.load_markets()
        assert set(markets) == LISTED
        assert [row.path for row in sandbox.requests] == ["/v5/market/instruments-info"] * 3
    perp, spot = markets[PERP], markets["BTC/USDT"]
    assert (perp["swap"], perp["linear"], perp["active"], perp["created"]) == (True, True, True, LAUNCH)
    assert (perp["precision"]["amount"], perp["limits"]["amount"]["min"]) == (0.001, 0.001)
    assert (spot["spot"], spot["precision"]["amount"], spot["limits"]["cost"]["min"]) == (True, 0.000001, 5)
    assert not markets["SOON/USDT:USDT"]["active"]
    assert markets["BTC/USDT:USDT-251226"]["future"]


async def test_the_dead_are_found_where_they_are_asked_for() -> None:
    async with running_sandbox() as sandbox, ccxt_client(sandbox.url) as client:
        closed = await client.public_get_v5_market_instruments_info({"category": "linear", "status": "Closed"})
    (dead,) = closed["result"]["list"]
    assert (dead["symbol"], dead["status"], dead["deliveryTime"]) == ("DEADUSDT", "Closed", str(GONE))


async def test_the_time_is_the_venues() -> None:
    async with running_sandbox() as sandbox, ccxt_client(sandbox.url) as client:
        assert await client.fetch_time() == NOW


async def test_funding_history_is_what_settled() -> None:
    async with running_sandbox() as sandbox, ccxt_client(sandbox.url) as client:
        rows = await client.fetch_funding_rate_history(PERP, limit=200, params={"until": NOW})
    settled = TinyMarket().settlements("BTCUSDT", 0, NOW, 200)
    assert [(row["timestamp"], row["info"]["fundingRate"]) for row in reversed(rows)] == settled
    assert [row["fundingRate"] for row in reversed(rows)] == [float(rate) for _, rate in settled]


@pytest.mark.parametrize(
    ("symbol", "wanted", "series"),
    [
        ("BTC/USDT", None, "spot"),
        (PERP, None, "linear"),
        (PERP, "mark", "mark"),
        (PERP, "index", "index"),
        (PERP, "premiumIndex", "premium"),
    ],
)
async def test_candles_are_the_series_asked_for(symbol: str, wanted: str | None, series: Series) -> None:
    since = NOW // HOUR * HOUR - 9 * HOUR
    params = {"price": wanted} if wanted else {}
    async with running_sandbox() as sandbox, ccxt_client(sandbox.url) as client:
        rows = await client.fetch_ohlcv(symbol, "1h", since, 10, params)
    assert [row[0] for row in rows] == list(range(since, NOW, HOUR))
    assert [row[1] for row in rows] == [float(price(series, row[0])) for row in rows]
    assert [row[4] for row in rows] == [float(price(series, min(row[0] + HOUR, NOW))) for row in rows]
    assert {row[5] for row in rows} == {None if wanted else 12.5}


async def test_open_interest_is_told_for_both_sides_and_for_one() -> None:
    async with running_sandbox() as sandbox, ccxt_client(sandbox.url) as client:
        rows = await client.fetch_open_interest_history(PERP, "1h", NOW - 30 * HOUR, 20)
    first = -(-(NOW - 30 * HOUR) // HOUR) * HOUR
    expected = TinyMarket().open_interest("BTCUSDT", HOUR, first, first + 19 * HOUR)
    assert [(row["timestamp"], row["info"]["openInterest"]) for row in rows] == expected
    assert {Decimal(row["info"]["openInterest"]) / Decimal(row["info"]["singleOpenInterest"]) for row in rows} == {2}


async def test_tickers_carry_prices_and_the_next_settlement() -> None:
    async with running_sandbox() as sandbox, ccxt_client(sandbox.url) as client:
        rates = await client.fetch_funding_rates()
        spots = await client.fetch_tickers(params={"type": "spot"})
        one = await client.fetch_ticker(PERP)
    assert set(rates) == {"BTC/USDT:USDT", "ETH/USDT:USDT", "MOVE/USDT:USDT", "BTC/USDT:USDT-251226"}
    rate = rates["MOVE/USDT:USDT"]
    assert (rate["fundingRate"], rate["interval"]) == (0.0001, "4h")
    assert rate["fundingTimestamp"] == (NOW // (4 * HOUR) + 1) * 4 * HOUR
    assert rates["BTC/USDT:USDT-251226"]["fundingRate"] is None
    assert set(spots) == {"BTC/USDT", "ETH/USDT"}
    assert (spots["BTC/USDT"]["last"], one["last"]) == (float(price("spot", NOW)), float(price("linear", NOW)))
    info = one["info"]
    assert info["prevPrice1h"] == str(price("linear", NOW - HOUR))
    assert info["openInterestValue"] == str(Decimal("1234.5") * price("mark", NOW))
    assert info["price24hPcnt"] == f"{float(price('linear', NOW)) / float(price('linear', NOW - DAY)) - 1:.6f}"


@pytest.mark.parametrize(("symbol", "series", "levels"), [("BTC/USDT", "spot", 50), (PERP, "linear", 25)])
async def test_the_book_is_best_first(symbol: str, series: Series, levels: int) -> None:
    async with running_sandbox() as sandbox, ccxt_client(sandbox.url) as client:
        book = await client.fetch_order_book(symbol)
        deep = await client.fetch_order_book(symbol, 1000)
    middle = float(price(series, NOW))
    assert (len(book["bids"]), len(book["asks"]), len(deep["bids"])) == (levels, levels, 1000)
    assert book["bids"][0] == [pytest.approx(middle - 0.01), 1.0]
    assert book["asks"][1] == [pytest.approx(middle + 0.02), 2.0]
    assert book["timestamp"] == NOW


async def test_a_launch_and_a_departure_are_seen_as_the_clock_moves() -> None:
    async with running_sandbox() as sandbox, ccxt_client(sandbox.url) as client:
        await client.fetch_markets()
        async with client.session.post(f"{sandbox.url}/sandbox/clock", json={"to": SOON + MINUTE}) as moved:
            assert (await moved.json())["now"] == SOON + MINUTE
        tickers = await client.fetch_tickers(["SOON/USDT:USDT"])
        markets = await client.load_markets(reload=True)
    assert set(tickers) == {"SOON/USDT:USDT"}
    assert markets["SOON/USDT:USDT"]["active"]

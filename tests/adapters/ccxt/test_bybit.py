"""Bybit in its own words, against the sandbox: nothing lost where the naive way loses hundreds, and listings as they are."""

from __future__ import annotations

import asyncio
import os
from dataclasses import replace
from decimal import Decimal
from itertools import pairwise
from pathlib import Path
from typing import Any

import pytest

from fundarb.adapters.ccxt.bybit import BybitData
from fundarb.adapters.ccxt.bybit_listings import instruments_of
from fundarb.adapters.ccxt.bybit_rows import settlements_of
from fundarb.adapters.ccxt.multiples import underlying
from fundarb.adapters.ccxt.opening import Manner, Where, open_venue_data
from fundarb.domain.instants import DAY, HOUR, MINUTE
from fundarb.domain.instrument import LotRule
from fundarb.domain.market import Span
from fundarb.errors import VenueRefused
from fundarb.sandbox.limits import Limits
from tests.adapters.ccxt.asking import BRISK, ONCE, bybit_data
from tests.adapters.ccxt.walking import walk_funding
from tests.fakes.venue_market import INSTRUMENTS, LAUNCH, LENGTHENED, NOW, TinyMarket
from tests.sandbox.clients import ccxt_client
from tests.sandbox.running import running_sandbox

MOVE, BTC = "MOVE/USDT:USDT", "BTC/USDT:USDT"
PERP = next(each for each in INSTRUMENTS if each.symbol == "BTCUSDT" and each.category == "linear")
LISTING = 6  # requests: announced, trading and the empty page after it, delivering, closed, spot
MIDNIGHT = NOW // DAY * DAY + DAY
SPOT = next(each for each in INSTRUMENTS if each.symbol == "BTCUSDT" and each.category == "spot")


async def test_every_settlement_arrives_where_the_naive_way_loses_hundreds() -> None:
    async with running_sandbox() as sandbox:
        async with bybit_data(sandbox.url) as data:
            walked = await walk_funding(data, MOVE, Span(LAUNCH, NOW))
            asked = len([one for one in sandbox.requests if one.path.endswith("funding/history")])
        naive = await _forwards(sandbox.url)
    assert len(walked) == len(sandbox.market.settlements("MOVEUSDT", LAUNCH, NOW, 100_000)) > 1700
    assert asked == -(-len(walked) // 200) + 1  # and one that finds nothing before the launch
    assert len(walked) - len(naive) > 100


async def _forwards(url: str) -> set[int]:
    """As people do it: from `since` on, a page at a time, until a page is empty."""
    found, since = set[int](), LAUNCH
    async with ccxt_client(url, now_ms=lambda: NOW) as client:
        while page := await client.fetch_funding_rate_history(MOVE, since, 200):
            found |= {row["timestamp"] for row in page}
            since = page[-1]["timestamp"] + 1
    return found


async def test_intervals_follow_from_the_stamps() -> None:
    async with running_sandbox() as sandbox, bybit_data(sandbox.url) as data:
        stamps = [row.settled_at_ms for row in await walk_funding(data, MOVE, Span(LAUNCH, NOW))]
    gaps = [(later - at) // HOUR for at, later in pairwise(stamps)]
    assert [gap for gap, before in zip(gaps, [0, *gaps], strict=False) if gap != before] == [8, 1, 4]


async def test_the_queries_are_the_ones_that_lose_nothing() -> None:
    last = NOW // HOUR * HOUR
    async with running_sandbox() as sandbox, bybit_data(sandbox.url) as data:
        await data.funding_page("BTC/USDT:USDT", Span(LAUNCH, NOW))
        await data.candle_page("BTC/USDT:USDT", "mark", HOUR, Span(last - 5 * HOUR, last))
        await data.open_interest_page("BTC/USDT:USDT", HOUR, Span(last - 5 * HOUR, last))
        sent = {one.path: dict(part.split("=") for part in one.query.split("&")) for one in sandbox.requests[LISTING:]}
    assert sent == {
        "/v5/market/funding/history": {
            "category": "linear",
            "symbol": "BTCUSDT",
            "endTime": str(NOW - 1),
            "limit": "200",
        },
        "/v5/market/mark-price-kline": {
            "category": "linear",
            "symbol": "BTCUSDT",
            "interval": "60",
            "start": str(last - 5 * HOUR),
            "end": str(last - HOUR),
            "limit": "5",
        },
        "/v5/market/open-interest": {
            "category": "linear",
            "symbol": "BTCUSDT",
            "intervalTime": "1h",
            "startTime": str(last - 5 * HOUR),
            "endTime": str(last - HOUR),
            "limit": "5",
        },
    }


async def test_both_ways_a_kline_window_may_be_cut_bring_the_same() -> None:
    span = Span(LENGTHENED, LENGTHENED + 1000 * HOUR)
    pages = []
    for truncation in ("newest", "oldest"):
        async with running_sandbox(truncation=truncation) as sandbox, bybit_data(sandbox.url) as data:
            pages.append(await data.candle_page("BTC/USDT:USDT", "perp", HOUR, span))
    assert pages[0] == pages[1]
    assert len(pages[0]) == 1000


async def test_listings_walk_every_page_and_leave_out_what_is_no_usdt_perp() -> None:
    many = [replace(PERP, symbol=f"C{number}USDT", base=f"C{number}") for number in range(1200)]
    odd = [
        replace(PERP, symbol="1000PEPEUSDT", base="1000PEPE"),
        replace(SPOT, symbol="PEPEUSDT", base="PEPE"),
        replace(PERP, symbol="1000LONEUSDT", base="1000LONE"),
        replace(PERP, symbol="TSLAUSDT", base="TSLA", kind="stock"),
        replace(PERP, symbol="XAUUSDT", base="XAU", kind="commodity"),
        replace(PERP, symbol="BTCPERP", quote="USDC"),
        replace(PERP, symbol="LEAVINGUSDT", base="LEAVING", delivery_announced_ms=NOW - DAY, gone_ms=NOW + DAY),
    ]
    market = TinyMarket([*INSTRUMENTS, *many, *odd])
    async with running_sandbox(market=market) as sandbox, bybit_data(sandbox.url) as data:
        listed = {one.pair.symbol: one for one in await data.listings()}
        before = len(sandbox.requests)
        again = await data.listings()
        assert data.requests == len(sandbox.requests) == before > 5
    assert list(again) == list(listed.values())
    assert len(listed) == 1200 + 5 + 3
    pepe, lone = listed["1000PEPE/USDT:USDT"].pair, listed["1000LONE/USDT:USDT"].pair
    assert (pepe.spot, pepe.multiplier) == ("PEPE/USDT", Decimal(1000))
    assert (lone.spot, lone.multiplier) == (None, Decimal(1))
    assert (listed["LEAVING/USDT:USDT"].leaves_ms, listed["LEAVING/USDT:USDT"].pair.gone_ms) == (NOW + DAY, None)
    btc = listed["BTC/USDT:USDT"].pair
    assert btc.perp_lots == LotRule(Decimal("0.001"), Decimal("0.001"), Decimal(5))
    assert btc.spot_lots == LotRule(Decimal("0.000001"), Decimal("0.000011"), Decimal(5))
    assert listed["BTC/USDT:USDT"].funding_cap == Decimal("0.005")


async def test_a_pair_that_is_delivering_is_still_listed_and_has_no_prices() -> None:
    """A held one that vanished would be told as gone, whatever became of it."""
    odd = replace(PERP, symbol="ENDUSDT", base="END", delivering_ms=NOW - HOUR, gone_ms=NOW + HOUR)
    async with running_sandbox(market=TinyMarket([*INSTRUMENTS, odd])) as sandbox, bybit_data(sandbox.url) as data:
        listed = {one.pair.symbol: one for one in await data.listings()}
        end = listed["END/USDT:USDT"]
        assert isinstance(data, BybitData)
        assert (end.trading, end.ending, end.pair.gone_ms) == (False, True, None)
        assert {one.pair.symbol for one in listed.values() if one.ending} == {"END/USDT:USDT"}
        assert [one.ticker.symbol for one in await data.quotes([BTC, "END/USDT:USDT"])] == [BTC]
        with pytest.raises(VenueRefused):
            await data.depth("END/USDT:USDT", "perp")


async def test_the_spot_leg_of_a_multiple_is_asked_under_its_own_name() -> None:
    odd = [replace(PERP, symbol="1000PEPEUSDT", base="1000PEPE"), replace(SPOT, symbol="PEPEUSDT", base="PEPE")]
    span = Span(NOW - 3 * HOUR, NOW)
    market = TinyMarket([*INSTRUMENTS, *odd])
    async with running_sandbox(market=market) as sandbox, bybit_data(sandbox.url) as data:
        page = await data.candle_page("1000PEPE/USDT:USDT", "spot", HOUR, span)
        assert {candle.symbol for candle in page} == {"1000PEPE/USDT:USDT"}
        assert "symbol=PEPEUSDT" in sandbox.requests[-1].query
        with pytest.raises(VenueRefused, match="has no spot market"):
            await data.candle_page(MOVE, "spot", HOUR, span)
        with pytest.raises(VenueRefused, match="keeps no rows of 7 minutes; it keeps 1, 3, 5"):
            await data.candle_page(MOVE, "perp", 7 * 60_000, span)


async def test_tickers_tell_the_prediction_of_perps_only_with_the_interval_in_force() -> None:
    async with running_sandbox() as sandbox, bybit_data(sandbox.url) as data:
        tickers = {one.symbol: one for one in await data.tickers()}
    assert set(tickers) == {"BTC/USDT:USDT", "ETH/USDT:USDT", MOVE}
    move = tickers[MOVE]
    assert (move.observed_at_ms, move.interval_ms) == (NOW, 4 * HOUR)
    assert move.next_settlement_ms == (NOW // (4 * HOUR) + 1) * 4 * HOUR
    assert (move.predicted_rate, move.quote_volume) == (Decimal("0.0001"), Decimal("243765620.65"))


@pytest.mark.parametrize("fault", ["html", "reset", "broken-json", "null-body", "empty-body"])
async def test_what_passes_is_asked_again_and_nothing_is_missing(fault: str) -> None:
    async with running_sandbox(faults=[{"path": "*", "fault": fault, "probability": 0.3, "name": "it"}]) as sandbox:
        async with bybit_data(sandbox.url, replace(BRISK, attempts=40)) as data:
            rows = await walk_funding(data, MOVE, Span(LAUNCH, NOW))
        assert sandbox.fired["it"] > 0
    assert len(rows) == len(sandbox.market.settlements("MOVEUSDT", LAUNCH, NOW, 100_000))


async def test_a_storm_of_throttles_passes_without_a_page_lost() -> None:
    storm = [{"path": "*", "fault": "code", "code": 10006, "count": 4, "name": "storm"}]
    async with running_sandbox(faults=storm) as sandbox, bybit_data(sandbox.url, BRISK) as data:
        assert len(await walk_funding(data, MOVE, Span(LAUNCH, NOW))) > 1700
        assert sandbox.fired["storm"] == 4


async def test_a_ban_is_outlived_by_all_together_without_a_page_lost() -> None:
    limits = Limits(requests=8, window_ms=60_000, ban_ms=1_500)
    async with running_sandbox(limits=limits) as sandbox:
        async with bybit_data(sandbox.url, replace(BRISK, throttle_s=120.0)) as data:
            rows = await asyncio.gather(*(walk_funding(data, symbol, Span(LAUNCH, NOW)) for symbol in (MOVE, BTC)))
        banned = [one for one in sandbox.requests if one.outcome.startswith("403")]
    assert [len(each) for each in rows] == [1950, 1200]
    assert 0 < len(banned) < 40


async def test_listings_are_kept_for_the_day_of_the_venue(tmp_path: Path) -> None:
    kept = tmp_path / "markets.json"
    async with running_sandbox() as sandbox:
        for now_ms, asked in ((NOW, LISTING), (NOW, 0), (NOW + DAY, LISTING), (NOW + DAY, 0)):
            async with bybit_data(sandbox.url, cache=kept, now_ms=now_ms) as data:
                assert len(await data.listings()) == 5
                assert data.requests == asked


async def test_a_day_of_listings_ends_at_midnight_however_late_they_were_read(tmp_path: Path) -> None:
    """Else the end of a pair, announced in the morning, would be heard of at the end of the next day."""
    kept, now_ms = tmp_path / "markets.json", [MIDNIGHT - HOUR]
    async with running_sandbox() as sandbox:
        async with bybit_data(sandbox.url, cache=kept) as data:
            await data.listings()
        late = Manner(patience=ONCE, first_pause_s=0.01, cache=kept)
        async with open_venue_data(Where(url=sandbox.url), lambda: now_ms[0], late) as data:
            for later_ms, asked in ((-HOUR, 0), (-1, 0), (0, LISTING), (HOUR, LISTING)):
                now_ms[0] = MIDNIGHT + later_ms
                assert len(await data.listings()) == 5
                assert data.requests == asked


async def test_prices_go_on_where_listings_cannot_be_asked_for_again() -> None:
    down = {"path": "*/instruments-info", "fault": "code", "code": 10016, "name": "down"}
    now_ms, manner = [NOW], Manner(patience=ONCE, first_pause_s=0.01)
    async with (
        running_sandbox() as sandbox,
        open_venue_data(Where(url=sandbox.url), lambda: now_ms[0], manner) as data,
    ):
        assert isinstance(data, BybitData)
        listed = await data.listings()
        sandbox.set_faults(down)
        for later_ms, failed in ((-1, 0), (0, 1), (MINUTE, 1), (10 * MINUTE, 2)):
            now_ms[0] = MIDNIGHT + later_ms
            assert len(await data.quotes([BTC])) == 1
            assert await data.listings() == listed
            assert sandbox.fired["down"] == failed
        sandbox.set_faults()
        now_ms[0], before = MIDNIGHT + 20 * MINUTE, data.requests
        assert await data.listings() == listed
        assert data.requests - before == LISTING


@pytest.mark.parametrize(
    "content",
    [
        b"",
        b"{",
        b"[]",
        b"null",
        b'{"form":1}',
        b'{"form":1,"source":"SRC","day":DAY,"linear":[{"a":1}],"spot":[]}',
        b'{"form":1,"source":"SRC","day":DAY,"linear":3,"spot":[]}',
        b'{"form":1,"source":"SRC","day":DAY,"linear":[3],"spot":[]}',
    ],
)
async def test_a_cache_that_makes_no_sense_is_ignored_and_replaced(tmp_path: Path, content: bytes) -> None:
    kept = tmp_path / "markets.json"
    async with running_sandbox() as sandbox:
        source = f"bybit mainnet {sandbox.url}".encode()
        kept.write_bytes(content.replace(b"SRC", source).replace(b"DAY", str(NOW // DAY).encode()))
        for asked in (LISTING, 0):
            async with bybit_data(sandbox.url, cache=kept, now_ms=NOW) as data:
                assert len(await data.listings()) == 5
                assert data.requests == asked


async def test_a_cache_of_another_venue_is_ignored_and_one_that_cannot_be_written_costs_nothing(tmp_path: Path) -> None:
    kept = tmp_path / "markets.json"
    async with running_sandbox() as first, running_sandbox() as second:
        for sandbox in (first, second, first):
            async with bybit_data(sandbox.url, cache=kept, now_ms=NOW) as data:
                await data.listings()
                assert data.requests == LISTING
        async with bybit_data(first.url, cache=tmp_path / "none" / "markets.json", now_ms=NOW) as data:
            assert len(await data.listings()) == 5
    assert os.listdir(tmp_path) == ["markets.json"]
    assert os.stat(kept).st_mode & 0o777 == 0o600


def _row(symbol: str, status: str, **more: Any) -> dict[str, Any]:
    lots = {"qtyStep": "0.1", "minOrderQty": "0.1", "minNotionalValue": "5"}
    row = {"symbol": symbol, "status": status, "contractType": "LinearPerpetual", "baseCoin": symbol[:-4]}
    row |= {"quoteCoin": "USDT", "settleCoin": "USDT", "launchTime": "1700000000000", "deliveryTime": "0"}
    return row | {"fundingInterval": 480, "lotSizeFilter": lots, "upperFundingRate": "", "symbolType": ""} | more


def test_of_one_name_the_living_counts() -> None:
    dead = _row("LUNAUSDT", "Closed", deliveryTime="1650000000000")
    for rows in ([dead, _row("LUNAUSDT", "Trading")], [_row("LUNAUSDT", "Trading"), dead]):
        (found,) = instruments_of(rows, []).values()
        assert found.listed.trading
        assert found.listed.pair.gone_ms is None


@pytest.mark.parametrize("step", ["0", "", "-1", None, "x"])
def test_a_listing_without_a_lot_step_makes_no_sense(step: object) -> None:
    with pytest.raises(ValueError, match=r"step|number"):
        instruments_of([_row("AUSDT", "Trading", lotSizeFilter={"qtyStep": step, "minOrderQty": "1"})], [])


@pytest.mark.parametrize(
    ("base", "expected"),
    [
        ("1000PEPE", ("PEPE", 1000)),
        ("10000SATS", ("SATS", 10_000)),
        ("1000000MOG", ("MOG", 1_000_000)),
        ("1000LONE", ("1000LONE", 1)),
        ("1INCH", ("1INCH", 1)),
        ("2000PEPE", ("2000PEPE", 1)),
        ("1000X", ("1000X", 1)),
        ("PEPE", ("PEPE", 1)),
    ],
)
def test_a_power_of_ten_multiplies_only_where_the_rest_is_on_spot(base: str, expected: tuple[str, int]) -> None:
    spot, multiplier = underlying(base, {"PEPE", "SATS", "MOG", "INCH", "X", "1000X"})
    assert (spot, int(multiplier)) == expected


def test_stamps_off_the_minute_are_snapped_and_contradictions_are_no_answer() -> None:
    def row(at: int, rate: str) -> dict[str, str]:
        return {"symbol": "BTCUSDT", "fundingRate": rate, "fundingRateTimestamp": str(at)}

    rows = [row(LAUNCH + HOUR + 3, "0.0001"), row(LAUNCH + HOUR, "0.00010"), row(LAUNCH - 4, "-0.00020")]
    found = settlements_of(rows, "BTC/USDT:USDT", "BTCUSDT", Span(LAUNCH, NOW))
    assert [(one.settled_at_ms, one.rate) for one in found] == [(LAUNCH, "-0.0002"), (LAUNCH + HOUR, "0.0001")]
    with pytest.raises(ValueError, match="two rates at"):
        settlements_of([*rows, row(LAUNCH, "0.3")], "BTC/USDT:USDT", "BTCUSDT", Span(LAUNCH, NOW))
    with pytest.raises(ValueError, match="answered about ETHUSDT"):
        settlements_of([row(LAUNCH, "1") | {"symbol": "ETHUSDT"}], "BTC/USDT:USDT", "BTCUSDT", Span(LAUNCH, NOW))
    with pytest.raises(ValueError, match="asked up to"):
        settlements_of([row(NOW + HOUR, "1")], "BTC/USDT:USDT", "BTCUSDT", Span(LAUNCH, NOW))
